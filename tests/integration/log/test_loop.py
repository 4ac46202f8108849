"""The worker's loops: quick, and still there after a failure."""

from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from regulars.log import LogLoop, Reader, ReaderRunner, Sequencer
from tests.integration.log.world import applied, event, fetch, one_status, prepare, put, recorder, resolve


@pytest.fixture
def running(database):
    prepare(database)
    failing = []

    def moody(tx, span):
        if failing:
            raise RuntimeError(failing[0])
        recorder("second").apply(tx, span)

    loop = LogLoop(
        database,
        Sequencer(database, resolve),
        [
            ReaderRunner(database, Reader(name="second", apply=moody, after=("first",))),
            ReaderRunner(database, recorder("first")),
        ],
        now=lambda: datetime.now(UTC),
    )
    loop.start()
    yield loop, failing
    assert loop.stop()


def wait_until(condition, seconds=10.0):
    ends = monotonic() + seconds
    while not condition():
        assert monotonic() < ends, "It did not come true in time"
        sleep(0.01)


def test_events_reach_every_reader_within_a_second_while_the_loops_run(database, running):
    for n in range(5):
        put(database, *(event() for _ in range(20)))
        began = monotonic()
        wait_until(lambda n=n: len(applied(database, "second")) == 20 * (n + 1))
        assert monotonic() - began < 1.5

    assert applied(database, "first") == applied(database, "second") == list(range(1, 101))


def test_the_loops_go_on_after_their_connections_were_ended(database, running, caplog):
    put(database, event())
    wait_until(lambda: applied(database, "second") == [1])
    fetch(
        database,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )
    with database.connect() as tx:
        tx.execute("select log.append('after', 'Visited', 1, '2025-03-01Z', '{\"number\": 2}')")

    wait_until(lambda: fetch_safely(database) == [1, 2])


def fetch_safely(database):
    with database.connect() as tx:
        return [
            p for (p,) in tx.execute("select position from effect where reader = 'second' order by place")
        ]


def test_a_failing_readers_error_is_visible_and_goes_when_it_works_again(database, running, caplog):
    _, failing = running
    wait_until(lambda: fetch(database, "select count(*) from log.reader") == [(2,)])
    failing.append("out of order")
    put(database, event())

    wait_until(lambda: one_status(database, "second").set_aside == 1)
    failing.clear()
    put(database, event())
    wait_until(lambda: applied(database, "second") == [2])
    assert one_status(database, "second").last_error == "RuntimeError: out of order"
    assert one_status(database, "second").failures == 0
