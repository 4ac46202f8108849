"""Conditions on places inside traits, and on computed ones."""

from collections.abc import Iterator

import pytest

from regulars.conditions import TraitEquals, TraitExists, matching
from regulars.db import Database
from tests.integration.customers.shop import AT, COMPUTING, Shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def test_a_condition_asks_of_a_place_inside_a_trait_of_a_name_with_a_point_and_of_a_computed_trait(
    shop: Shop,
) -> None:
    body = {"name": "Views", "measure": "count", "event": "Product Viewed"}
    shop.publish(COMPUTING.kind, "views", body)
    shop.tell(
        shop.identify("1", address={"city": "Oslo"}),
        shop.identify("2", **{"address.city": "Oslo"}),
        shop.identify("3", address="Oslo"),
        shop.event("3", name="Product Viewed"),
    )

    asked = {
        TraitEquals(trait="address.city", value="Oslo"): ["1", "2"],
        TraitExists(trait="address.zip"): [],
        TraitEquals(trait="views", value=1): ["3"],
    }
    for condition, who in asked.items():
        with shop.database.transaction() as tx:
            assert matching(tx, condition, AT) == [shop.id(one) for one in who]
