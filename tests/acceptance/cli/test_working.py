"""The worker in its own process's threads: the clock advances while the log's loops run beside."""

import itertools
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from regulars import access, jobs, log
from regulars.app import App, TimerFailed, assemble
from regulars.cli.logs import Once
from regulars.cli.working import CONNECTIONS, Rhythm, keep, work
from regulars.db import Database
from regulars.kernel import Unavailable, day_bounds
from regulars.settings import Settings
from regulars.wiring import ADVANCE

ZONE = "Europe/Berlin"
START = day_bounds(date(2025, 3, 28), ZONE)[0]  # The clocks change two days later.


@contextmanager
def at_work(app: App) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(app, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def until(found: object, within_s: float = 20) -> None:
    ends = time.monotonic() + within_s
    while not found() and time.monotonic() < ends:  # type: ignore[operator]
        time.sleep(0.05)
    assert found()  # type: ignore[operator]


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    with database.transaction() as tx:
        log.stand(tx, START)
        access.set_zone(tx, access.SYSTEM, ZONE, at=START)
    with Database(database.dsn, connections_max=CONNECTIONS) as roomy:
        yield assemble(Settings(home=tmp_path), roomy)


def order(number: int, at: datetime) -> log.NewEvent:
    properties = {"order_id": str(number), "currency": "EUR", "total": 12.5, "products": []}
    return log.NewEvent(
        message_id=f"order-{number}",
        name="Order Completed",
        occurred_at=at,
        properties=properties,
        user_id=str(number % 40),
    )


def job(app: App, job_id: int) -> jobs.Job:
    with app.database.transaction() as tx:
        return jobs.get(tx, job_id)


def ask(app: App, to: datetime) -> int:
    with app.database.transaction() as tx:
        return jobs.defer(tx, ADVANCE, {"to": to.isoformat()}, requested_by="a test")


def settled(app: App) -> bool:
    with app.database.transaction() as tx:
        return log.is_settled(tx) and all(reader.position for reader in log.status(tx))


def test_the_clock_advances_while_the_readers_run_and_each_timer_runs_once_a_day(app: App) -> None:
    with app.database.transaction() as tx:
        log.append(tx, [order(number, START - timedelta(hours=1)) for number in range(500)])

    with at_work(app):
        until(lambda: settled(app))
        week = ask(app, START + timedelta(days=7, hours=-1))  # The day of the clock change has 23 hours.
        again = ask(app, START + timedelta(days=2))
        with app.database.transaction() as tx:
            log.append(tx, [order(number, START) for number in range(500, 1_000)])
        until(lambda: {job(app, week).state, job(app, again).state} == {"done"})
        until(lambda: settled(app))

    with app.database.transaction() as tx:
        assert log.clock(tx).stands_at == datetime(2025, 4, 3, 22, tzinfo=UTC)
        assert {timer.ran_for for timer in jobs.timers(tx)} == {datetime(2025, 4, 3, 22, tzinfo=UTC)}
        assert [timer.error for timer in jobs.timers(tx)] == [None] * len(app.timers)
        assert {reader.position for reader in log.status(tx)} == {log.sequencer_status(tx).head}
        assert log.sequencer_status(tx).head >= 1_000
        ran = sum((jobs.get(tx, one).result or {})["timers"] for one in (week, again))
    assert ran == 7 * len(app.timers)


def test_a_job_that_is_broken_off_goes_on_with_the_next_worker(app: App) -> None:
    asked = ask(app, START + timedelta(days=20))

    with at_work(app):
        until(lambda: job(app, asked).done >= 2)
    assert job(app, asked).state == "waiting"
    with at_work(app):
        until(lambda: job(app, asked).state == "done")

    with app.database.transaction() as tx:
        assert log.clock(tx).stands_at == START + timedelta(days=20)


def test_time_does_not_go_on_over_what_failed(app: App) -> None:
    def rename(before: str, after: str) -> None:
        with app.database.transaction() as tx:
            tx.execute(f"alter table loyalty.{before} rename to {after}")
            tx.execute("update jobs.timer set retry_at = null")

    rename("programme", "programme_away")
    with pytest.raises(TimerFailed, match="loyalty"):
        app.advance(START + timedelta(days=5))
    with pytest.raises(TimerFailed):
        app.advance(START + timedelta(days=5))
    with app.database.transaction() as tx:
        assert log.clock(tx).stands_at == START + timedelta(days=1)

    rename("programme_away", "programme")
    ran = app.advance(START + timedelta(days=5))
    app.sequencer.close()

    assert ran.count("loyalty.expire") == 5
    with app.database.transaction() as tx:
        assert {timer.failures for timer in jobs.timers(tx)} == {0}


def test_a_rhythm_that_fails_goes_on_with_growing_pauses(caplog: pytest.LogCaptureFixture) -> None:
    stop, calls = threading.Event(), []

    def act() -> None:
        calls.append(time.monotonic())
        if len(calls) < 4:
            raise Unavailable("It does not answer.")
        if len(calls) == 6:
            stop.set()

    with caplog.at_level(logging.INFO, "regulars.worker"):
        keep(Rhythm(name="tests", every_s=0.05, act=act), stop)

    pauses = [after - before for before, after in itertools.pairwise(calls)]
    assert pauses[0] < pauses[1] < pauses[2]
    assert pauses[4] < pauses[2]
    assert caplog.messages[-1] == "The tests work again."


def test_what_repeats_itself_is_printed_once() -> None:
    record = logging.LogRecord("regulars.x", logging.ERROR, "x.py", 1, "It failed", None, None)
    other = logging.LogRecord("regulars.x", logging.ERROR, "x.py", 1, "Another", None, None)
    once = Once()

    assert [once.filter(record), once.filter(record), once.filter(other)] == [True, False, True]
