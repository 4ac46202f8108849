"""Appending: in the writer's own transaction, with one bad event kept from the others."""

import pytest

from regulars.log import append, rejects
from tests.integration.log.world import event, fetch, put, sequence


def test_one_bad_event_does_not_fail_its_batch(database):
    accepted = put(database, event(number=1), event(number=2, properties={"a": "\0"}), event(number=3))

    assert accepted == 2
    assert sequence(database) == 2
    with database.transaction() as tx:
        [reject] = rejects(tx)
    assert reject.stage == "append"
    assert reject.reason == "properties.a: a NUL sign cannot be stored"
    assert '"number"' not in reject.payload
    assert "1-2" in reject.payload


def test_what_only_the_database_refuses_is_found_by_halving(database):
    # A boolean passes for a whole number in Python, and does not in the database.
    events = [event(number=n, customer_id=True if n == 7 else n) for n in range(1, 21)]

    assert put(database, *events) == 19
    with database.transaction() as tx:
        [reject] = rejects(tx)
    assert "invalid input syntax" in reject.reason


def test_an_event_rolled_back_with_its_transaction_never_was(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        append(tx, [event()])
        raise ZeroDivisionError

    assert sequence(database) == 0


def test_set_based_appending_from_sql_is_the_same_log(database):
    with database.transaction() as tx:
        tx.execute(
            "select log.append('regulars.test:' || n, 'regulars.test.counted', n, timestamptz '2025-03-01 12:00Z', "
            "jsonb_build_object('n', n), hops => 2, history => true) from generate_series(1, 3) n"
        )

    assert sequence(database) == 3
    assert fetch(
        database,
        "select position, message_id, type, source, customer_id, hops, schema_version, history from log.event",
    ) == [(n, f"regulars.test:{n}", "track", "regulars", n, 2, 1, True) for n in (1, 2, 3)]
