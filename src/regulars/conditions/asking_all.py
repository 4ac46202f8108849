"""Conditions asked of everybody at once, in DuckDB or Spark: over the lake, what is not in it yet, copies.

All is of one instant of the database: how far the lake goes, the rows behind it, who is whose survivor,
and the relations that only PostgreSQL has.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.analytics import Engine, EngineName, Lake, Table, open_duckdb, open_lake, open_spark
from regulars.conditions.compile import Compiled, compile_conditions
from regulars.conditions.dialect import copied
from regulars.conditions.nodes import Condition
from regulars.conditions.source import Source, Type

CASTS: Mapping[Type, str] = {
    "text": "text",
    "number": "float8",
    "minor": "int8",
    "instant": "timestamptz",
    "boolean": "bool",
}
MEMORY = "4GB"


def everybody(
    lake: Lake,
    conditions: Sequence[Condition],
    at: datetime,
    *,
    zone: str = "UTC",
    next_change: bool = False,
    engine: EngineName = "duckdb",
    memory: str = MEMORY,
    master: str = "local[*]",
) -> pa.Table:
    """Which of the conditions hold of each customer at an instant: customer_id, c0, c1, ..., n0, n1, ..."""
    compiled = compile_conditions(conditions, at, zone=zone, engine=engine, next_change=next_change)
    with ExitStack() as held:
        snapshot = held.enter_context(open_lake(narrowed(lake, compiled), copies=copies_of(compiled)))
        given = (snapshot.relations, snapshot.people)
        eyes: dict[str, Any] = {"place": lake.place, "contacts": True, "copies": snapshot.copies}
        asked: Engine = (
            held.enter_context(open_spark(*given, **eyes, master=master))
            if engine == "spark"
            else held.enter_context(open_duckdb(*given, **eyes, memory=memory))
        )
        return asked.ask(compiled.text, compiled.params).read_all()


def copies_of(compiled: Compiled) -> dict[str, str]:
    """What is taken out of PostgreSQL: everybody, and the sources that the lake does not have."""
    traits = ", traits::text as traits" if compiled.asks_traits else ", '{}'::text as traits"
    copies = {copied("customer"): f"select customer_id{traits} from customers.fact_customer"}
    for source in compiled.reads:
        if source.lake_rows:
            copies |= source.copies
        else:
            copies[copied(source.name)] = _copy(source, compiled.used[source.name])
    return copies


def _copy(source: Source, used: frozenset[str]) -> str:
    columns = ["customer_id::int8 as customer_id"]
    columns += ["at::timestamptz as at"] if source.has_moment else []
    columns += ["name::text as name"] if source.has_name else []
    columns += ["told::text as told"] if source.has_told and "told" in used else []
    columns += [
        f'"{name}"::{CASTS[column.type]} as "{name}"'
        for name, column in source.columns.items()
        if name in used
    ]
    return f"select {', '.join(columns)} from ({source.rows}) as fact"


def narrowed(lake: Lake, compiled: Compiled) -> Lake:
    """The lake with the tables and columns that are read."""
    texts: dict[str, str] = {}
    for source in compiled.reads:
        for name in source.lake_tables:
            texts[name] = f"{texts.get(name, '')} {source.lake_rows}"
    return replace(lake, tables=tuple(_columns(lake.table(name), text) for name, text in texts.items()))


def _columns(table: Table, text: str) -> Table:
    words = {*re.findall(r"\w+", text), table.key, table.atom}
    return replace(table, columns={name: kind for name, kind in table.columns.items() if name in words})
