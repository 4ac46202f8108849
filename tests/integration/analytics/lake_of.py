"""A small lake for the tests, and processes that are killed while they write it."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from regulars import analytics
from regulars.analytics import Lake, Place
from regulars.db import Database
from regulars.log import NewEvent, Sequencer, append

START = datetime(2025, 1, 1, tzinfo=UTC)
# Threads of the libraries do not survive a fork; a process that only has them loaded is forked.
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["tests.integration.analytics.loaded"])


def lake_in(database: Database, folder: Path, **changes: object) -> Lake:
    given = {"tables": (analytics.EVENTS,), **changes}
    return Lake(database=database, place=Place(root=str(folder)), **given)


def happen(database: Database, events: int, *, first: int = 0, name: str = "Shelf Seen") -> None:
    """So many events of fifty customers, sequenced; the hour tells them apart."""
    at = START + timedelta(hours=first)
    new = [
        NewEvent(
            message_id=f"seen-{number}",
            name=name,
            occurred_at=START + timedelta(seconds=number),
            properties={"price": number % 9 + 0.5, "colour": f"grün {number}"},
            customer_id=number % 50 + 1,
            source="test",
        )
        for number in range(first, first + events)
    ]
    with database.transaction() as tx:
        append(tx, new)
    sequencer = Sequencer(database, lambda _: None)
    while sequencer.run_once(at):
        pass
    sequencer.close()


def asked(lake: Lake, statement: str) -> list[tuple[object, ...]]:
    """What a statement over everything gives."""
    with (
        analytics.open_lake(lake) as snapshot,
        analytics.open_duckdb(snapshot.relations, snapshot.people, contacts=True, place=lake.place) as engine,
    ):
        return [tuple(row.values()) for row in engine.ask(statement).read_all().to_pylist()]


def positions(lake: Lake) -> list[int]:
    """Every event's position as often as a reader sees it."""
    return [row[0] for row in asked(lake, "select position from events order by position")]


@dataclass
class KillAt:
    """Kills its own process at one step of the work."""

    wanted: str
    seen: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        if step == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at(step: str, dsn: str, folder: Path, work: Callable[[Lake, Callable[[str], None]], None]) -> None:
    """Run the work in a process of its own, which is killed when it comes to a step; it must come to it."""
    process = FORK.Process(target=_work, args=(dsn, folder, work, step))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"it never came to the step {step!r}"


def _work(dsn: str, folder: Path, work: Callable[[Lake, Callable[[str], None]], None], step: str) -> None:
    with Database(dsn) as database:
        work(lake_in(database, folder, keep_days=1), KillAt(step))
