"""What the database knows of the lake, and who may write it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from regulars.analytics.faults import LakeDamaged, LakeUnavailable
from regulars.db import Database, Query, Statements, Tx, one, rows, run, value


class Sql(Statements, file="state.sql"):
    make_lease: Query
    hold_lease: Query
    wait_lease: Query
    make: Query
    of: Query
    all: Query
    intend: Query
    note: Query
    looked: Query
    forget_intent: Query
    note_problem: Query
    clear_problem: Query
    start_anew: Query
    change_writer: Query
    head: Query
    typed_columns: Query
    make_column: Query
    forget_columns: Query
    watch: Query
    wait_briefly: Query
    forget_touches: Query
    make_cold: Query
    forget_cold: Query
    erase_again: Query


SQL = Sql()
UNAVAILABLE, FILES_DAMAGED = "store_unavailable", "files_damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    name: str
    lake_id: UUID
    writer_id: UUID
    version: int | None
    watermark: int
    lake_rows: int
    files: int
    file_bytes: int
    intent: UUID | None  # Begun and not known to have ended.
    intent_kind: str | None
    intent_to: int | None
    looked_at: datetime | None  # Whether there was anything to export.
    exported_at: datetime | None
    compacted_at: datetime | None
    vacuumed_at: datetime | None
    problem_code: str | None
    problem: str | None
    problem_at: datetime | None


@contextmanager
def leased(database: Database, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Whether this process alone may write a table of the lake meanwhile; one that is killed lets go."""
    with database.transaction() as tx:
        run(tx, SQL.make_lease, name=name)
        run(tx, SQL.make, name=name)
    with database.connect() as tx:
        held = value(tx, SQL.wait_lease if wait else SQL.hold_lease, name=name)
        yield held is not None
        tx.rollback()


def state_of(database: Database, name: str) -> State:
    with database.transaction() as tx:
        return one(tx, SQL.of, State, name=name)


def states(tx: Tx) -> list[State]:
    return rows(tx, SQL.all, State)


def intend(database: Database, name: str, kind: str, to: int | None = None) -> UUID:
    """Write down what is about to be done to the lake: found there, it is known to be ours."""
    intent = uuid4()
    with database.transaction() as tx:
        run(tx, SQL.intend, name=name, intent=intent, kind=kind, to=to)
    return intent


def note_problem(database: Database, name: str, code: str, problem: str) -> LakeDamaged:
    with database.transaction() as tx:
        run(tx, SQL.note_problem, name=name, code=code, problem=problem)
    return LakeDamaged(problem)


@contextmanager
def failure_noted(database: Database, name: str) -> Iterator[None]:
    """A store that is full or does not answer shows in the state, until it works again."""
    try:
        yield
    except LakeUnavailable as cause:
        note_problem(database, name, UNAVAILABLE, str(cause))
        raise
