"""The customers behind a figure of data quality: whose value is missing, unfit, shared or old."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from regulars.customers.model import Customer
from regulars.customers.profile import by_ids
from regulars.db import Query, Statements, Tx, value, values
from regulars.kernel import Page, decode_cursor, encode_cursor

Measure = Literal["completeness", "validity", "uniqueness", "freshness"]
PAGE_SIZE = 50
PORTION = 1_000


class Sql(Statements, file="quality_concerned.sql"):
    missing: Query
    unfit: Query
    shared_value: Query
    shared_contact: Query
    stale: Query
    is_contact: Query


SQL = Sql()


def concerned_ids(
    tx: Tx,
    measure: Measure,
    trait: str,
    *,
    source: str = "",
    days: int,
    at: datetime,
    after: int = 0,
    limit: int = PAGE_SIZE,
) -> list[int]:
    """Whom a measure finds wanting, by number, beyond one of them."""
    asked = {"trait": trait, "source": source, "after": after, "limit": limit}
    if measure == "completeness":
        found = values(tx, SQL.missing, **asked)
    elif measure == "validity":
        found = values(tx, SQL.unfit, **asked)
    elif measure == "freshness":
        found = values(tx, SQL.stale, **asked, before=at - timedelta(days=days))
    else:
        contact = value(tx, SQL.is_contact, trait=trait)
        found = values(tx, SQL.shared_contact if contact else SQL.shared_value, **asked)
    return found


def concerned(
    tx: Tx,
    measure: Measure,
    trait: str,
    *,
    source: str = "",
    days: int,
    at: datetime,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Customer]:
    """The same as customers, in pages."""
    after = int(str(decode_cursor(cursor, (int,))[0])) if cursor else 0
    ids = concerned_ids(tx, measure, trait, source=source, days=days, at=at, after=after, limit=limit + 1)
    shown = ids[:limit]
    known = by_ids(tx, shown)
    following = encode_cursor(shown[-1]) if len(ids) > limit else None
    return Page(items=tuple(known[one] for one in shown if one in known), next=following)


def every_concerned(
    tx: Tx, measure: Measure, trait: str, *, source: str = "", days: int, at: datetime
) -> Iterator[Customer]:
    """All of them, for a file."""
    after = 0
    while ids := concerned_ids(
        tx, measure, trait, source=source, days=days, at=at, after=after, limit=PORTION
    ):
        known = by_ids(tx, ids)
        yield from (known[one] for one in ids if one in known)
        after = ids[-1]
