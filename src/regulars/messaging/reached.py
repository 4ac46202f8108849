"""Where messages went, by hashes: what comes back is compared with them, and nothing more is sent there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, run
from regulars.messaging.suppression import hashed, secret


class Sql(Statements, file="reached.sql"):
    reached: Query
    suppress_reached: Query
    counts: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Whom a message went to."""

    send_id: int
    atom_id: int
    customer_id: int
    channel: str
    purpose: str
    topic: str
    address_hash: bytes | None  # None of a row whose person was erased.


def went_to(tx: Tx, send_ids: Sequence[int]) -> dict[int, Reached]:
    """Of these sends those that are ours and left, or may have."""
    return {one.send_id: one for one in rows(tx, SQL.reached, Reached, send_ids=list(send_ids))}


def address_hash(tx: Tx, address: str) -> bytes:
    """The keyed hash by which the ledger and the list of suppressed addresses know an address."""
    return hashed(secret(tx), address)


def return_path_secret(tx: Tx) -> bytes:
    """Signs the addresses that bounces come back to."""
    return secret(tx)


def suppress_reached(tx: Tx, send_ids: Sequence[int], *, medium: str, reason: str, at: datetime) -> int:
    """Send nothing more to where these messages went; gives how many addresses that newly stops."""
    return run(tx, SQL.suppress_reached, send_ids=list(send_ids), medium=medium, reason=reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedCount:
    """How many addresses are suppressed for one reason."""

    channel: str
    reason: str
    addresses: int
    latest_at: datetime


def suppressed_counts(tx: Tx) -> list[SuppressedCount]:
    """The most first."""
    return rows(tx, SQL.counts, SuppressedCount)
