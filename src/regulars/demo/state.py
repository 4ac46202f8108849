"""How far a demonstration is loaded, kept in its own database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from time import monotonic, sleep

from psycopg import sql

from regulars import log, segments
from regulars.db import Database, Query, Statements, maybe, rows, run, value
from regulars.kernel import WallClock

TURN_PAUSE_S = 0.2


class Sql(Statements, file="queries.sql"):
    progress: Query
    begin: Query
    pass_day: Query
    note_seconds: Query
    analyze: Query
    grown: Query
    finish: Query
    sums: Query
    counts: Query
    drawn: Query
    take_turn: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    next_day: date
    finished: bool
    seconds: dict[str, float] = field(default_factory=dict)


def begun(database: Database, first: date) -> Progress:
    """The state of the load, begun now if it was not."""
    with database.transaction() as tx:
        run(tx, SQL.begin, first=first)
        found = maybe(tx, SQL.progress, Progress)
    assert found is not None
    return found


def is_finished(database: Database) -> bool:
    with database.transaction() as tx:
        found = maybe(tx, SQL.progress, Progress)
    return found is not None and found.finished


@contextmanager
def alone(database: Database, waiting: Callable[[], object]) -> Iterator[None]:
    """Let one process at a time load; `waiting` is called now and again while another does."""
    with database.connect(autocommit=True) as turn:
        while not value(turn, SQL.take_turn):
            waiting()
            sleep(TURN_PAUSE_S)
        yield


@contextmanager
def timed(database: Database, stage: str) -> Iterator[None]:
    """Note what a stage took, added to what it took in runs that were broken off."""
    start = monotonic()
    try:
        yield
    finally:
        with database.transaction() as tx:
            run(tx, SQL.note_seconds, stage=stage, seconds=monotonic() - start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    schemaname: str
    relname: str


def know_growth(database: Database) -> None:
    """Let the planner know of what has grown: months pass before the server's own turn comes."""
    with database.transaction() as tx:
        for table in rows(tx, SQL.grown, Grown):
            tx.execute(sql.SQL("analyze {}").format(sql.Identifier(table.schemaname, table.relname)))


def finish(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, SQL.analyze)
        # In the year they are counted now and then.
        segments.count_figures(tx, log.clock(tx).now(WallClock().now()))
        run(tx, SQL.finish)
