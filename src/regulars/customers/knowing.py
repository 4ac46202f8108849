"""Who is known by an identifier, for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.db import Query, Statements, Tx, rows, values


class Sql(Statements, file="knowing.sql"):
    people_of: Query
    surely_known: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearers:
    value: str
    people: list[int]


def people_of(tx: Tx, kind: str, wanted: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The people who are known by each of these identifiers, or were seen with it; others are left out."""
    found = rows(tx, SQL.people_of, Bearers, kind=kind, values=list(wanted))
    return {one.value: tuple(one.people) for one in found}


def surely_known(tx: Tx, customer_id: int, kind: str, value: str) -> bool:
    """Whether a person has an identifier by the word of more than a page, in which anybody may claim it."""
    return bool(values(tx, SQL.surely_known, customer_id=customer_id, kind=kind, value=value)[0])
