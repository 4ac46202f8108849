"""The exporter: moves what happened into the lake, each row once, whoever is killed in between.

Each step is: write the intent into the database, commit to the lake, note in the database what the lake holds
now. Only the last makes readers take the rows from there; until then they take them from PostgreSQL.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pyarrow as pa

from regulars.analytics import hot, typed_columns
from regulars.analytics.agreeing import agreed, note
from regulars.analytics.delta import Delta, between, counted, created
from regulars.analytics.lake import Lake
from regulars.analytics.state import SQL, State, failure_noted, intend, leased
from regulars.analytics.table import CHUNK, Table
from regulars.analytics.typed_columns import TypedColumn
from regulars.db import run, value

STEP_ROWS = 1_000_000
STEP_CHUNKS = 20
LOGGER = logging.getLogger("regulars.lake")
Step = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    name: str
    rows: int
    busy: bool = False  # Somebody else writes this table now.


def nothing(_: str) -> None:
    """Of what a step of the work hears when nobody asked."""


def export(lake: Lake, *, at_least: int = 1, step: Step = nothing) -> list[Exported]:
    """Bring every table up to date; waits for nobody. Fewer than `at_least` events are left alone."""
    return [export_table(lake, table, at_least=at_least, step=step) for table in lake.tables]


def export_table(lake: Lake, table: Table, *, at_least: int = 1, step: Step = nothing) -> Exported:
    with leased(lake.database, table.name) as free:
        if not free:
            return Exported(name=table.name, rows=0, busy=True)
        with failure_noted(lake.database, table.name):
            moved = _log(lake, table, at_least, step) if table.is_log else export_chunks(lake, table, step)
        if at_least <= 1:
            with lake.database.transaction() as tx:
                run(tx, SQL.looked, name=table.name)
    return Exported(name=table.name, rows=moved)


def _log(lake: Lake, table: Table, at_least: int, step: Step) -> int:
    moved = 0
    while True:
        state, delta = agreed(lake, table)
        with lake.database.transaction() as tx:
            head = value(tx, SQL.head)
            if head - state.watermark < max(1, at_least if not moved else 1):
                return moved
            typed = typed_columns.declare(tx, state.watermark + 1)
        moved += _range(lake, table, state, delta, min(head, state.watermark + STEP_ROWS), typed, step)


def _range(
    lake: Lake,
    table: Table,
    state: State,
    delta: Delta | None,
    to: int,
    typed: list[TypedColumn],
    step: Step,
) -> int:
    """Move one range of sealed positions: what is above the watermark, up to and with `to`."""
    schema = table.schema(hot.types_of(typed))
    intent = intend(lake.database, table.name, "export", to)
    step("intended")
    if delta is None:
        delta = created(lake.place, table, schema, lake_id=state.lake_id)
        step("created")
    tally = [0]
    spans: list[tuple[int, int | None]] = [(state.watermark + 1, to + 1)]
    with (
        hot.snapshot(lake.database) as seen,
        _with_count(seen, table, spans, typed) as (there, batches),
    ):
        rows = counted(batches, schema, tally, there)
        delta.append(rows, intent=intent, writer=state.writer_id, to=to)
    step("written")
    note(lake, table, delta, kind="export", watermark=to)
    step("noted")
    return tally[0]


@contextmanager
def _with_count(
    seen: hot.Hot, table: Table, spans: list[tuple[int, int | None]], typed: list[TypedColumn]
) -> Iterator[tuple[int, pa.RecordBatchReader]]:
    """How many rows a range has, and they: positions have no gaps, but old events may have expired."""
    there = seen.value(hot.count_of(table, spans))
    with seen.batches(hot.query_of(table, spans, typed)) as batches:
        yield there, batches


def export_chunks(lake: Lake, table: Table, step: Step = nothing) -> int:
    """Write anew the chunks of keys in which something changed; under the table's lease."""
    if not _watched(lake, table):
        return 0
    moved = 0
    while True:
        state, delta = agreed(lake, table)
        with hot.snapshot(lake.database) as seen:
            warm = _warm(seen, table)[:STEP_CHUNKS]
            if not warm:
                return moved
            moved += _rewrite(lake, table, state, delta, warm, seen, step)


def _watched(lake: Lake, table: Table) -> bool:
    """Let changes be noted from now on, and say whether they are; nobody is kept waiting for it."""
    try:
        with lake.database.transaction() as tx:
            run(tx, SQL.wait_briefly)
            for watched, key in table.watched:
                value(tx, SQL.watch, name=table.name, watched=watched, key=key)
    except psycopg.errors.LockNotAvailable:
        LOGGER.info("Somebody writes to the tables of %s for long; it is exported later.", table.name)
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    chunk: int
    touches: list[int]  # What is forgotten when it is cold.


def _warm(seen: hot.Hot, table: Table) -> list[Warm]:
    """Chunks that the lake does not hold as they are now; each with what touched it, as of this instant."""
    known = f"select chunk from analytics.cold where name = '{table.name}'"
    least, most = (
        ", ".join(f"(select {extreme}({key}) from {base})" for base, key in table.watched)
        for extreme in ("min", "max")
    )
    asked = f"""
        select chunk, array_agg(touched_id) filter (where touched_id is not null) as touches from (
            select chunk, touched_id from analytics.touched where name = '{table.name}'
            union all
            select chunk, null from generate_series(
                least({least}) / {CHUNK}, greatest({most}) / {CHUNK}) as every (chunk)
            where chunk not in ({known})
        ) as warm group by chunk order by chunk"""
    return [Warm(chunk=chunk, touches=list(touches or ())) for chunk, touches in seen.rows(asked)]


def _rewrite(
    lake: Lake,
    table: Table,
    state: State,
    delta: Delta | None,
    warm: list[Warm],
    seen: hot.Hot,
    step: Step,
) -> int:
    spans = spans_of([one.chunk for one in warm])
    intent = intend(lake.database, table.name, "export")
    step("intended")
    schema = table.schema()
    if delta is None:
        delta = created(lake.place, table, schema, lake_id=state.lake_id)
        step("created")
    tally = [0]
    with seen.batches(hot.query_of(table, spans)) as batches:
        delta.replace(counted(batches, schema, tally, None), between(table.key, spans), intent=intent)
    step("written")
    _cool(lake, table, delta, warm)
    step("noted")
    return tally[0]


def _cool(lake: Lake, table: Table, delta: Delta, warm: list[Warm]) -> None:
    """Note the version and that these chunks stand in it, in one transaction."""
    ids = [touch for one in warm for touch in one.touches]
    files = delta.files()
    with lake.database.transaction() as tx:
        run(tx, SQL.forget_touches, ids=ids)
        chunks = [one.chunk for one in warm]
        run(tx, SQL.make_cold, name=table.name, chunks=chunks, lake_rows=[0] * len(chunks))
        run(
            tx,
            SQL.note,
            name=table.name,
            version=delta.version,
            watermark=None,
            kind="export",
            lake_rows=sum(one.rows for one in files),
            files=len(files),
            file_bytes=sum(one.size for one in files),
        )


def spans_of(chunks: list[int]) -> list[tuple[int, int]]:
    """Chunks as spans of keys, neighbours together."""
    spans: list[tuple[int, int]] = []
    for chunk in sorted(chunks):
        first, end = chunk * CHUNK, (chunk + 1) * CHUNK
        if spans and spans[-1][1] == first:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((first, end))
    return spans
