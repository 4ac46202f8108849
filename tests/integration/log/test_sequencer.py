"""The sequencer: gapless positions in order of arrival, each message once, one bad event alone."""

from datetime import timedelta

import psycopg
import pytest

from regulars.log import Sequencer, SequencerAtFault, erase_rejects, prune_seen, rejects, sequencer_status
from tests.integration.log.world import NOON, event, fetch, put, resolve, sequence


def test_positions_are_gapless_in_the_order_of_arrival_across_batches_and_partitions(database):
    with database.transaction() as tx:
        tx.execute("update log.sequencer set partition_span = 40, partitioned_to = partitioned_to")
        tx.execute("drop table log.event_0000000000001")
        tx.execute("update log.sequencer set partitioned_to = 1")
    put(database, *(event(number=n) for n in range(1, 201)))

    assert sequence(database, batch=30) == 200

    rows = fetch(database, "select position, (properties ->> 'number')::int from log.event order by 1")
    assert rows == [(n, n) for n in range(1, 201)]
    assert len(fetch(database, "select distinct tableoid from log.event")) == 5


def test_a_repeated_message_id_is_dropped_inside_a_batch_and_across_batches(database):
    put(database, event(number=1), event(number=2), event(number=1, name="Again"))
    sequence(database)
    put(database, event(number=2), event(number=3))
    put(database, event(number=3), event(number=1))
    sequence(database)

    assert fetch(database, "select message_id, name from log.event order by position") == [
        ("1-1", "Visited"),
        ("1-2", "Visited"),
        ("1-3", "Visited"),
    ]
    with database.transaction() as tx:
        assert sequencer_status(tx).duplicates == 4


def test_old_message_ids_are_forgotten_and_young_ones_kept(database):
    put(database, event(number=1), event(number=2))
    sequence(database)
    with database.transaction() as tx:
        tx.execute("update log.seen set seen_at = seen_at - interval '8 days' where message_id = '1-1'")

    with database.transaction() as tx:
        assert prune_seen(tx, older_than=timedelta(days=7)) == 1
        assert prune_seen(tx, older_than=timedelta(days=7)) == 0

    assert fetch(database, "select message_id from log.seen") == [("1-2",)]


def test_the_business_instant_never_goes_back(database):
    sequencer = Sequencer(database, resolve)
    for at in (NOON, NOON - timedelta(days=1), NOON + timedelta(days=1)):
        put(database, event())
        sequencer.run_once(at)
    sequencer.close()

    booked = [at for (at,) in fetch(database, "select booked_at from log.event order by position")]
    assert booked == [NOON, NOON, NOON + timedelta(days=1)]


def test_a_second_sequencer_finds_nothing_while_the_first_is_at_work(database):
    put(database, event())
    second = Sequencer(database, resolve)
    seen: list[int] = []

    def slowly(tx):
        seen.append(second.run_once(NOON))
        resolve(tx)

    assert sequence(database, slowly) == 1
    second.close()
    assert seen == [0]


def test_customers_are_resolved_in_the_batch_and_a_given_one_is_kept(database):
    put(database, event(5), event(6, customer_id=77), event(7, user_id=None, anonymous_id="a7"))

    sequence(database)

    assert fetch(database, "select customer_id from log.event order by position") == [(5,), (77,), (None,)]


def test_one_event_that_cannot_be_sequenced_goes_to_the_rejects_and_the_rest_goes_on(database):
    events = [event(number=n, user_id="nobody" if n in (13, 14, 60) else "1") for n in range(1, 101)]
    put(database, *events)

    assert sequence(database) == 100

    numbers = [
        n
        for (n,) in fetch(database, "select (properties ->> 'number')::int from log.event order by position")
    ]
    assert numbers == [n for n in range(1, 101) if n not in (13, 14, 60)]
    assert fetch(database, "select max(position) from log.event") == [(97,)]
    with database.transaction() as tx:
        kept = rejects(tx)
        erase_rejects(tx, [kept[0].reject_id])
        assert [r.stage for r in kept] == ["sequence"] * 3
        assert "22P02" in kept[0].reason
        assert '"user_id": "nobody"' in kept[0].payload
        assert rejects(tx)[0].payload is None


def test_a_broken_resolver_stops_the_sequencer_and_nothing_is_lost(database):
    put(database, *(event(number=n) for n in range(1, 301)))

    def broken(tx):
        raise KeyError("customer")

    with pytest.raises(SequencerAtFault, match="KeyError"):
        sequence(database, broken)
    with pytest.raises(psycopg.errors.UndefinedTable):
        sequence(database, lambda tx: tx.execute("select from customers.nowhere"))

    assert fetch(database, "select count(*) from log.reject") == [(0,)]
    assert sequence(database) == 300


def test_a_resolver_that_drops_events_is_refused(database):
    put(database, event(), event())

    with pytest.raises(SequencerAtFault, match="batch of 2 events to 0"):
        sequence(database, lambda tx: tx.execute("delete from pg_temp.log_batch"))

    assert sequence(database) == 2


def test_the_sequencer_reconnects_after_its_connection_was_ended(database):
    sequencer = Sequencer(database, resolve)
    put(database, event())
    sequencer.run_once(NOON)
    put(database, event())
    assert sequencer._connection is not None
    fetch(database, "select pg_terminate_backend(%s, 5000)", sequencer._connection.info.backend_pid)

    with pytest.raises(psycopg.OperationalError):
        sequencer.run_once(NOON)
    assert sequencer.run_once(NOON) == 1
    sequencer.close()


def test_tidying_vacuums_the_inbox_and_gives_statistics(database):
    sequencer = Sequencer(database, resolve)
    put(database, *(event(number=n) for n in range(1, 3001)))
    sequencer.run_once(NOON)
    sequencer._since_vacuum = 1_000_000

    sequencer.tidy()

    sequencer.close()
    assert fetch(database, "select reltuples from pg_class where relname = 'event_0000000000001'") == [
        (3000.0,)
    ]
    assert fetch(database, "select pg_relation_size('log.inbox')") == [(0,)]
