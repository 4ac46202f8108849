"""The log of what was sent: deliveries, their attempts, and how it goes by hour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from regulars.db import Tx, maybe, rows
from regulars.kernel import Finding, Invalid, NotFound, Page, decode_cursor, encode_cursor, public_id
from regulars.webhooks.statements import RECORDS

State = Literal["waiting", "sending", "delivered", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
PAGE_MAX = 200
EXPORT_MAX = 50_000
ATTEMPTS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    state: str | None = None
    event: str | None = None
    message_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery, without what it says."""

    delivery_id: int
    webhook_key: str
    message_id: str  # The webhook-id.
    position: int | None  # None for one sent by hand to try it.
    customer_id: int | None
    event: str
    occurred_at: datetime
    state: State
    attempts: int
    made_at: datetime
    due_at: datetime
    ended_at: datetime | None
    status: int | None  # Of the last answer.
    reason: str
    erased: bool

    @property
    def public_id(self) -> str:
        return public_id("whd", self.delivery_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWhole(Sent):
    body: str | None  # It holds personal data.


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    number: int
    started_at: datetime
    duration_ms: int
    outcome: Literal["delivered", "failed", "unknown"]
    status: int | None
    answer: str  # The first KB; it may repeat what was sent.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    webhook_key: str
    hour: datetime
    delivered: int
    failed: int
    busy_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    webhook_key: str
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    webhook_key: str
    delivered: int
    failed: int


def deliveries(
    tx: Tx,
    key: str,
    chosen: DeliveryFilter | None = None,
    *,
    cursor: str | None = None,
    limit: int = 50,
    most: int = PAGE_MAX,
) -> Page[Sent]:
    """The latest first."""
    limit, chosen = max(1, min(limit, most)), chosen or DeliveryFilter()
    if chosen.state is not None and chosen.state not in STATES:
        told = f"A state is one of {', '.join(STATES)}."
        raise Invalid(told, [Finding(path="state", code="webhooks.state", message=told)])
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(
        tx,
        RECORDS.deliveries,
        Sent,
        webhook_key=key,
        before=before,
        limit=limit + 1,
        state=chosen.state,
        event=chosen.event,
        message_id=chosen.message_id,
        since=chosen.since,
        until=chosen.until,
    )
    more = encode_cursor(found[limit - 1].delivery_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


def delivery(tx: Tx, key: str, delivery_id: int) -> SentWhole:
    found = maybe(tx, RECORDS.delivery, SentWhole, webhook_key=key, delivery_id=delivery_id)
    if found is None:
        raise NotFound(
            f"The webhook {key[:80]!r} has no delivery {public_id('whd', delivery_id)}; "
            "the log is kept for some days only."
        )
    return found


def attempts(tx: Tx, delivery_id: int) -> list[Attempt]:
    """The latest first."""
    return rows(tx, RECORDS.attempts, Attempt, delivery_id=delivery_id, limit=ATTEMPTS_MAX)


def hours(tx: Tx, since: datetime, key: str | None = None) -> list[Hour]:
    return rows(tx, RECORDS.hours, Hour, since=since, webhook_key=key)


def tallies(tx: Tx, since: datetime) -> dict[str, Tally]:
    return {one.webhook_key: one for one in rows(tx, RECORDS.tallies, Tally, since=since)}


def open_counts(tx: Tx) -> dict[str, OpenCount]:
    return {one.webhook_key: one for one in rows(tx, RECORDS.open_counts, OpenCount)}
