"""Whether what an event tells fits filters, before anybody told it: as statements over the log have it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any as Anything

from psycopg import sql
from psycopg.types.json import Jsonb

from regulars.conditions.dialect_postgresql import PostgreSQL
from regulars.conditions.facts import EVENT
from regulars.conditions.fitting import fit
from regulars.conditions.nodes import Filter
from regulars.conditions.passes import FACT
from regulars.conditions.statement import Statement
from regulars.db import Tx, value

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # Filters of properties do not ask for it.


def fits_told(
    tx: Tx, told: Mapping[str, Anything], several: Sequence[Sequence[Filter]], *, zone: str = "UTC"
) -> list[bool]:
    """For each list of filters whether all of them fit."""
    if not several:
        return []
    statement = Statement(PostgreSQL(), ANY_TIME, zone=zone)
    asked = [" and ".join(["true", *(fit(statement, EVENT, one) for one in where)]) for where in several]
    # Made of our own words and signs for what is bound: see dialect.py.
    text = f"select array[{', '.join(asked)}] from (select cast(%(told)s as jsonb) as told) as {FACT}"
    found = value(tx, sql.Composed([sql.SQL(text)]), told=Jsonb(dict(told)), **statement.params)
    return [bool(one) for one in found]
