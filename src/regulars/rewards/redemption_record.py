"""Redemptions as they stand, with their steps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars import customers
from regulars.db import Tx, maybe, rows
from regulars.kernel import Page, decode_cursor, encode_cursor, public_id
from regulars.rewards.errors import UnknownRedemption
from regulars.rewards.model import WAYS, Reward
from regulars.rewards.statements import SQL

PREFIX = "rdm"
PAGE_MAX = 200
SHOWN_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRow:
    id: int
    reward_id: int
    reward: str
    body: dict[str, Any]
    version: int
    programme: str
    customer_id: int
    state: str
    points: int
    currency: str
    hold_id: int | None
    transfer_id: int | None
    code_id: int | None
    takes_stock: bool
    cost_minor: int | None
    cost_currency: str | None
    automatic: bool
    redeemed_at: datetime
    changed_at: datetime
    holds_until: datetime | None
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    id: int
    reward_id: int
    reward: str  # Key.
    body: Reward  # As it is now.
    version: int  # That ruled.
    programme: str
    customer_id: int  # The profile it was redeemed for.
    state: str  # held, ordered, ready, sent, handed_over, cancelled or lapsed.
    points: int
    currency: str
    hold_id: int | None
    transfer_id: int | None  # That spent the points.
    code_id: int | None
    takes_stock: bool
    cost_minor: int | None
    cost_currency: str | None
    automatic: bool
    redeemed_at: datetime
    changed_at: datetime
    holds_until: datetime | None
    actor: str | None

    @property
    def public_id(self) -> str:
        return public_id(PREFIX, self.id)

    @property
    def steps_left(self) -> tuple[str, ...]:
        """The states it may go to, besides being cancelled."""
        way = WAYS[self.body.fulfilment]
        return way[way.index(self.state) + 1 :] if self.state in way else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    state: str
    stepped_at: datetime
    actor: str | None
    note: str | None


def read(row: RedemptionRow) -> Redemption:
    plain = {name: getattr(row, name) for name in row.__slots__}
    return Redemption(**(plain | {"body": msgspec.convert(row.body, Reward)}))


def redemption(tx: Tx, redemption_id: int) -> Redemption:
    found = maybe(tx, SQL.redemption, RedemptionRow, redemption_id=redemption_id)
    if found is None:
        raise UnknownRedemption(f"There is no redemption {public_id(PREFIX, redemption_id)}.")
    return read(found)


def redemptions(
    tx: Tx,
    *,
    programme: str | None = None,
    reward: str | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Redemption]:
    """The newest first; the state `open` stands for all that wait for somebody."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    asked = {"programme": programme, "reward": reward, "state": state, "before": before}
    found = rows(tx, SQL.redemptions, RedemptionRow, limit=limit + 1, **asked)
    shown = tuple(read(row) for row in found[:limit])
    return Page(items=shown, next=encode_cursor(shown[-1].id) if len(found) > limit else None)


def redemptions_of(tx: Tx, customer_id: int, programme: str | None = None) -> list[Redemption]:
    """A customer's, merged profiles included; the newest first, at most 500."""
    atoms = customers.atoms(tx, customer_id)
    found = rows(tx, SQL.of_customer, RedemptionRow, atoms=atoms, programme=programme, limit=SHOWN_MAX)
    return [read(row) for row in found]


def steps(tx: Tx, redemption_id: int) -> list[Step]:
    return rows(tx, SQL.steps, Step, redemption_id=redemption_id)
