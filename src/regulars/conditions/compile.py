"""Many conditions as one grouped statement, for the engine that runs it.

Every leaf over a window of facts becomes a figure of a pass over its source, shared by all conditions that
ask the same; every condition becomes one boolean column that is never null. Instants and values are bound: no
text of a condition becomes text of the statement.

A cancelled order is none; a refunded one is one still, and sums are less what was given back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any as Anything
from typing import Literal

from psycopg import sql

from regulars.conditions.dialect import Dialect
from regulars.conditions.dialect_duckdb import DuckDB
from regulars.conditions.dialect_postgresql import PostgreSQL
from regulars.conditions.dialect_spark import Spark
from regulars.conditions.leaves import changes, figure, holds
from regulars.conditions.nodes import Condition
from regulars.conditions.source import Source
from regulars.conditions.statement import Statement

Engine = Literal["postgresql", "duckdb", "spark"]
POSTGRESQL = PostgreSQL()
DIALECTS: dict[Engine, Dialect] = {"postgresql": POSTGRESQL, "duckdb": DuckDB(), "spark": Spark()}
BOUND = re.compile(r"\bp[0-9]+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One row a customer: customer_id, then c0, c1, ... whether each holds, and n0, n1, ... until when."""

    query: sql.Composed  # For PostgreSQL.
    params: dict[str, Anything]
    text: str = ""  # The same, as the engine takes it.
    reads: tuple[Source, ...] = ()
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)  # Columns asked for, by source.
    asks_traits: bool = False


def compile_conditions(
    conditions: Sequence[Condition],
    at: datetime,
    only: Sequence[int] | None = None,
    *,
    zone: str = "UTC",
    engine: Engine = "postgresql",
    next_change: bool = False,
) -> Compiled:
    """The statement that says of every customer, or of some, which of the conditions hold at an instant.

    With `next_change` there are columns n0, n1, ... too: an instant after this one before which time alone
    does not change the answer; null when it never does.
    """
    statement = Statement(DIALECTS[engine], at, zone=zone, only=only, next_change=next_change)
    columns = [f"{holds(statement, one)} as c{n}" for n, one in enumerate(conditions)]
    if next_change:
        columns += [f"{_earliest(statement, one)} as n{n}" for n, one in enumerate(conditions)]
    return _compiled(statement, columns)


def _compiled(statement: Statement, columns: Sequence[str]) -> Compiled:
    text = statement.text(columns)
    # Made of our own words, names of sources and signs for what is bound: see dialect.py.
    query = sql.Composed([sql.SQL(text)])
    bound = set(BOUND.findall(text))
    return Compiled(
        query=query,
        params={name: value for name, value in statement.params.items() if name in bound},
        text=text,
        reads=tuple(statement.read.values()),
        used={name: frozenset(columns) for name, columns in statement.used.items()},
        asks_traits=statement.asks_traits,
    )


def _earliest(statement: Statement, condition: Condition) -> str:
    moments = list(dict.fromkeys(changes(statement, condition)))
    never = f"cast(null as {statement.dialect.types['instant']})"
    return f"least({never}, {', '.join(moments)})" if moments else never


def compile_figures(
    nodes: Sequence[Condition], at: datetime, customer_id: int, *, zone: str = "UTC"
) -> Compiled:
    """The same for one customer, by index, as two arrays: what holds, and each node's figure as JSON."""
    statement = Statement(POSTGRESQL, at, zone=zone, only=[customer_id])
    held = ", ".join(holds(statement, node) for node in nodes)
    figures = ", ".join(f"to_jsonb({figure(statement, node)})" for node in nodes)
    columns = [f"array[{held}]::boolean[] as holds", f"array[{figures}]::jsonb[] as figures"]
    return _compiled(statement, columns)
