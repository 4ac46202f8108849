"""Looking at events: one customer's from the latest back, and a range of the log."""

from collections.abc import Sequence
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, values
from regulars.log.event import Event


class Sql(Statements, file="timeline.sql"):
    timeline: Query
    sources: Query
    events_from: Query


SQL = Sql()
LOOKED_AT = 2_000  # Of the latest events of one customer.


def timeline(
    tx: Tx,
    customer_ids: Sequence[int],
    *,
    before: tuple[datetime, int] | None = None,
    names: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[Event]:
    """What happened to a customer, under every id merged into it, latest first by `occurred_at`.

    `before` is the (occurred_at, position) of the last event of the page before.
    """
    at, position = before or (None, None)
    return rows(
        tx,
        SQL.timeline,
        Event,
        customer_ids=list(customer_ids),
        before_at=at,
        before_position=position,
        names=None if names is None else list(names),
        sources=None if sources is None else list(sources),
        since=since,
        until=until,
        limit=limit,
    )


def sources_of(tx: Tx, customer_ids: Sequence[int]) -> list[str]:
    """The sources of a customer's latest events, by name."""
    return values(tx, SQL.sources, customer_ids=list(customer_ids), limit=LOOKED_AT)


def events(tx: Tx, *, after: int, to: int) -> list[Event]:
    """The events at the positions (after, to]."""
    return rows(tx, SQL.events_from, Event, after=after, to=to)
