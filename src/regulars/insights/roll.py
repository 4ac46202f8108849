"""The roll of customers, narrowed by what several rooms know of them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from regulars import customers
from regulars.customers import Customer
from regulars.db import Tx, value, values
from regulars.insights.statements import SQL
from regulars.kernel import Page, decode_cursor, encode_cursor

PAGE_SIZE = 50
ROUNDS_MAX = 20  # Pages of a search looked through for one page that is narrowed further.


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Stage and tier are read in this approach and programme; None means no matter."""

    approach: str | None = None
    programme: str | None = None
    stage: str | None = None
    tier: str | None = None
    joined_since: datetime | None = None

    @property
    def narrows(self) -> bool:
        return any((self.stage, self.tier, self.joined_since))


def roll(tx: Tx, by: Narrowing, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Customer]:
    """A page of the customers that fit, the newest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    ids: list[int] = values(tx, SQL.roll, before=before, limit=limit + 1, **asdict(by))
    shown = ids[:limit]
    known = customers.by_ids(tx, shown)
    more = encode_cursor(shown[-1]) if len(ids) > limit else None
    return Page(tuple(known[one] for one in shown if one in known), more)


def roll_count(tx: Tx, by: Narrowing) -> int:
    return cast("int", value(tx, SQL.roll_count, **asdict(by)))


def searched(
    tx: Tx,
    text: str,
    by: Narrowing,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
    *,
    contacts: bool = False,
) -> Page[Customer]:
    """A page of those whom a search finds and that fit; narrowed, it can be shorter than the limit."""
    if not by.narrows:
        return customers.search(tx, text, cursor, limit, contacts=contacts)
    found: list[Customer] = []
    for _ in range(ROUNDS_MAX):
        page = customers.search(tx, text, cursor, limit, contacts=contacts)
        ids = [customer.customer_id for customer in page.items]
        fitting = set(values(tx, SQL.narrowed, ids=ids, **asdict(by)))
        found += [customer for customer in page.items if customer.customer_id in fitting]
        cursor = page.next
        if cursor is None or len(found) * 2 >= limit:
            break
    return Page(tuple(found), cursor)
