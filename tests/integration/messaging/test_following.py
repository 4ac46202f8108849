"""Profiles are merged and split between queueing and sending: one person gets one message of a source."""

from psycopg import sql

from regulars.db import Database, values
from regulars.messaging import Sender, carry_on, enqueue, follow, messages, suppress, tally, why_not
from tests.integration.messaging.given import AT, NAME, FileProvider, add_customers, always, queue, treat
from tests.integration.people import regroup

PEOPLE = [
    ("Ann", "ann@example.invalid"),
    ("Ann too", "other@example.invalid"),
    ("Bob", "bob@example.invalid"),
]


def states(tx):
    return {(row.state, row.reason): row.people for row in tally(tx, NAME)}


def test_of_two_profiles_of_one_person_the_first_is_sent_and_the_other_says_why(database: Database) -> None:
    with database.transaction() as tx:
        ann, twin, bob = add_customers(tx, PEOPLE)
        queue(tx, treat([ann, twin, bob]))
    with database.transaction() as tx:
        regroup(tx, {twin: ann}, [follow])

    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        assert states(tx) == {("sent", None): 2, ("skipped", "same_person"): 1}
        assert why_not(tx, NAME, ann) == "It was sent."
        assert {send.customer_id for send in messages(tx, NAME).items} == {ann, bob}


def test_who_got_it_by_another_profile_gets_it_once_and_a_split_gives_each_its_own(
    database: Database,
) -> None:
    with database.transaction() as tx:
        ann, twin, _ = add_customers(tx, PEOPLE)
        source = queue(tx, treat([twin]))
    carry_on(database, Sender(), NAME, at=AT)
    with database.transaction() as tx:
        regroup(tx, {twin: ann}, [follow])
        assert enqueue(tx, source, treat([ann]), at=AT) == 0

    with database.transaction() as tx:
        kept = sql.SQL("select customer_id from messaging.recorded")
        assert (values(tx, kept), why_not(tx, NAME, ann)) == ([ann], "It was sent.")
        regroup(tx, {twin: twin}, [follow])
        assert (values(tx, kept), why_not(tx, NAME, twin)) == ([twin], "It was sent.")
        assert why_not(tx, NAME, ann) == "The person was not in the audience when it was fixed."
        assert enqueue(tx, source, treat([ann]), at=AT) == 1


def test_held_out_by_one_profile_is_held_out_as_a_person(database: Database) -> None:
    with database.transaction() as tx:
        ann, twin, _ = add_customers(tx, PEOPLE)
        queue(tx, {ann: "held_out", twin: "treated"})
        regroup(tx, {twin: ann}, [follow])

    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        assert states(tx) == {("held_out", None): 1, ("skipped", "same_person"): 1}


def test_a_merge_between_claim_and_hand_over_sends_to_the_person(database: Database, tmp_path) -> None:
    """The provider is outside, so the batch was claimed in a transaction of its own before."""
    provider = FileProvider(tmp_path / "out")
    with database.transaction() as tx:
        ann, twin, bob = add_customers(tx, PEOPLE)
        queue(tx, treat([twin, bob]), channel="outside")

    def audience(tx, ids):
        assert set(ids) == {ann, bob}
        return set(ids)

    with database.transaction() as tx:
        regroup(tx, {twin: ann}, [follow])
    carry_on(database, Sender(channel_of=always(provider), audience=audience), NAME, at=AT)

    assert provider.taken == [ann, bob]


def test_a_suppressed_address_stays_suppressed_whoever_it_belongs_to(database: Database) -> None:
    with database.transaction() as tx:
        ann, twin, _ = add_customers(tx, PEOPLE)
        queue(tx, treat([twin]))
        suppress(tx, ["ann@example.invalid"], channel="email", reason="complaint", at=AT)
        regroup(tx, {twin: ann}, [follow])

    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        assert states(tx) == {("skipped", "suppressed"): 1}
