"""What people are asked to look at: who may be one person, and which identifiers are none."""

from dataclasses import dataclass
from datetime import datetime

from regulars.customers import identity
from regulars.customers.people import SHARERS_MAX
from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Page, decode_cursor, encode_cursor

PAGE_SIZE = 50


class Sql(Statements, file="suggesting.sql"):
    page: Query
    problems: Query
    too_wide: Query
    records: Query
    claims: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Two people who share an identifier, and were not said to be different."""

    kind: str
    value: str
    one_id: int
    other_id: int
    verified: bool

    @property
    def reason(self) -> str:
        return "the same, not verified" if not self.verified else "the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Came as an identifier and is none."""

    customer_id: int
    kind: str
    written: str
    reason: str
    source: str
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TooWide:
    """Identifiers hold so many records together that no rule merges them."""

    customer_id: int
    atoms: int
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One of the records that a person is made of, by its own identifier."""

    customer_id: int
    kind: str
    value: str
    first_seen_at: datetime
    last_seen_at: datetime
    leads: bool  # Whether the person goes by its number.
    came_at: datetime | None  # When it was merged; None when it was never moved.
    came_by: str | None  # Who merged it by hand; None: a rule.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An identifier that a record was seen with."""

    atom_id: int
    kind: str
    value: str
    verified: bool
    source: str
    first_at: datetime
    last_at: datetime
    others: int  # How many other people were seen with it.


def suggestions(
    tx: Tx,
    *,
    kind: str | None = None,
    person: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Suggestion]:
    """Who may be one person, by the identifier they share; what was declined is left out."""
    after_kind, after_value = decode_cursor(cursor, (str, str)) if cursor else (None, None)
    found = rows(
        tx,
        SQL.page,
        Suggestion,
        kind=kind,
        person=person,
        after_kind=after_kind,
        after_value=after_value,
        sharers_max=SHARERS_MAX,
        limit=limit + SHARERS_MAX,
    )
    if len(found) < limit + SHARERS_MAX:
        return Page(tuple(found))
    # A page ends between two values, so that none is cut.
    last = found[-1]
    whole = [one for one in found if (one.kind, one.value) != (last.kind, last.value)]
    return Page(tuple(whole), encode_cursor(whole[-1].kind, whole[-1].value))


def problems(tx: Tx, *, person: int | None = None, limit: int = PAGE_SIZE) -> list[Problem]:
    return rows(tx, SQL.problems, Problem, person=person, limit=limit)


def too_wide(tx: Tx, *, limit: int = PAGE_SIZE) -> list[TooWide]:
    return rows(tx, SQL.too_wide, TooWide, limit=limit)


def records(tx: Tx, person: int, *, limit: int = 500) -> list[Record]:
    """What a person is made of, the record they go by first."""
    return rows(tx, SQL.records, Record, person=person, limit=limit)


def sightings(tx: Tx, person: int, *, limit: int = 500) -> list[Sighting]:
    """What the records of a person were seen with, where first and when."""
    return rows(tx, SQL.claims, Sighting, person=person, limit=limit)


def kind_titles(tx: Tx) -> dict[str, str]:
    """What the kinds of identifiers are called."""
    return {kind: one.title for kind, one in identity.rules(tx).kinds.items()}


def contact_kinds(tx: Tx) -> frozenset[str]:
    """The kinds that hold contact details, which not everybody may see."""
    every = identity.rules(tx).kinds.values()
    return frozenset(one.kind for one in every if one.use == "contact" or one.form in ("email", "phone"))
