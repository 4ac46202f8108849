"""The whole of a workspace: the clock advanced by two processes at once, and timers beside it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from regulars import jobs, log
from regulars.app import App
from regulars.db import Database
from regulars.settings import Settings

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
DAYS = 12


def app_of(database: Database) -> App:
    return App(settings=Settings(), database=database, zone="America/New_York")


def advanced(database: Database, to: datetime) -> list[str]:
    app = app_of(database)
    with closing(app.sequencer):
        return app.advance(to)


@pytest.fixture
def standing(database: Database) -> Database:
    with database.transaction() as tx:
        log.stand(tx, START)
    return database


def test_two_who_advance_the_clock_at_once_run_each_timer_once(standing: Database) -> None:
    with Database(standing.dsn) as other, ThreadPoolExecutor(2) as pool:
        to = START + timedelta(days=DAYS)

        first, second = pool.map(lambda database: advanced(database, to), (standing, other))

    assert sorted(first + second) == sorted([timer.name for timer in app_of(standing).timers] * DAYS)
    with standing.transaction() as tx:
        assert log.clock(tx).stands_at == to


def test_timers_wait_while_another_process_takes_a_step(standing: Database) -> None:
    app = app_of(standing)
    jobs.prepare(standing, app.timers, START)
    tomorrow = START + timedelta(days=1)

    with Database(standing.dsn) as other, jobs.alone(other):
        meanwhile = app.run_due(tomorrow)

    assert meanwhile == []
    assert app.run_due(tomorrow) == [timer.name for timer in app.timers]
