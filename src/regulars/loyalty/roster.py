"""The list of a programme's members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Page, decode_cursor, encode_cursor
from regulars.loyalty.posting import currency_of, newest

PAGE_SIZE = 50


class Sql(Statements, file="roster.sql"):
    roster: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    member_id: int
    customer_id: int
    joined_at: datetime
    last_posted_at: datetime
    tier_number: int | None  # 1 is the first.
    active: int


def roster(
    tx: Tx,
    programme: str,
    *,
    tier: int | None = None,
    tier_set_key: str | None = None,
    customer_ids: Sequence[int] | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[RosterLine]:
    """A page of members, the newest first; of one tier of a set, or of these customers only."""
    version = newest(tx, programme)
    tier_set = version.programme.set_of(tier_set_key)
    found = rows(
        tx,
        SQL.roster,
        RosterLine,
        programme_id=version.programme_id,
        currency=currency_of(version, None).code,
        tier_set=tier_set.key if tier_set else None,
        tier=tier,
        ids=None if customer_ids is None else list(customer_ids),
        before=decode_cursor(cursor, (int,))[0] if cursor else None,
        limit=limit + 1,
    )
    more = encode_cursor(found[limit - 1].member_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)
