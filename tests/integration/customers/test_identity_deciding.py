"""Merge, split, decline and undo by hand: what they do, and that two at once never leave half of one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic, sleep

import pytest
from psycopg import sql

from regulars import audit, customers
from regulars.access import Actor, NotAllowed
from regulars.customers import Deciding, Moved
from regulars.db import Database, Tx, value
from regulars.kernel import Invalid
from tests.integration.customers.people_life import AT, People

CARD = "4111111111111111"
HAND = Actor(person_id=None, name="Ann Agent", level=3, function="service_agent", scope=None, via="console")


def by(reason: str | None = None, follow: Sequence[customers.Follow] = ()) -> Deciding:
    return Deciding(actor=HAND, at=AT, follow=follow, reason=reason)


@pytest.fixture
def people(database: Database) -> Iterator[People]:
    made = People(database)
    yield made
    made.close()


def merged(people: People, one: str, other: str) -> customers.IdentityDeed:
    with people.database.transaction() as tx:
        return customers.merge(tx, by("They said so"), people.atom(one), people.atom(other))


def test_a_merge_by_hand_makes_one_person_is_audited_and_can_be_undone(people: People) -> None:
    people.tell(people.identify("u1", name="Ann", city="Oslo"), people.identify("u2", minute=1, name="Anna"))
    before = people.person("u1"), people.person("u2")

    deed = merged(people, "u2", "u1")
    people.catch_up()

    assert people.parts() == {frozenset({"u1", "u2"})}
    assert (people.person("u2").name, people.person("u2").traits["city"]) == ("Anna", "Oslo")
    assert people.found("anna") == people.found("u2") == ["u1"]
    with people.database.transaction() as tx:
        [entry] = audit.entries(tx, action="customers.merge").items
        assert (entry.actor_name, entry.reason) == ("Ann Agent", "They said so")
        assert [one.id for one in customers.deeds_of(tx, people.atom("u1"))] == [deed.id]
        customers.undo(tx, by(), deed.deed_id)
    people.catch_up()

    assert (people.person("u1"), people.person("u2")) == before
    assert people.found("anna") == ["u2"]
    assert people.names_told() == ["regulars.customers.merged", "regulars.customers.split"]
    with people.database.transaction() as tx, pytest.raises(customers.AlreadyUndone):
        customers.undo(tx, by(), deed.deed_id)


def test_a_split_by_hand_wins_over_the_rule_until_it_is_undone(people: People) -> None:
    people.tell(people.event(anonymous_id="a1"), people.identify("u1", "a1", card=CARD, name="Ann"))
    people.tell(people.identify("u2", minute=1, card=CARD, name="Ben"))
    assert len(people.parts()) == 1

    with people.database.transaction() as tx:
        deed = customers.split(tx, by(), people.atom("u1"), [people.atom("u2")])
    assert people.parts() == {frozenset({"u1", "a1"}), frozenset({"u2"})}
    people.tell(people.identify("u2", minute=3, card=CARD), people.identify("u3", minute=4, card=CARD))
    assert people.parts() == {frozenset({"u1", "a1", "u3"}), frozenset({"u2"})}
    assert people.person("u2").name == "Ben"

    with people.database.transaction() as tx:
        customers.undo(tx, by(), deed.deed_id)
    assert people.parts() == {frozenset({"u1", "a1", "u2", "u3"})}


def test_those_who_leave_together_stay_together(people: People) -> None:
    cards = ["79927398713", "4111111111111111", "5555555555554444"]
    people.tell(*(people.identify(f"u{n}", card=cards[n]) for n in range(3)))
    people.tell(*(people.identify(f"u{n}", minute=1, card=cards[(n + 1) % 3]) for n in range(3)))
    people.tell(people.event("u9"), people.event("u8"))
    merged(people, "u9", "u1")
    assert len(people.parts()) == 2

    with people.database.transaction() as tx:
        customers.split(tx, by(), people.atom("u0"), [people.atom("u9"), people.atom("u2")])

    assert people.parts() == {frozenset({"u0", "u1"}), frozenset({"u2", "u9"}), frozenset({"u8"})}


def test_a_split_names_what_does_not_fit(people: People) -> None:
    people.tell(people.event("u1"), people.event("u2"))

    for leaving in ([], [people.atom("u1")], [people.atom("u2")]):
        with people.database.transaction() as tx, pytest.raises(Invalid):
            customers.split(tx, by(), people.atom("u1"), leaving)
    assert len(people.parts()) == 2


def test_suggestions_have_their_reason_and_come_never_again_once_declined(people: People) -> None:
    people.tell(
        people.identify("u1", email="Us@x.example", phone="+4930123456", card=CARD),
        people.identify("u2", minute=1, email="us@x.example", card=CARD, verified=False),
        people.identify("u3", minute=1, phone="+49 30 123456"),
    )

    def suggested() -> list[tuple[str, bool]]:
        with people.database.transaction() as tx:
            return [(one.kind, one.verified) for one in customers.suggestions(tx).items]

    assert suggested() == [("card", False), ("email", False), ("phone", True)]
    with people.database.transaction() as tx:
        customers.decline(tx, by(), people.atom("u1"), people.atom("u2"))
    assert suggested() == [("phone", True)]
    people.tell(people.identify("u2", minute=9, card=CARD))
    assert suggested() == [("phone", True)]
    assert len(people.parts()) == 3
    merged(people, "u1", "u3")
    assert suggested() == []


def test_a_merge_takes_a_former_decline_back(people: People) -> None:
    people.tell(people.event("u1"), people.event("u2"))
    with people.database.transaction() as tx:
        customers.decline(tx, by(), people.atom("u1"), people.atom("u2"))

    deed = merged(people, "u1", "u2")
    assert len(people.parts()) == 1
    with people.database.transaction() as tx:
        customers.undo(tx, by(), deed.deed_id)
        assert value(tx, sql.SQL("select count(*) from customers.decision where ended_by_id is null")) == 1


def test_a_preview_shows_what_wins_and_changes_nothing(people: People) -> None:
    people.tell(people.identify("u1", minute=5, name="Ann", city="Oslo"))
    people.tell(
        people.identify("u2", minute=1, name="Anna"), people.identify("u2", minute=9, city="Rome", tall=True)
    )

    with people.database.transaction() as tx:
        shown = customers.preview_merge(tx, people.atom("u2"), people.atom("u1"))

    assert (shown.stays.user_id, shown.goes.user_id) == ("u1", "u2")
    assert [(c.name, c.winner) for c in shown.contests] == [
        ("city", "goes"),
        ("name", "stays"),
        ("tall", "goes"),
    ]
    assert len(people.parts()) == 2


def test_only_who_may_merge_merges(people: People) -> None:
    people.tell(people.event("u1"), people.event("u2"))
    guest = replace(HAND, level=2)

    with people.database.transaction() as tx, pytest.raises(NotAllowed):
        customers.merge(tx, Deciding(actor=guest, at=AT, follow=()), people.atom("u1"), people.atom("u2"))


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Run all at the same moment; what each gave or raised."""
    gate = threading.Barrier(len(deeds))
    given: list[object] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            given[place] = deed()
        except Exception as fault:  # noqa: BLE001 - it is what the test looks at
            given[place] = fault

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return given


