"""Data quality over time: the daily figures, the rules with their owner, and the customers concerned."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from regulars import access, customers, definitions
from regulars.customers import QUALITY_RULE, RuleState
from regulars.db import Database
from regulars.definitions import Preview
from regulars.kernel import Invalid, NotFound
from tests.integration.customers.shop import AT, SYSTEM, Shop

DAY = timedelta(days=1)
OWNER = "owner@company.example"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    with database.transaction() as tx:
        access.add_person(tx, SYSTEM, email=OWNER, name="Olga Owner", level=3, function="analysis", at=AT)
    yield made
    made.sequencer.close()


def night(shop: Shop, at: datetime) -> None:
    """What the daily timer does."""
    with shop.database.transaction() as tx:
        customers.keep_quality(tx, at)
    shop.read(at)


def rule(measure: str, trait: str = "email", **more: object) -> dict[str, object]:
    return {"name": f"{trait} {measure}", "trait": trait, "measure": measure, "owner": OWNER, **more}


def state(shop: Shop, key: str) -> RuleState:
    with shop.database.transaction() as tx:
        return next(one for one in customers.quality_rules(tx) if one.key == key)


def told(shop: Shop, name: str) -> list[dict[str, object]]:
    with shop.database.transaction() as tx:
        found = tx.execute(
            "select properties from log.fact_event where name = %s order by position", [name]
        ).fetchall()
        return [row[0] for row in found]


def who(shop: Shop, measure: customers.Measure, trait: str, at: datetime, **more: str) -> list[str | None]:
    with shop.database.transaction() as tx:
        found = list(customers.every_concerned(tx, measure, trait, days=30, at=at, **more))
        page = customers.concerned(tx, measure, trait, days=30, at=at, limit=1, **more)
        if found:
            assert page.items == (found[0],)
            assert (page.next is None) == (len(found) == 1)
        return [one.user_id for one in found]


def figures(shop: Shop, trait: str, source: str = "") -> list[tuple[date, int, int, int, int, int]]:
    with shop.database.transaction() as tx:
        courses = customers.quality_courses(
            tx, trait, since=date(2025, 1, 1), until=date(2026, 1, 1), source=source
        )
    return [
        (one.day, one.of_whom, one.customers, one.unfit, one.shared, one.fresh)
        for course in courses
        for one in course.days
    ]


def test_figures_of_each_trait_and_source_are_kept_by_day_with_the_customers_concerned(shop: Shop) -> None:
    shop.publish(customers.TRAIT, "age", {"name": "Age", "trait": "age", "type": "integer"})
    old = AT - 200 * DAY
    shop.tell(
        shop.identify("a", email="same@x.example", age=30),
        shop.identify("b", email="Same@X.example", age="thirty"),
        shop.identify("c", at=old, email="c@x.example"),
        shop.identify("d", plan="gold"),
        shop.event("e", type="identify", name="identify", properties={"age": 9}, source="till"),
    )

    night(shop, AT)
    night(shop, AT + DAY)  # Nothing was told: the day stands as the one before.
    shop.tell(shop.identify("d", email="d@x.example", at=AT + DAY), at=AT + DAY)
    night(shop, AT + 2 * DAY)

    first, third = AT.date(), (AT + 2 * DAY).date()
    assert figures(shop, "email") == [(first, 5, 3, 0, 2, 2), (third, 5, 4, 0, 2, 3)]
    assert figures(shop, "age") == [(first, 5, 2, 1, 0, 2), (third, 5, 2, 1, 0, 2)]
    assert figures(shop, "age", "till") == [(first, 1, 1, 0, 0, 1), (third, 1, 1, 0, 0, 1)]
    assert figures(shop, "age", "shop")[0] == (first, 4, 1, 1, 0, 1)
    with shop.database.transaction() as tx:
        newest = {(one.trait, one.source): one for one in customers.quality_now(tx)}
        sparks = customers.quality_sparks(tx, first)
    assert newest["age", ""].validity == pytest.approx(2 / 3)
    assert newest["email", ""].uniqueness == 0.5
    assert sparks["email"] == [0.6, 0.8]
    late = AT + 2 * DAY
    assert who(shop, "completeness", "email", late) == ["e"]
    assert who(shop, "completeness", "age", late, source="shop") == ["b", "c", "d"]
    assert who(shop, "validity", "age", late) == ["b"]
    assert who(shop, "uniqueness", "email", late) == ["a", "b"]
    assert who(shop, "uniqueness", "plan", late) == []
    assert who(shop, "freshness", "email", late) == ["c"]


def test_a_rule_tells_its_owner_once_when_it_breaks_and_once_when_it_is_kept_again(shop: Shop) -> None:
    shop.tell(*(shop.identify(name, email=f"{name}@x.example") for name in ("a", "b", "c", "d")))
    night(shop, AT)
    said = shop.publish(QUALITY_RULE, "reachable", rule("completeness", at_least=0.75))
    shop.publish(QUALITY_RULE, "fresh", rule("freshness", at_least=0.5, days=5))
    shop.publish(QUALITY_RULE, "own", rule("uniqueness", "plan", at_least=0.9))
    shop.publish(QUALITY_RULE, "none", rule("validity", "nothing", at_least=0.9))
    assert "At least 75% of all customers have the trait email" in said
    assert state(shop, "none").standing.kept is None  # type: ignore[union-attr]
    assert state(shop, "reachable").standing.kept  # type: ignore[union-attr]

    shop.tell(shop.identify("e", plan="x"), shop.identify("f", plan=" X "), at=AT + DAY)
    for number in range(1, 4):
        night(shop, AT + number * DAY)
    broken = state(shop, "reachable")
    assert broken.broken
    assert broken.standing is not None
    assert (broken.standing.since, broken.standing.concerned) == (AT + DAY, 2)
    assert state(shop, "own").broken
    assert not state(shop, "fresh").broken
    shop.tell(shop.identify("e", email="e@x.example", at=AT + 4 * DAY), at=AT + 4 * DAY)
    night(shop, AT + 5 * DAY)
    night(shop, AT + 6 * DAY)

    failed, restored = (told(shop, f"regulars.customers.quality_{name}") for name in ("failed", "restored"))
    assert [one["rule"] for one in failed] == ["own", "reachable", "fresh"]
    assert failed[1] | {"sentence": ""} == {
        "rule": "reachable", "name": "email completeness", "sentence": "", "trait": "email", "source": "",
        "measure": "completeness", "share": 0.666667, "at_least": 0.75, "customers": 2, "owner": OWNER,
    }  # fmt: skip
    assert [one["rule"] for one in restored] == ["reachable"]
    with shop.database.transaction() as tx:
        definitions.archive(tx, SYSTEM, QUALITY_RULE, "reachable", at=AT + 6 * DAY)
        assert {one.key for one in customers.quality_rules(tx)} == {"fresh", "own", "none"}


def test_a_rule_says_what_is_wrong_with_it_and_what_it_would_find(shop: Shop) -> None:
    shop.tell(shop.identify("a", email="a@x.example"), shop.identify("b", plan="x"))
    night(shop, AT)
    with shop.database.transaction() as tx, pytest.raises(Invalid) as wrong:
        body = rule("freshness", "address.city", at_least=1.5, days=0) | {"owner": "nobody", "name": " "}
        definitions.save_draft(tx, SYSTEM, QUALITY_RULE, "wrong", body, at=AT)
        definitions.publish(tx, SYSTEM, QUALITY_RULE, "wrong", at=AT)
    assert {one.path for one in wrong.value.findings} == {"name", "trait", "at_least", "days", "owner"}

    with shop.database.transaction() as tx, pytest.raises(NotFound, match="nobody of that address is active"):
        body = rule("completeness", at_least=0.9) | {"owner": "gone@company.example"}
        definitions.save_draft(tx, SYSTEM, QUALITY_RULE, "gone", body, at=AT)
        definitions.publish(tx, SYSTEM, QUALITY_RULE, "gone", at=AT)

    with shop.database.transaction() as tx:
        saved = definitions.save_draft(
            tx, SYSTEM, QUALITY_RULE, "half", rule("completeness", at_least=0.9), at=AT
        )
        seen: Preview = QUALITY_RULE.previewed(tx, saved, AT)
    assert seen.facts == (("Now", "50.0%"), ("Looked at", "2 customers"))
    assert "It would be broken: 1 customers" in seen.warnings[0]
