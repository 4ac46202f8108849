"""Reading the whole history: what stands in the lake and what does not yet, as of one instant.

How far the lake goes, its version, and the rows that are not in it are taken in one REPEATABLE READ
transaction. Files never change, so that the rows can be read after it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from regulars.analytics import hot
from regulars.analytics.agreeing import LOST
from regulars.analytics.delta import between, opened
from regulars.analytics.engine import FILES, HOT, Relation
from regulars.analytics.exporting import spans_of
from regulars.analytics.faults import LakeDamaged
from regulars.analytics.lake import Lake
from regulars.analytics.table import Table
from regulars.analytics.typed_columns import TypedColumn

TRIES = 2
PEOPLE_SCHEMA = pa.schema([("customer_id", pa.int64()), ("person_id", pa.int64())])
# Whoever is not in it stands for himself.
PEOPLE = "select customer_id, person_id from customers.fact_person where person_id <> customer_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything as of one instant. Its files stay where they are until the snapshot is closed."""

    relations: tuple[Relation, ...]
    people: pa.Table  # (customer_id, person_id) of those who were merged into somebody.
    lake: Lake
    copies: Mapping[str, pa.Table] = field(default_factory=dict)  # What else was asked of PostgreSQL.

    def relation(self, name: str) -> Relation:
        return next(one for one in self.relations if one.name == name)


@contextmanager
def open_lake(
    lake: Lake, tables: Sequence[str] | None = None, *, copies: Mapping[str, str] | None = None
) -> Iterator[Snapshot]:
    """All rows of these tables, or of every one; raises LakeDamaged when the lake is not there.

    `copies` are further statements of our own that are asked of PostgreSQL at the same instant, by name.
    """
    chosen = lake.tables if tables is None else tuple(lake.table(name) for name in tables)
    with hot.snapshot(lake.database) as seen:
        # Before anything is seen: who waits to delete files waits for us, or has noted that he did.
        seen.rows(f"select pg_advisory_lock_shared({hot.READING_LOCK})::text")
        relations, people, copied = _of_one_instant(lake, chosen, seen, copies or {})
        yield Snapshot(relations=relations, people=people, lake=lake, copies=copied)


def _of_one_instant(
    lake: Lake, chosen: Sequence[Table], seen: hot.Hot, copies: Mapping[str, str]
) -> tuple[tuple[Relation, ...], pa.Table, Mapping[str, pa.Table]]:
    """Once more when an erasure took away, meanwhile, the version that the database had told."""
    for left in reversed(range(TRIES)):
        seen.end()
        seen.begin()
        try:
            relations = tuple(_relation(lake, table, seen) for table in chosen)
        except LakeDamaged:
            if not left:
                raise
            continue
        people = seen.table(PEOPLE, PEOPLE_SCHEMA)
        copied = {name: seen.copy(query) for name, query in copies.items()}
        break
    seen.end()
    return relations, people, copied


def _relation(lake: Lake, table: Table, seen: hot.Hot) -> Relation:
    known = seen.records(f"select version, watermark from analytics.lake where name = '{table.name}'")
    version = known[0]["version"] if known else None
    files = _files(lake, table, version)
    if table.is_log:
        return _of_log(table, seen, files, known[0]["watermark"] if known else 0)
    return _of_chunks(table, seen, files, version)


def _files(lake: Lake, table: Table, version: int | None) -> tuple[str, ...]:
    if version is None:
        return ()
    delta = opened(lake.place, table, version)
    if delta is None:
        raise LakeDamaged(
            f"Version {version} of the table {table.name} of the lake is not there ({LOST}). "
            "`regulars lake status` says more; `regulars lake mend` says what can be done."
        )
    return tuple(one.uri for one in delta.files())


def _of_log(table: Table, seen: hot.Hot, files: tuple[str, ...], watermark: int) -> Relation:
    typed = [
        TypedColumn(**row)
        for row in seen.records(
            "select name, property, type, from_position from analytics.typed_column order by name"
        )
    ]
    schema = table.schema(hot.types_of(typed))
    tail = seen.table(hot.query_of(table, [(watermark + 1, None)], typed), schema)
    columns = ", ".join([*table.columns, *(f"{one.in_files()} as {one.name}" for one in typed)])
    rule = (
        f"select {columns} from {FILES} where {table.key} <= {watermark} "
        f"union all select {', '.join(schema.names)} from {HOT} where {table.key} > {watermark}"
    )
    return _made(table, schema, files, tail, rule)


def _of_chunks(table: Table, seen: hot.Hot, files: tuple[str, ...], version: int | None) -> Relation:
    cold: list[int] = []
    if version is not None:
        cold = [
            row[0]
            for row in seen.rows(
                f"select chunk from analytics.cold where name = '{table.name}' and chunk not in "
                f"(select chunk from analytics.touched where name = '{table.name}') order by chunk"
            )
        ]
    spans = spans_of(cold)
    schema = table.schema()
    tail = seen.table(hot.query_of(table, _around(spans)), schema)
    columns = ", ".join(table.columns)
    rule = (
        f"select {columns} from {FILES} where {between(table.key, spans)} "
        f"union all select {columns} from {HOT}"
    )
    return _made(table, schema, files, tail, rule)


def _around(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """What is in none of the spans."""
    around: list[tuple[int, int | None]] = []
    first = 0
    for start, end in spans:
        if start > first:
            around.append((first, start))
        first = end
    return [*around, (first, None)]


def _made(table: Table, schema: pa.Schema, files: tuple[str, ...], tail: pa.Table, rule: str) -> Relation:
    return Relation(
        name=table.name,
        schema=schema,
        files=files,
        hot=tail,
        rule=rule,
        atom=table.atom,
        contacts=table.contacts,
    )
