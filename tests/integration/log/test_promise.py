"""Writers, sequencers and readers at once, killed and cut off at random: every event once and in order."""

import random
import signal
from time import monotonic, sleep

import psycopg

from regulars.db import Database
from regulars.log import ReaderRunner, Sequencer, append
from tests.integration.log.killing import begin
from tests.integration.log.world import (
    NOON,
    assert_promise,
    drain,
    event,
    fetch,
    prepare,
    recorder,
    resolve,
    sequence,
)

WRITERS, TRANSACTIONS, EVENTS = 4, 120, 12
READERS = ("first", "second", "third")


def write(dsn, writer):
    """Transactions that pause before their commit, roll back, are cut off, and are sent again."""
    chance = random.Random(writer)
    with Database(dsn, application="writer") as database:
        for number in range(TRANSACTIONS):
            batch = [e for n in range(EVENTS) for e in both(writer, number * EVENTS + n + 1)]
            for _ in range(1 + (chance.random() < 0.1)):
                send(database, batch, chance)


def both(writer, number):
    """One event of the writer's own customer, and one of a customer who has several writers."""
    return event(writer, number), event(100 + writer, number, customer_id=100)


def send(database, batch, chance):
    """Until it is known to be committed; an unknown outcome means again, with the same message ids."""
    while True:
        try:
            with database.transaction() as tx:
                append(tx, batch)
                sleep(chance.choice((0, 0, 0, 0.005, 0.02, 0.1)))
                if chance.random() < 0.1:
                    tx.execute("select 1 / 0")
        except psycopg.Error:
            continue
        return


def keep_sequencing(dsn):
    with Database(dsn, application="prey") as database:
        sequencer = Sequencer(database, resolve, batch=50)
        keep_on(lambda: sequencer.run_once(NOON))


def keep_reading(dsn):
    with Database(dsn, application="prey") as database:
        runners = [ReaderRunner(database, reader) for reader in readers()]
        keep_on(lambda: sum([runner.run_once() for runner in runners]))


def readers():
    return [
        recorder("first", batch=40),
        recorder("second", batch=90, after=("first",)),
        recorder("third", batch=70),
    ]


def keep_on(work):
    while True:
        try:
            if not work():
                sleep(0.002)
        except psycopg.OperationalError:
            continue


def hunt(database, prey, chance):
    """Kill one process and start it anew, or cut a connection off."""
    if chance.random() < 0.5:
        place = chance.randrange(len(prey))
        target, process = prey[place]
        process.kill()
        process.join(10)
        prey[place] = (target, begin(target, database.dsn))
        return
    fetch(
        database,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
        "and application_name in ('prey', 'writer') order by random() limit 1",
    )


def test_every_event_once_in_order_per_customer_never_skipped(database):
    prepare(database)
    chance = random.Random(7)
    prey = [
        (t, begin(t, database.dsn)) for t in (keep_sequencing, keep_sequencing, keep_reading, keep_reading)
    ]
    writers = [begin(write, database.dsn, writer) for writer in range(1, WRITERS + 1)]

    ends = monotonic() + 90
    while any(writer.is_alive() for writer in writers):
        assert monotonic() < ends, "The writers do not come to an end"
        sleep(0.05)
        hunt(database, prey, chance)
    for _, process in prey:
        process.kill()
        process.join(10)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert {process.exitcode for _, process in prey} == {-signal.SIGKILL}

    settle(database)
    numbers = range(1, TRANSACTIONS * EVENTS + 1)
    writing = [*range(1, WRITERS + 1), *range(101, 101 + WRITERS)]
    assert_promise(database, {(key, n) for key in writing for n in numbers}, *READERS)
    assert fetch(database, "select count(*) from log.set_aside") == [(0,)]
    assert fetch(database, "select count(distinct customer_id) from log.event where customer_id >= 100") == [
        (1,)
    ]


def settle(database):
    """What the dead left behind is finished; they may hold their locks for a moment more."""
    ends = monotonic() + 10
    while fetch(
        database,
        "select 1 from pg_stat_activity where datname = current_database() and application_name = 'prey'",
    ):
        assert monotonic() < ends
        sleep(0.01)
    sequence(database)
    for reader in readers():
        drain(ReaderRunner(database, reader))


def test_an_event_that_commits_late_is_not_skipped_by_those_who_have_read_on(database):
    prepare(database)
    runner = ReaderRunner(database, recorder("first"))

    with database.connect() as late:
        append(late, [event(1, 1)])
        with database.transaction() as tx:
            append(tx, [event(2, 1), event(2, 2)])
        sequence(database)
        assert drain(runner) == 2
        late.commit()
    sequence(database)

    assert drain(runner) == 1
    assert_promise(database, {(1, 1), (2, 1), (2, 2)}, "first")
