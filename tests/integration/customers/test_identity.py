"""Who is one person, as the reader keeps it."""

from collections.abc import Iterator, Sequence

import pytest
from psycopg import sql

from regulars import customers, definitions
from regulars.access import SYSTEM
from regulars.customers import Moved
from regulars.db import Database, Tx, values
from regulars.kernel import Fault, Invalid
from tests.integration.customers.people_life import AT, People


@pytest.fixture
def people(database: Database) -> Iterator[People]:
    made = People(database)
    yield made
    made.close()


def test_a_visitor_that_logs_in_is_one_person_with_the_whole_timeline(people: People) -> None:
    people.tell(people.event(anonymous_id="a1"), people.event(anonymous_id="a1", minute=1))
    people.tell(people.identify("u1", "a1", minute=2, name="Ann", email="ann@x.example"))
    people.tell(people.event(anonymous_id="a1", minute=3))

    ann, visitor = people.person("a1"), people.atom("a1")
    assert (ann.user_id, ann.name) == ("u1", "Ann")
    assert people.parts() == {frozenset({"a1", "u1"})}
    with people.database.transaction() as tx:
        own = [e for e in customers.timeline(tx, ann.customer_id).items if e.source == "shop"]
        assert len(own) == 4
        assert customers.count(tx) == 1
        known = [(one.kind, one.value) for one in customers.identifiers(tx, ann.customer_id)]
        assert known == [("anonymous_id", "a1"), ("user_id", "u1")]
        assert customers.find(tx, "email", " Ann@X.example") == ann.customer_id
        assert customers.find(tx, "anonymous_id", "a1") == ann.customer_id
        assert list(customers.by_ids(tx, [visitor])) == [visitor]
    assert people.names_told() == ["regulars.customers.merged"]


def test_a_link_known_before_its_visitor_came_holds_for_it(people: People) -> None:
    people.tell(people.event("u1", "a1"))
    people.tell(people.event(anonymous_id="a1", minute=1))

    assert people.parts() == {frozenset({"a1", "u1"})}


def test_two_people_on_one_browser_stay_two(people: People) -> None:
    people.tell(people.event(anonymous_id="a1"))
    people.tell(people.identify("u1", "a1", minute=5, name="Ann"))
    people.tell(people.identify("u2", "a1", minute=9, name="Ben"))
    people.tell(people.event(anonymous_id="a1", minute=10))

    assert people.parts() == {frozenset({"a1", "u1"}), frozenset({"u2"})}


def test_an_earlier_link_that_comes_late_takes_the_browser_over(people: People) -> None:
    people.tell(people.event(anonymous_id="a1"), people.event("u1", "a1", minute=9), people.event("u2"))
    people.tell(people.event("u2", "a1", minute=5))

    assert people.parts() == {frozenset({"u1"}), frozenset({"u2", "a1"})}
    assert people.names_told() == ["regulars.customers.merged", "regulars.customers.split"]


def test_a_couple_with_one_address_stays_two(people: People) -> None:
    people.tell(people.identify("u1", email="Us@X.example"), people.identify("u2", email="us@x.example"))

    assert people.parts() == {frozenset({"u1"}), frozenset({"u2"})}


def test_a_card_in_any_writing_makes_one_person_with_the_last_traits_and_all_terms(people: People) -> None:
    people.tell(people.identify("u1", card="4111 1111 1111 1111", city="Oslo", name="Ann Old"))
    people.tell(
        people.identify("u2", minute=5, card=4111111111111111, name="Ann New", phone="+49 30 1234567")
    )

    ann = people.person("u1")
    assert ann == people.person("u2")
    assert (ann.user_id, ann.name, ann.traits["city"]) == ("u1", "Ann New", "Oslo")
    for text in ("u1", "u2", "411111111111", "+49 (30) 1234", "new"):
        assert people.found(text) == ["u1"], text
    assert people.found("old") == []


def test_a_card_from_a_till_suggests_and_never_merges(people: People) -> None:
    people.tell(people.identify("u1", card="4111111111111111"))
    people.tell(people.identify("u2", minute=5, card="4111111111111111", verified=False))
    assert people.parts() == {frozenset({"u1"}), frozenset({"u2"})}

    people.tell(people.identify("u2", minute=6, card="4111111111111111"))
    assert people.parts() == {frozenset({"u1", "u2"})}


def test_an_alias_joins_visitor_and_former_user_id(people: People) -> None:
    people.tell(people.event(anonymous_id="a1"), people.event("old"), people.event("other"))
    people.tell(people.alias("new", "a1"), people.alias("new", "old", minute=1))

    assert people.parts() == {frozenset({"new", "old", "a1"}), frozenset({"other"})}


