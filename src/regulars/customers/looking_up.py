"""Finding customers by the beginnings of what they are known by, wherever that stands, in order of terms."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from regulars.customers.derived import LAST_SIGN, TERM_SIGNS_MAX
from regulars.customers.model import Customer
from regulars.db import Query, Statements, Tx, rows

AHEAD = 16  # So many candidates more than are wanted, of each way.
REACH_MAX = 20_000
Place = tuple[str, int]  # In the order of terms: a term, and a customer who has it.


class Sql(Statements, file="looking_up.sql"):
    candidates: Query
    found: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    way: str
    term: str
    customer_id: int

    @property
    def place(self) -> Place:
        return self.term, self.customer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Customer):
    term: str  # What matched.

    def customer(self) -> Customer:
        return Customer(**{name: getattr(self, name) for name in Customer.__dataclass_fields__})


def hits(tx: Tx, sought: Sequence[str], after: Place | None, limit: int, *, contacts: bool) -> list[Hit]:
    """At most so many customers of whom every word begins a term, each once, after a place."""
    found: list[Hit] = []
    reach = limit + AHEAD
    while len(found) < limit:
        seen = _candidates(tx, sought[0], after, reach)
        end = _end(seen, reach)
        places = sorted({one.place for one in seen if end is None or one.place <= end})
        if places:
            found += _found(tx, sought, places, limit - len(found), contacts=contacts)
        if end is None:
            break
        if after is None or end > after:
            after, reach = end, min(reach * 4, REACH_MAX)
        else:  # More than that have one number.
            reach *= 4
    return found


def _candidates(tx: Tx, first: str, after: Place | None, reach: int) -> list[Candidate]:
    term, customer_id = after or (None, None)
    return rows(
        tx,
        SQL.candidates,
        Candidate,
        low=max(first, term or first),
        past=first + LAST_SIGN,
        phone=first if first.isascii() and first.isdigit() else None,
        term=term,
        customer_id=customer_id,
        signs_max=TERM_SIGNS_MAX,
        reach=reach,
    )


def _end(seen: Sequence[Candidate], reach: int) -> Place | None:
    """Up to where every way was looked through; None when that is everything."""
    by_way: dict[str, list[Place]] = defaultdict(list)
    for one in seen:
        by_way[one.way].append(one.place)
    # Several may have one number, and not in the order of their persons: the last number may not be whole.
    ends = [
        (places[-1][0], 0) if way.startswith("phone") else places[-1]
        for way, places in by_way.items()
        if len(places) == reach
    ]
    return min(ends, default=None)


def _found(
    tx: Tx, sought: Sequence[str], places: Sequence[Place], limit: int, *, contacts: bool
) -> list[Hit]:
    return rows(
        tx,
        SQL.found,
        Hit,
        terms=[term for term, _ in places],
        ids=[customer_id for _, customer_id in places],
        first=sought[0],
        further=list(sought[1:]),
        further_ends=[word + LAST_SIGN for word in sought[1:]],
        contacts=contacts,
        signs_max=TERM_SIGNS_MAX,
        limit=limit,
    )
