"""Groups and households as events tell them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from regulars import customers
from regulars.access import Actor
from regulars.db import Database
from regulars.kernel import Invalid, NotFound
from tests.integration.customers.shop import AT, Shop

EDITOR = Actor(person_id=1, name="Ada Byron", level=4, function="marketing", scope=None, via="api")
DAY = timedelta(days=1)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def groups_of(shop: Shop, user_id: str) -> list[tuple[str, str, int]]:
    with shop.database.transaction() as tx:
        return [(g.type, g.title, g.members) for g in customers.groups_of(tx, shop.id(user_id))]


def test_a_group_call_tells_of_the_group_and_who_belongs_to_it(shop: Shop) -> None:
    shop.tell(
        shop.group("7", "acme", name="Acme", plan="gold"),
        shop.group("8", "acme", AT - DAY, name="Old", size=4),
        shop.group("7", "h1", type="household"),
    )

    assert groups_of(shop, "7") == [("account", "Acme", 2), ("household", "h1", 1)]
    with shop.database.transaction() as tx:
        found = customers.group(tx, "account", "acme")
        assert found.traits == {"name": "Acme", "plan": "gold", "size": 4}
        assert [one.key for one in customers.groups(tx, search="ACM").items] == ["acme"]
        assert [one.customer_id for one in customers.group_members(tx, found.group_id).items] == sorted(
            [shop.id("7"), shop.id("8")]
        )


def test_leaving_is_the_last_word_by_occurrence_whatever_came_first(shop: Shop) -> None:
    left = shop.event("7", at=AT + DAY, name="Group Left", properties={"group_id": "acme"})
    shop.tell(left)
    shop.tell(shop.group("7", "acme"))
    assert groups_of(shop, "7") == []

    shop.tell(shop.group("7", "acme", AT + 2 * DAY))
    assert groups_of(shop, "7") == [("account", "acme", 1)]


def test_a_merged_person_belongs_once(shop: Shop) -> None:
    group: dict[str, Any] = {"type": "group", "name": "group", "context": {"groupId": "acme"}}
    shop.tell(shop.event(None, anonymous_id="a1", **group), shop.event("7", **group))
    assert groups_of(shop, "7") == [("account", "acme", 2)]

    shop.tell(shop.event("7", anonymous_id="a1", name="Product Viewed"))
    assert groups_of(shop, "7") == [("account", "acme", 1)]


def test_groups_are_put_joined_and_left_by_hand(shop: Shop) -> None:
    shop.tell(shop.identify("7", plan="gold"))
    with shop.database.transaction() as tx:
        customers.put_group(tx, EDITOR, "household", "h1", {"name": "The Limas"}, at=AT)
        customers.add_to_group(tx, EDITOR, "household", "h1", [shop.id("7")], at=AT)
    shop.read()
    assert groups_of(shop, "7") == [("household", "The Limas", 1)]

    with shop.database.transaction() as tx:
        customers.remove_from_group(tx, EDITOR, "household", "h1", shop.id("7"), at=AT + DAY)
    shop.read()
    assert groups_of(shop, "7") == []
    with pytest.raises(NotFound), shop.database.transaction() as tx:
        customers.group(tx, "household", "h2")
    with pytest.raises(Invalid), shop.database.transaction() as tx:
        customers.put_group(tx, EDITOR, "a/b", "", {}, at=AT)
