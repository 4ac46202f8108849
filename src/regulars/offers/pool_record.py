"""Voucher pools as they were launched, with what their codes did."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from regulars.db import Tx, maybe, rows
from regulars.kernel import Conflict
from regulars.offers.errors import UnknownPool
from regulars.offers.model import VoucherPool
from regulars.offers.statements import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    id: int
    key: str
    version: int
    body: dict[str, Any]
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    id: int
    key: str
    version: int  # The newest that was live.
    body: VoucherPool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    pool_id: int
    free: int = 0  # Made, and not handed out yet.
    issued: int = 0
    expired: int = 0
    cancelled: int = 0
    owed_minor: int = 0  # Still on gift cards.
    uses: int = 0
    given_minor: int = 0
    last_used_at: datetime | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liability:
    """What is owed on the gift cards of a pool, and how it came about; in minor units."""

    pool: str
    currency: str
    loaded_minor: int
    paid_minor: int
    refunded_minor: int
    expired_minor: int
    cancelled_minor: int
    owed_minor: int  # Equals loaded - paid + refunded - expired - cancelled.


class PoolEnded(Conflict):
    code = "offers.pool_ended"


def read(row: PoolRow) -> Pool:
    body = msgspec.convert(row.body, VoucherPool)
    return Pool(id=row.id, key=row.key, version=row.version, body=body, ended_at=row.ended_at)


def maybe_pool(tx: Tx, key: str) -> Pool | None:
    found = maybe(tx, SQL.pool, PoolRow, key=key)
    return read(found) if found else None


def pool(tx: Tx, key: str) -> Pool:
    found = maybe_pool(tx, key)
    if found is None:
        raise UnknownPool(f"No voucher pool is called {key[:80]!r}; publish it first.")
    return found


def open_pool(tx: Tx, key: str) -> Pool:
    """One that hands out codes."""
    found = pool(tx, key)
    if found.ended_at is not None:
        raise PoolEnded(f"The voucher pool {key} ended on {found.ended_at:%-d %B %Y}; publish it again.")
    return found


def pools(tx: Tx) -> list[Pool]:
    """Every pool that was launched, those that ended last."""
    return [read(row) for row in rows(tx, SQL.pools, PoolRow)]


def figures(tx: Tx, pool_ids: list[int]) -> dict[int, Figures]:
    return {one.pool_id: one for one in rows(tx, SQL.figures, Figures, pool_ids=pool_ids)}


def liability(tx: Tx, at: datetime) -> list[Liability]:
    """What is owed on gift cards as it was booked by an instant, by pool."""
    return rows(tx, SQL.liability, Liability, at=at)
