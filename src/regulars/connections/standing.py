"""How a connection stands: what came last, how often what came, and the last payloads."""

from dataclasses import dataclass
from datetime import datetime

from regulars.connections.receiving import SAMPLE_DAYS, Outcome
from regulars.connections.statements import SQL
from regulars.db import Tx, rows, run

LIMIT_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTold:
    """One delivery, without what it said."""

    delivery_id: int
    received_at: datetime
    outcome: Outcome
    topic: str
    delivery_key: str | None
    events: int
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    connection_key: str
    topic: str
    outcome: Outcome
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPayload:
    """What came last of a topic; it holds personal data."""

    topic: str
    received_at: datetime
    headers: dict[str, str]
    payload: str


def deliveries(tx: Tx, key: str, *, limit: int = 50) -> list[DeliveryTold]:
    """Newest first."""
    return rows(tx, SQL.deliveries, DeliveryTold, connection_key=key, limit=min(limit, LIMIT_MAX))


def tallies(tx: Tx, key: str | None = None) -> list[Tally]:
    """By connection, the most frequent first; of all connections when none is named."""
    return rows(tx, SQL.tallies, Tally, connection_key=key)


def last_payloads(tx: Tx, key: str, *, now: datetime) -> list[LastPayload]:
    """Newest first, as long as they are kept."""
    return rows(tx, SQL.samples, LastPayload, connection_key=key, since=now - SAMPLE_DAYS)


def erase_payloads(tx: Tx, key: str) -> int:
    return run(tx, SQL.erase_samples, connection_key=key)


def forget_old(tx: Tx, now: datetime) -> int:
    """Let payloads go whose days are over, also of connections that nothing comes to any more."""
    return run(tx, SQL.forget_old_samples, before=now - SAMPLE_DAYS)
