"""The part of a customer's past that left PostgreSQL, between what is still there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from regulars import analytics, customers
from regulars.db import Tx
from regulars.kernel import Page, decode_cursor, encode_cursor
from regulars.log import Event

SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    names: Sequence[str] | None
    sources: Sequence[str] | None
    since: datetime | None
    until: datetime | None


def with_lake(
    tx: Tx,
    lake: analytics.Lake,
    customer_id: int,
    cursor: str,
    narrowed: Narrowed,
    found: Page[Event],
    *,
    below: int,
) -> Page[Event]:
    """The page with the events of the lake in their places; what both hold is there once."""
    before = cast("tuple[datetime, int]", decode_cursor(cursor, (datetime, int))) if cursor else None
    past = analytics.past_events(
        lake,
        customers.atoms(tx, customer_id),
        below=below,
        before=before,
        names=narrowed.names,
        sources=narrowed.sources,
        since=narrowed.since,
        until=narrowed.until,
        limit=SHOWN + 1,
    )
    every = {event.position: event for event in (*past, *found.items)}
    ordered = sorted(every.values(), key=lambda event: (event.occurred_at, event.position), reverse=True)
    more = found.next is not None or len(ordered) > SHOWN
    last = ordered[:SHOWN][-1:] if more else []
    return Page(
        tuple(ordered[:SHOWN]), encode_cursor(last[0].occurred_at, last[0].position) if last else None
    )
