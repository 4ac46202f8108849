"""Where somebody's events stand is known of each finished piece of the log, and of no other."""

from datetime import timedelta

from regulars.db import Database, Tx
from regulars.log import erase, forget_events, note_places
from tests.integration.log.world import NOON, event, fetch, put, sequence

PLACES = "select first_position, customer_id from log.place order by 1, 2"
ASKED = """
    select position from log.places_of(%(customer)s, %(since)s) as place
    cross join lateral (
        select position from log.fact_event
        where customer_id = %(customer)s and position >= place.first_position and position < place.end_position
    ) as event
    order by position
"""


def pieces_of_ten(tx: Tx) -> None:
    tx.execute("drop table log.event_0000000000001")
    tx.execute("update log.sequencer set partition_span = 10, partitioned_to = 1")


def asked(tx: Tx, customer: int, since: int = 0) -> list[int]:
    given = {"customer": customer, "since": NOON + timedelta(seconds=since)}
    return [row[0] for row in tx.execute(ASKED, given)]


def test_of_finished_pieces_it_is_noted_whose_events_stand_in_them(database: Database) -> None:
    with database.transaction() as tx:
        pieces_of_ten(tx)
    # Of the first piece, customer 1 has all but one event; of the second, customer 2; of the third there are five.
    whose = [*[1] * 9, 3, *[2] * 10, *[1, 2, 3, 1, 2]]
    put(database, *(event(customer, number) for number, customer in enumerate(whose, 1)))
    sequence(database, batch=5)
    with database.transaction() as tx:
        before = [asked(tx, customer) for customer in (1, 2, 3)]

    with database.transaction() as tx:
        tx.execute("select from log.placed for update")
        assert note_places(database) == 0  # Somebody else does.
    assert [note_places(database), note_places(database)] == [2, 0]

    assert fetch(database, PLACES) == [(1, 1), (1, 3), (11, 2)]
    with database.transaction() as tx:
        assert [asked(tx, customer) for customer in (1, 2, 3)] == before
        assert before == [[*range(1, 10), 21, 24], [*range(11, 21), 22, 25], [10, 23]]
        assert asked(tx, 3, since=10) == [10, 23]  # Whole pieces are left out by time, no single event.
        assert asked(tx, 1, since=10) == [21, 24]

        assert erase(tx, [1], [])["log.place"] == 1
    assert fetch(database, PLACES) == [(1, 3), (11, 2)]
    with database.transaction() as tx:
        tx.execute("insert into log.reader (name, position) values ('visits', 10)")
        assert forget_events(tx, NOON + timedelta(days=1)) == 10
    assert fetch(database, PLACES) == [(11, 2)]