def test_an_identifier_in_external_ids_counts(people: People) -> None:
    ids = {"externalIds": [{"type": "card", "id": "79927398713"}, {"type": "odd", "id": {}}, 7]}
    people.tell(people.event("u1", context=ids), people.identify("u2", card="7992-7398-713"))
    people.tell(
        people.event("u3", context={"externalIds": "none"}), people.event("u4", context={"externalIds": [1]})
    )

    assert frozenset({"u1", "u2"}) in people.parts()


def test_what_is_no_identifier_is_noted_and_the_event_stands(people: People) -> None:
    people.tell(people.identify("u1", card="4111111111111112", email="nothing", phone="abc", mobile=True))

    with people.database.transaction() as tx:
        noted = values(tx, sql.SQL("select kind from customers.claim_problem order by kind"))
        assert noted == ["card", "email", "phone"]
    assert people.person("u1").email == "nothing"


def test_rooms_above_hear_once_of_every_atom_that_moved(database: Database) -> None:
    heard: list[tuple[str, Moved]] = []

    def first(tx: Tx, moved: Sequence[Moved]) -> None:
        heard.extend(("first", one) for one in moved)
        assert all(customers.get(tx, one.before).customer_id == one.after for one in moved)

    def second(_tx: Tx, moved: Sequence[Moved]) -> None:
        heard.extend(("second", one) for one in moved)

    people = People(database, (first, second))
    people.tell(people.event("u1"), people.event("u2"))
    people.tell(people.alias("u1", "u2"))

    moved = Moved(atom_id=people.atom("u2"), before=people.atom("u2"), after=people.atom("u1"))
    assert heard == [("first", moved), ("second", moved)]
    people.close()


def test_a_room_that_cannot_follow_leaves_nothing_half_done(database: Database) -> None:
    def fail(_tx: Tx, _moved: Sequence[Moved]) -> None:
        raise Fault("not today")

    people = People(database, (fail,))
    people.tell(people.event("u1"), people.event("u2"))
    with pytest.raises(Fault, match="not today"):
        people.tell(people.alias("u1", "u2"))
    people.close()
    assert people.parts() == {frozenset({"u1"}), frozenset({"u2"})}

    mended = People(database)
    mended.catch_up()
    assert mended.parts() == {frozenset({"u1", "u2"})}
    mended.close()


def test_first_and_last_seen_are_over_all_that_were_merged(people: People) -> None:
    people.tell(people.event("u1", minute=10), people.event("u2", minute=30))
    people.tell(people.alias("u1", "u2", minute=20))
    people.tell(people.event("u2", minute=50), people.event("u2", minute=-10))

    ann = people.person("u1")
    assert (ann.first_seen_at - AT).total_seconds() == -600
    assert (ann.last_seen_at - AT).total_seconds() == 3000


def test_another_policy_reads_what_was_told_before_and_merges_or_parts_people(people: People) -> None:
    people.tell(people.identify("u1", club="K-7", card="4111111111111111"), people.identify("u2", club="K-7"))
    people.tell(people.identify("u3", minute=1, card="4111111111111111"))
    assert people.parts() == {frozenset({"u1", "u3"}), frozenset({"u2"})}

    club = {"kind": "club", "title": "Club number", "use": "merge", "traits": ["club"]}
    card = {"kind": "card", "title": "Card", "form": "card", "use": "suggest", "traits": ["card"]}
    with people.database.transaction() as tx:
        body = {"title": "By club", "identifiers": [club, card], "region": "DE"}
        definitions.save_draft(tx, SYSTEM, customers.IDENTITY, "default", body, at=AT)
        definitions.publish(tx, SYSTEM, customers.IDENTITY, "default", at=AT)
    people.catch_up()

    assert people.parts() == {frozenset({"u1", "u2"}), frozenset({"u3"})}
    with people.database.transaction() as tx:
        assert [one.kind for one in customers.suggestions(tx).items] == ["card"]
        assert customers.settle_waiting(tx, AT, ()) == 0


def test_a_policy_says_what_is_wrong_with_it(people: People) -> None:
    wrong = {
        "title": " ",
        "region": "Germany",
        "identifiers": [
            {"kind": "user_id", "title": "Id", "traits": ["id"]},
            {"kind": "No", "title": "", "traits": ["id"]},
            {"kind": "none", "title": "Nowhere"},
        ],
    }
    with people.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, customers.IDENTITY, "default", wrong, at=AT)
        with pytest.raises(Invalid) as refused:
            definitions.publish(tx, SYSTEM, customers.IDENTITY, "default", at=AT)

    places = {finding.path for finding in refused.value.findings}
    assert places >= {
        "title",
        "region",
        "identifiers[0].kind",
        "identifiers[1].title",
        "identifiers[2].traits",
    }
