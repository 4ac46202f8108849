"""Looking at events: one customer's from the latest back, and a range of the log."""

from collections.abc import Sequence
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows
from regulars.log.event import Event


class Sql(Statements, file="timeline.sql"):
    timeline: Query
    events_from: Query


SQL = Sql()


def timeline(
    tx: Tx,
    customer_ids: Sequence[int],
    *,
    before: tuple[datetime, int] | None = None,
    names: Sequence[str] | None = None,
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
        limit=limit,
    )


def events(tx: Tx, *, after: int, to: int) -> list[Event]:
    """The events at the positions (after, to]."""
    return rows(tx, SQL.events_from, Event, after=after, to=to)
