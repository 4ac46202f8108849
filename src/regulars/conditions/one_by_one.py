"""The events of a range of the log that fit filters, one by one rather than counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any as Anything

from psycopg import sql

from regulars.conditions.dialect_postgresql import PostgreSQL
from regulars.conditions.facts import EVENT, TRACKED
from regulars.conditions.fitting import fit
from regulars.conditions.nodes import Filter
from regulars.conditions.passes import FACT
from regulars.conditions.statement import Statement
from regulars.db import Tx, rows

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # Filters of properties do not ask for it.


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingEvent:
    position: int
    customer_id: int  # The person.
    atom_id: int
    occurred_at: datetime
    booked_at: datetime
    source: str
    told: dict[str, Anything]


def fitting_events(
    tx: Tx, name: str, where: Sequence[Filter], *, after: int, to: int, zone: str = "UTC"
) -> list[FittingEvent]:
    """Tracked events of this name at positions (after, to] that are somebody's and no history, in order."""
    statement = Statement(PostgreSQL(), ANY_TIME, zone=zone)
    fits = " and ".join(["true", *(fit(statement, EVENT, one) for one in where)])
    columns = "position, customer_id, occurred_at, booked_at, source, properties as told"
    # Made of our own words and signs for what is bound: see dialect.py.
    text = (
        f"select {FACT}.position, coalesce(person.person_id, {FACT}.customer_id) as customer_id, "
        f"{FACT}.customer_id as atom_id, {FACT}.occurred_at, {FACT}.booked_at, {FACT}.source, {FACT}.told "
        f"from (select {columns} from log.fact_event where position > %(after)s and position <= %(to)s "
        f"and name = %(name)s and {TRACKED} and customer_id is not null and not history) as {FACT} "
        f"left join customers.fact_person as person on person.customer_id = {FACT}.customer_id "
        f"where {fits} order by {FACT}.position"
    )
    query = sql.Composed([sql.SQL(text)])
    return rows(tx, query, FittingEvent, after=after, to=to, name=name, **statement.params)
