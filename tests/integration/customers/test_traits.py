"""Typed traits, what they replaced, where they come from, and how long they hold."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from regulars import access, customers
from regulars.access import Actor
from regulars.customers import TRAIT, Enrichment
from regulars.customers.traits import keep_traits
from regulars.db import Database
from regulars.kernel import Conflict, Invalid
from regulars.log import Span
from tests.integration.customers.shop import AT, Shop

EDITOR = Actor(person_id=1, name="Ada Byron", level=4, function="marketing", scope=None, via="console")
DAY = timedelta(days=1)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def declare(shop: Shop, trait: str, kind: str, **more: Any) -> str:
    key = trait.replace(".", "-")
    return shop.publish(TRAIT, key, {"name": trait.title(), "trait": trait, "type": kind, **more})


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("number", "1.5", 1.5),
        ("text", 12, "12"),
        ("boolean", "Yes", True),
        ("money", "12.30 EUR", {"amount": 12.3, "currency": "EUR"}),
        ("date", "2025-02-28", "2025-02-28"),
        ("time", "2025-02-28T10:00:00+02:00", "2025-02-28T08:00:00Z"),
        ("list", ["a", "b"], ["a", "b"]),
        ("object", {"city": "Oslo"}, {"city": "Oslo"}),
    ],
)
def test_a_value_that_fits_the_declared_type_is_kept_as_the_type_has_it(
    shop: Shop, kind: str, given: object, kept: object
) -> None:
    declare(shop, "x", kind)
    shop.tell(shop.identify("7", x=given))

    assert shop.traits("7") == {"x": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("integer", 1.5),
        ("integer", "many"),
        ("number", "1e999999"),
        ("boolean", 1),
        ("money", 12.3),
        ("date", "2025-02-30"),
        ("time", "2025-02-28T10:00:00"),
        ("time", "2025-02-28T99:00:00Z"),
        ("list", "a"),
        ("object", []),
        ("text", {"a": 1}),
    ],
)
def test_a_value_that_does_not_fit_stands_aside_and_is_not_lost(shop: Shop, kind: str, given: object) -> None:
    declare(shop, "x", kind)
    shop.tell(shop.identify("7", x=given))

    assert shop.traits("7") == {}
    with shop.database.transaction() as tx:
        (told,) = customers.trait_history(tx, shop.id("7"), "x")
        assert (told.value, told.fits, told.stands) == (given, False, False)
        assert customers.unfit_traits(tx, shop.id("7")) == ["x"]


def test_declaring_a_type_reads_what_was_told_before_anew_and_retiring_it_too(shop: Shop) -> None:
    shop.tell(shop.identify("7", age="41"), shop.identify("7", AT + DAY, age="old"))
    declare(shop, "age", "integer")

    assert shop.traits("7") == {"age": 41}
    assert shop.history("7", "age") == ["old", 41]


def test_two_definitions_cannot_declare_one_trait(shop: Shop) -> None:
    declare(shop, "age", "integer")

    with pytest.raises(Conflict, match="declared by trait/age"):
        shop.publish(TRAIT, "other", {"name": "Other", "trait": "age", "type": "text"})


def test_history_keeps_what_changed_in_order_of_occurrence_whatever_came_first(shop: Shop) -> None:
    shop.tell(shop.identify("7", AT + 2 * DAY, plan="gold"))
    shop.tell(shop.identify("7", AT, plan="tin"), shop.identify("7", AT + DAY, plan="silver"))
    shop.tell(shop.identify("7", AT + 3 * DAY, plan="gold"))

    # Told again, it stands since the first time, which is kept; told once more, only the first and the last are.
    assert shop.history("7", "plan") == ["gold", "gold", "silver", "tin"]
    assert shop.traits("7") == {"plan": "gold"}
    shop.tell(shop.identify("7", AT + 4 * DAY, plan="gold"))
    with shop.database.transaction() as tx:
        told = [(one.value, one.occurred_at) for one in customers.trait_history(tx, shop.id("7"), "plan")]
    assert told[:2] == [("gold", AT + 4 * DAY), ("gold", AT + 2 * DAY)] and len(told) == 4


def test_a_trait_declared_without_history_keeps_only_what_stands(shop: Shop) -> None:
    declare(shop, "page", "text", history=False)
    shop.tell(shop.identify("7", page="a"), shop.identify("7", AT + DAY, page="b"))

    assert shop.history("7", "page") == ["b"]


def test_the_same_range_again_changes_nothing(shop: Shop) -> None:
    shop.tell(shop.identify("7", plan="tin"), shop.identify("7", AT + DAY, plan="gold"))
    with shop.database.transaction() as tx:
        keep_traits(tx, Span(after=0, to=2, booked_at=AT))

    assert shop.history("7", "plan") == ["gold", "tin"]


def test_what_expires_gives_way_to_what_stood_before(shop: Shop) -> None:
    shop.tell(shop.identify("7", income="low", city="Oslo"))
    with shop.database.transaction() as tx:
        done = customers.enrich(
            tx,
            [
                Enrichment(
                    kind="user_id",
                    identifier=one,
                    traits={"income": "high", "score": 4},
                    source="census",
                    expires_at=AT + 10 * DAY,
                )
                for one in ("7", "nobody")
            ],
            at=AT + DAY,
        )
    shop.read(AT + DAY)

    assert (done.told, done.unknown) == (1, ("nobody",))
    assert shop.traits("7") == {"income": "high", "score": 4, "city": "Oslo"}
    with shop.database.transaction() as tx:
        told = {one.name: one.words for one in customers.told_traits(tx, shop.id("7"))}
        assert told["income"] == "added by enrichment (census)"
        assert customers.expire_traits(tx, AT + 9 * DAY) == 0
        assert customers.expire_traits(tx, AT + 10 * DAY) == 1
    assert shop.traits("7") == {"income": "low", "city": "Oslo"}
    assert shop.history("7", "income") == ["high", "low"]


def test_the_same_enrichment_again_changes_nothing(shop: Shop) -> None:
    shop.tell(shop.identify("7", a=1))
    for _ in range(2):
        with shop.database.transaction() as tx:
            row = Enrichment(kind="user_id", identifier="7", traits={"b": 2}, source="census")
            customers.enrich(tx, [row], at=AT)
        shop.read()

    with shop.database.transaction() as tx:
        assert len(customers.timeline(tx, shop.id("7")).items) == 2


def test_a_correction_by_hand_stands_says_who_made_it_and_can_be_taken_back(shop: Shop) -> None:
    shop.tell(shop.identify("7", AT + DAY, plan="tin"))  # Told by a clock that runs ahead.
    with shop.database.transaction() as tx:
        customers.correct_traits(tx, EDITOR, shop.id("7"), {"plan": "gold"}, at=AT)
    shop.read()

    with shop.database.transaction() as tx:
        gold, tin = customers.trait_history(tx, shop.id("7"), "plan")
        assert (gold.value, gold.words, gold.stands) == ("gold", "by hand, by Ada Byron", True)
        customers.restore_trait(tx, EDITOR, shop.id("7"), "plan", tin.position, at=AT)
    shop.read()
    assert shop.traits("7") == {"plan": "tin"}


def test_a_correction_that_does_not_fit_the_type_is_refused(shop: Shop) -> None:
    declare(shop, "age", "integer")
    shop.tell(shop.identify("7", age=4))

    with pytest.raises(Invalid) as refused, shop.database.transaction() as tx:
        customers.correct_traits(tx, EDITOR, shop.id("7"), {"age": "old"}, at=AT)
    assert [one.code for one in refused.value.findings] == ["traits.type"]


def test_only_who_may_edit_customers_corrects_them(shop: Shop) -> None:
    shop.tell(shop.identify("7", age=4))
    looker = Actor(person_id=2, name="Lea", level=1, function="marketing", scope=None, via="console")

    with pytest.raises(access.NotAllowed), shop.database.transaction() as tx:
        customers.correct_traits(tx, looker, shop.id("7"), {"age": 5}, at=AT)


def test_declared_personal_traits_are_masked_wherever_they_lie(shop: Shop) -> None:
    declare(shop, "health.note", "text", personal="sensitive")
    shop.tell(shop.identify("7", health={"note": "asthma", "since": 2020}, email="ann@x.invalid"))

    with shop.database.transaction() as tx:
        personal = customers.personal_traits(tx)
    shown = customers.masked(shop.customer("7"), may_see_contacts=False, personal=personal)
    assert shown.traits == {"health": {"note": "…ma", "since": 2020}, "email": "a…@x….invalid"}


def test_rubbish_in_the_provenance_that_a_client_sends_harms_nobody(shop: Shop) -> None:
    for number, context in enumerate(({"provenance": 1}, {"provenance": {"expires_at": "2025-99-99T1:1Z"}})):
        event = shop.event(
            "7", type="identify", name="identify", properties={f"n{number}": number}, context=context
        )
        shop.tell(event)

    assert shop.traits("7") == {"n0": 0, "n1": 1}