def test_two_merges_of_the_same_two_at_once_are_one(people: People) -> None:
    people.tell(people.event("u1"), people.event("u2"))

    given = at_once(*[lambda: merged(people, "u1", "u2")] * 4)

    assert sorted(type(one).__name__ for one in given) == [*["AlreadyOne"] * 3, "IdentityDeed"]


def test_merges_in_a_ring_at_once_make_one_person(people: People) -> None:
    people.tell(*(people.event(f"u{n}") for n in range(6)))

    given = at_once(*[lambda n=n: merged(people, f"u{n}", f"u{(n + 1) % 6}") for n in range(6)])

    assert sorted(type(one).__name__ for one in given) == ["AlreadyOne", *["IdentityDeed"] * 5]
    assert len(people.parts()) == 1


def test_a_merge_by_hand_while_the_reader_merges_and_events_arrive(people: People) -> None:
    people.tell(*(people.event(f"u{n}") for n in range(12)))
    over = threading.Event()

    def arrive() -> None:
        for n in range(12):
            people.tell(
                people.identify(f"u{n}", minute=n, card="79927398713" if n % 2 else CARD),
                people.event(anonymous_id=f"a{n}"),
                people.event(f"u{n}", f"a{n}", minute=n),
            )
        over.set()

    def by_hand() -> int:
        done = 0
        while not over.is_set() and done < 12:
            sleep(0.05)
            with people.database.transaction() as tx:
                deed = None
                if len({*customers_of(tx, people, "u0", "u1")}) == 2:
                    deed = customers.merge(tx, by(), people.atom("u0"), people.atom("u1"))
            if deed:
                with people.database.transaction() as tx:
                    customers.undo(tx, by(), deed.deed_id)
            done += 1
        return done

    given = at_once(arrive, by_hand)
    people.catch_up()

    assert given[0] is None, given
    assert isinstance(given[1], int), given
    even = frozenset(f"{kind}{n}" for kind in "ua" for n in range(0, 12, 2))
    odd = frozenset(f"{kind}{n}" for kind in "ua" for n in range(1, 12, 2))
    assert people.parts() == {even, odd}


