"""Traits told by one event alone stand on the customer's own row, and nobody who asks sees a difference."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from regulars import access, customers, wiring
from regulars.customers import TRAIT, Deciding
from regulars.db import Database
from regulars.log import Span
from tests.integration.customers.shop import AT, Shop

DAY = timedelta(days=1)
BY = Deciding(actor=access.SYSTEM, at=AT + DAY, follow=wiring.FOLLOW)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def by_rows(shop: Shop, user_id: str) -> int:
    """How many rows of their own the traits of a customer take."""
    with shop.database.transaction() as tx:
        found = tx.execute("select from customers.trait where customer_id = %s", [shop.id(user_id)])
        return len(found.fetchall())


def told(shop: Shop, user_id: str) -> dict[str, tuple[Any, ...]]:
    with shop.database.transaction() as tx:
        return {
            one.name: (one.value, one.occurred_at, one.position, one.source, one.former)
            for one in customers.told_traits(tx, shop.id(user_id))
        }


def published(shop: Shop, user_id: str) -> list[tuple[Any, ...]]:
    with shop.database.transaction() as tx:
        found = tx.execute(
            "select name, value, source, stands, fits from customers.fact_told where customer_id = %s order by name",
            [shop.id(user_id)],
        )
        return found.fetchall()


def test_what_is_told_at_once_takes_no_rows_until_something_else_is_told(shop: Shop) -> None:
    shop.tell(shop.identify("7", email="ada@x.test", plan="gold", tags=["a"]))

    assert by_rows(shop, "7") == 0
    assert told(shop, "7")["plan"] == ("gold", AT, 1, "shop", 0)
    assert published(shop, "7") == [
        ("email", "ada@x.test", "shop", True, True),
        ("plan", "gold", "shop", True, True),
        ("tags", ["a"], "shop", True, True),
    ]
    assert shop.history("7", "plan") == ["gold"]

    with shop.database.transaction() as tx:
        customers.reader().apply(tx, Span(after=0, to=1, booked_at=AT))

    assert by_rows(shop, "7") == 0
    assert told(shop, "7")["plan"] == ("gold", AT, 1, "shop", 0)

    shop.tell(shop.identify("7", AT - DAY, plan="tin", city="Oslo"))

    assert by_rows(shop, "7") == 4
    assert shop.history("7", "plan") == ["gold", "tin"]
    assert told(shop, "7") == {
        "city": ("Oslo", AT - DAY, 2, "shop", 0),
        "email": ("ada@x.test", AT, 1, "shop", 0),
        "plan": ("gold", AT, 1, "shop", 1),
        "tags": (["a"], AT, 1, "shop", 0),
    }
    assert shop.traits("7") == {"city": "Oslo", "email": "ada@x.test", "plan": "gold", "tags": ["a"]}


@pytest.mark.parametrize(
    ("traits", "rows"), [({"x": None}, 1), ({"x": 1, "y": "12"}, 2), ({"y": 12, "x": 1}, 0), ({}, 0)]
)
def test_what_is_taken_away_or_read_by_its_type_takes_its_rows(
    shop: Shop, traits: dict[str, Any], rows: int
) -> None:
    shop.publish(TRAIT, "y", {"name": "Y", "trait": "y", "type": "integer"})
    shop.tell(shop.identify("7", **traits))

    assert by_rows(shop, "7") == rows
    assert shop.traits("7") == {name: int(value) for name, value in traits.items() if value is not None}


def test_a_type_declared_later_reads_what_was_told_at_once(shop: Shop) -> None:
    shop.tell(shop.identify("7", age="41", plan="gold"), shop.identify("8", plan="tin"))
    shop.publish(TRAIT, "age", {"name": "Age", "trait": "age", "type": "integer"})

    assert shop.traits("7") == {"age": 41, "plan": "gold"}
    assert (by_rows(shop, "7"), by_rows(shop, "8")) == (2, 0)
    with shop.database.transaction() as tx:
        assert customers.merge(tx, BY, shop.id("7"), shop.id("8"))
    assert shop.traits("8") == {"age": 41, "plan": "tin"}


def test_who_was_told_of_at_once_merges_and_splits_like_anybody(shop: Shop) -> None:
    shop.tell(shop.identify("7", AT, name="Ada", plan="gold"), shop.identify("8", AT + DAY, plan="tin"))
    seven, eight = shop.id("7"), shop.id("8")
    with shop.database.transaction() as tx:
        shown = customers.preview_merge(tx, seven, eight)
        assert [(one.name, one.winner) for one in shown.contests] == [("name", "stays"), ("plan", "goes")]
        customers.merge(tx, BY, seven, eight)

    assert shop.traits("7") == shop.traits("8") == {"name": "Ada", "plan": "tin"}
    assert shop.history("7", "plan") == ["tin", "gold"]

    with shop.database.transaction() as tx:
        customers.split(tx, BY, seven, [eight])
    assert shop.traits("7") == {"name": "Ada", "plan": "gold"}
    assert shop.traits("8") == {"plan": "tin"}
    shop.tell(shop.identify("8", AT + 2 * DAY, plan="wood"))
    assert shop.history("8", "plan") == ["wood", "tin"]
