"""How far a demonstration is loaded, kept in its own database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from time import monotonic

from regulars.db import Database, Query, Statements, maybe, run


class Sql(Statements, file="queries.sql"):
    progress: Query
    begin: Query
    pass_day: Query
    note_seconds: Query
    finish: Query
    sums: Query
    count_events: Query
    drawn: Query


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
def timed(database: Database, stage: str) -> Iterator[None]:
    """Note what a stage took, added to what it took in runs that were broken off."""
    start = monotonic()
    try:
        yield
    finally:
        with database.transaction() as tx:
            run(tx, SQL.note_seconds, stage=stage, seconds=monotonic() - start)


def finish(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, SQL.finish)