def customers_of(tx: Tx, people: People, *names: str) -> list[int]:
    return [customers.get(tx, people.atom(name)).customer_id for name in names]


def test_who_holds_sees_nobody_move(people: People) -> None:
    people.tell(people.event("u1"), people.event("u2"))
    merging = threading.Thread(target=lambda: merged(people, "u1", "u2"))

    with people.database.transaction() as tx:
        customers.hold(tx)
        merging.start()
        sleep(0.3)
        assert merging.is_alive()
        assert len(set(customers_of(tx, people, "u1", "u2"))) == 2
    merging.join(20)
    assert len(people.parts()) == 1


KILLED = """
import sys, time
from datetime import UTC, datetime
from regulars import customers
from regulars.access import Actor
from regulars.db import Database

def hang(tx, moved):
    print("moving", flush=True)
    time.sleep(60)

hand = Actor(person_id=None, name="Ann", level=3, function="service_agent", scope=None, via="console")
with Database(sys.argv[1]) as database, database.transaction() as tx:
    by = customers.Deciding(actor=hand, at=datetime(2025, 3, 1, tzinfo=UTC), follow=(hang,))
    customers.merge(tx, by, int(sys.argv[2]), int(sys.argv[3]))
"""


def test_a_merge_that_is_killed_leaves_nothing(people: People) -> None:
    people.tell(people.identify("u1", name="Ann"), people.identify("u2", name="Ben"))
    arguments = [people.database.dsn, str(people.atom("u1")), str(people.atom("u2"))]
    with subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE) as merging:
        assert merging.stdout is not None
        assert merging.stdout.readline() == b"moving\n"
        os.kill(merging.pid, signal.SIGKILL)

    assert people.parts() == {frozenset({"u1"}), frozenset({"u2"})}
    assert people.found("ben") == ["u2"]
    with people.database.transaction() as tx:
        assert value(tx, sql.SQL("select count(*) from customers.deed")) == 0
    until = monotonic() + 20
    merged(people, "u1", "u2")
    assert monotonic() < until
    assert len(people.parts()) == 1


def test_everybody_who_follows_hears_of_a_deed(people: People) -> None:
    heard: list[Moved] = []
    people.tell(people.event("u1"), people.event("u2"))
    one, other = people.atom("u1"), people.atom("u2")

    with people.database.transaction() as tx:
        deed = customers.merge(tx, by(follow=(lambda _tx, moved: heard.extend(moved),)), one, other)
    with people.database.transaction() as tx:
        customers.undo(tx, by(follow=(lambda _tx, moved: heard.extend(moved),)), deed.deed_id)

    assert heard == [
        Moved(atom_id=other, before=other, after=one),
        Moved(atom_id=other, before=one, after=other),
    ]
