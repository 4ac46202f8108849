"""The sequencer and a reader, killed between any two statements: nothing lost, nothing twice."""

import itertools

import psycopg

from regulars.db import Database
from regulars.log import Reader, ReaderRunner, Sequencer
from tests.integration.log.killing import before_statement, killed_before
from tests.integration.log.world import (
    NOON,
    applied,
    assert_promise,
    drain,
    event,
    fetch,
    prepare,
    put,
    recorder,
    resolve,
    sequence,
)

POISON = 7


def work_of_sequencer(dsn):
    with Database(dsn, application="killed") as database:
        sequence(database, batch=4)


def work_of_reader(dsn):
    with Database(dsn, application="killed") as database:
        drain(ReaderRunner(database, poisoned()))


def poisoned():
    record = recorder("first").apply

    def apply(tx, span):
        record(tx, span)
        if tx.execute(
            "select 1 from log.fact_event where position > %s and position <= %s "
            "and (properties ->> 'number')::int %% 10 = %s",
            (span.after, span.to, POISON),
        ).fetchone():
            raise ValueError("poison")

    return Reader(name="first", apply=apply, batch=3)


def arrive(database, numbers, told):
    """Eight events of two customers, one of them sent twice and one that nobody can sequence."""
    batch = []
    for number in itertools.islice(numbers, 4):
        batch += [event(1, number), event(2, number)]
        told |= {(1, number), (2, number)}
    put(database, *batch, batch[3], event(3, number, user_id="nobody"))


def test_a_sequencer_killed_between_any_two_statements_loses_and_repeats_nothing(database):
    prepare(database)
    numbers, told = itertools.count(1), set()

    for nth in itertools.count(1):
        arrive(database, numbers, told)
        if not killed_before(work_of_sequencer, database.dsn, nth):
            break

    assert nth > 40
    sequence(database)
    drain(ReaderRunner(database, recorder("first")))
    assert_promise(database, told, "first")
    assert fetch(database, "select count(*) from log.reject") == [(nth,)]
    assert fetch(database, "select count(*) from log.inbox") == [(0,)]


def test_a_reader_killed_between_any_two_statements_applies_everything_once(database):
    prepare(database)
    numbers, told = itertools.count(1), set()

    for nth in itertools.count(1):
        arrive(database, numbers, told)
        sequence(database)
        if not killed_before(work_of_reader, database.dsn, nth):
            break

    assert nth > 40
    drain(ReaderRunner(database, poisoned()))
    assert_promise(database, told)
    aside = [p for (p,) in fetch(database, "select position from log.set_aside")]
    poison = fetch(
        database, "select position from log.event where (properties ->> 'number')::int %% 10 = %s", POISON
    )
    assert sorted(aside) == sorted(p for (p,) in poison)
    assert applied(database) == [p for p in range(1, len(told) + 1) if p not in aside]


def end_backend(tx):
    """What an operator, a failover or the server's own trouble does to a connection."""
    pid = tx.info.backend_pid
    with psycopg.connect(tx.info.dsn, password=tx.info.password, autocommit=True) as other:
        # The count is of this process, so this connection is kept out of it by plain libpq.
        other.pgconn.exec_(f"select pg_terminate_backend({pid}, 5000)".encode())


def test_connections_ended_between_any_two_statements_lose_and_repeat_nothing(database):
    prepare(database)
    numbers, told = itertools.count(1), set()
    sequencer, runner = (
        Sequencer(database, resolve, batch=4),
        ReaderRunner(database, recorder("first", batch=3)),
    )

    for nth in itertools.count(1):
        arrive(database, numbers, told)
        with before_statement(nth, end_backend) as asked:
            run_until_done(sequencer, runner)
        if asked[0] < nth:
            break

    sequencer.close()
    assert nth > 40
    assert_promise(database, told, "first")
    assert fetch(database, "select count(*) from log.set_aside") == [(0,)]
    assert fetch(database, "select count(*) from log.reject") == [(nth,)]


def run_until_done(sequencer, runner):
    for work in (lambda: sequencer.run_once(NOON), runner.run_once):
        while True:
            try:
                if not work():
                    break
            except psycopg.OperationalError:
                continue
