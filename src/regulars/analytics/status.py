"""What is where: how far the lake goes, what waits, what left PostgreSQL, and what is wrong."""

from dataclasses import dataclass
from datetime import datetime

from regulars import log
from regulars.analytics.lake import Lake
from regulars.analytics.state import State, states
from regulars.analytics.table import Table
from regulars.analytics.thinned import Thinned, thinned, whole_from
from regulars.db import Query, Statements, Tx, one, rows, value


class Sql(Statements, file="status.sql"):
    head: Query
    chunks: Query
    open_erasures: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatus:
    name: str
    title: str
    version: int | None  # Of the Delta table; None: nothing is written yet.
    rows: int
    files: int
    bytes: int
    waiting: str  # What is not in it yet, in words.
    looked_at: datetime | None
    exported_at: datetime | None
    problem: str | None
    problem_at: datetime | None
    doing: str | None  # What was begun and is not known to have ended.


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeStatus:
    place: str
    head: int
    watermark: int
    waits_since: datetime | None  # When the oldest event came in that is not in the lake.
    whole_from: int  # From this position on PostgreSQL holds every event.
    postgresql_bytes: int  # Of the log's pieces.
    pieces: int
    keep_days: int | None
    open_erasures: int
    tables: tuple[TableStatus, ...]
    thinned: tuple[Thinned, ...]

    @property
    def waiting(self) -> int:
        return max(0, self.head - self.watermark)

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(one_.problem for one_ in self.tables if one_.problem is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    head: int
    waits_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    name: str
    chunks: int
    warm: int


def lake_status(lake: Lake, tx: Tx) -> LakeStatus:
    """As the database knows it; `check` looks at the files themselves."""
    known = {state.name: state for state in states(tx)}
    chunks = {found.name: found for found in rows(tx, SQL.chunks, Chunks)}
    events = next((known[table.name] for table in lake.tables if table.is_log and table.name in known), None)
    watermark = events.watermark if events is not None else 0
    head = one(tx, SQL.head, Head, watermark=watermark)
    pieces = log.partitions(tx)
    return LakeStatus(
        place=lake.place.root,
        head=max(head.head, watermark),
        watermark=watermark,
        waits_since=head.waits_since,
        whole_from=whole_from(tx),
        postgresql_bytes=sum(piece.total_bytes for piece in pieces),
        pieces=len(pieces),
        keep_days=lake.keep_days,
        open_erasures=value(tx, SQL.open_erasures),
        tables=tuple(
            _table(table, known.get(table.name), chunks.get(table.name), head.head) for table in lake.tables
        ),
        thinned=tuple(thinned(tx)),
    )


def _table(table: Table, state: State | None, chunks: Chunks | None, head: int) -> TableStatus:
    return TableStatus(
        name=table.name,
        title=table.title,
        version=state.version if state else None,
        rows=state.lake_rows if state else 0,
        files=state.files if state else 0,
        bytes=state.file_bytes if state else 0,
        waiting=_waiting(table, state, chunks, head),
        looked_at=state.looked_at if state else None,
        exported_at=state.exported_at if state else None,
        problem=state.problem if state else None,
        problem_at=state.problem_at if state else None,
        doing=state.intent_kind if state else None,
    )


def _waiting(table: Table, state: State | None, chunks: Chunks | None, head: int) -> str:
    if table.is_log:
        waiting = max(0, head - (state.watermark if state else 0))
        return f"{waiting:,} events" if waiting else "nothing"
    if chunks is None:
        return "nothing" if state is not None and state.looked_at is not None else "everything there is"
    return f"{chunks.warm:,} of {chunks.chunks:,} parts changed" if chunks.warm else "nothing"
