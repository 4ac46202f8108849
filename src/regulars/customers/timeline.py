"""One timeline of everything that happened to a customer, read from the log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from regulars import log
from regulars.customers.model import masked_values
from regulars.customers.statements import SQL
from regulars.db import Tx, values
from regulars.kernel import Page, decode_cursor, encode_cursor
from regulars.log import Event

PAGE_SIZE = 50


def timeline(
    tx: Tx,
    customer_id: int,
    cursor: str | None = None,
    names: Sequence[str] | None = None,
    limit: int = PAGE_SIZE,
    *,
    sources: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Event]:
    """A page of the customer's events, the latest occurred first; `names` and `sources` keep only these.

    `since` and `until` narrow it to what occurred in [since, until).
    """
    before = cast("tuple[datetime, int]", decode_cursor(cursor, (datetime, int))) if cursor else None
    merged = values(tx, SQL.merged, customer_id=customer_id)
    found = log.timeline(
        tx, merged, before=before, names=names, sources=sources, since=since, until=until, limit=limit + 1
    )
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor(last.occurred_at, last.position) if last else None
    return Page(tuple(found[:limit]), more)


def sources_of(tx: Tx, customer_id: int) -> list[str]:
    """Where the customer's latest events came from, by name."""
    return log.sources_of(tx, values(tx, SQL.merged, customer_id=customer_id))


def masked_event(event: Event, *, may_see_contacts: bool, personal: frozenset[str] = frozenset()) -> Event:
    """The event as somebody sees it who may or may not see contact details."""
    if may_see_contacts:
        return event
    return replace(event, properties=masked_values(event.properties, personal))
