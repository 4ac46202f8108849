"""Who is known by an identifier, for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.db import Query, Statements, Tx, rows


class Sql(Statements, file="knowing.sql"):
    people_of: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearers:
    value: str
    people: list[int]


def people_of(tx: Tx, kind: str, values: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The people who are known by each of these identifiers, or were seen with it; others are left out."""
    found = rows(tx, SQL.people_of, Bearers, kind=kind, values=list(values))
    return {one.value: tuple(one.people) for one in found}
