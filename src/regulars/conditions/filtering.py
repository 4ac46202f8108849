"""Filters of what an event told, as a condition of one row for statements of other rooms."""

from collections.abc import Sequence
from typing import Any as Anything

from psycopg import sql

from regulars.conditions.dialect_postgresql import PostgreSQL
from regulars.conditions.facts import EVENT
from regulars.conditions.fitting import fit
from regulars.conditions.nodes import Filter
from regulars.conditions.one_by_one import ANY_TIME
from regulars.conditions.statement import Statement


def fits_event(where: Sequence[Filter], *, zone: str = "UTC") -> tuple[sql.Composed, dict[str, Anything]]:
    """Whether the row `fact`, whose column `told` holds what an event told, fits; with what it binds."""
    statement = Statement(PostgreSQL(), ANY_TIME, zone=zone)
    text = " and ".join(["true", *(fit(statement, EVENT, one) for one in where)])
    # Made of our own words and signs for what is bound: see dialect.py.
    return sql.Composed([sql.SQL(text)]), dict(statement.params)
