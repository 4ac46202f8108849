"""Computed traits against the same figure counted by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from regulars import definitions
from regulars.db import Database
from regulars.kernel import Invalid
from tests.integration.customers.shop import AT, COMPUTING, SYSTEM, Shop

DAY = timedelta(days=1)
VIEWS = (("a", 1, "tea"), ("a", 2, "tea"), ("b", 4, "mug"), ("c", "8.5", "mug"))


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def view(shop: Shop, who: str, days_ago: int = 0, **properties: Any) -> Any:
    return shop.event(who, at=AT - days_ago * DAY, name="Product Viewed", properties=properties)


def viewed(shop: Shop) -> None:
    shop.tell(
        *(
            view(shop, "7", 10 * n, sku=sku, price=price, of={"kind": kind})
            for n, (sku, price, kind) in enumerate(VIEWS)
        )
    )


def compute(shop: Shop, key: str = "figure", **body: Any) -> str:
    given = {"name": "Figure", "of": "events", "event": "Product Viewed", **body}
    if given["of"] != "events":
        given.pop("event")
    return shop.publish(COMPUTING.kind, key, given)


@pytest.mark.parametrize(
    ("body", "figure"),
    [
        ({"measure": "count"}, 4),
        ({"measure": "sum", "value": "price"}, 15.5),
        ({"measure": "average", "value": "price"}, 3.875),
        ({"measure": "minimum", "value": "price"}, 1),
        ({"measure": "maximum", "value": "price"}, 8.5),
        ({"measure": "first", "value": "sku"}, "c"),
        ({"measure": "last", "value": "sku"}, "a"),
        ({"measure": "distinct", "value": "sku"}, 3),
        ({"measure": "most_frequent", "value": "sku"}, "a"),
        ({"measure": "count", "days": 15}, 2),
        ({"measure": "count", "where": [{"property": "of.kind", "value": "tea"}]}, 2),
        ({"measure": "count", "where": [{"property": "of.kind", "test": "differs", "value": "tea"}]}, 2),
        ({"measure": "count", "where": [{"property": "price", "test": "at_least", "value": 2}]}, 2),
        ({"measure": "count", "where": [{"property": "sku", "test": "one_of", "values": ["a", "c"]}]}, 3),
        ({"measure": "count", "where": [{"property": "nothing", "test": "exists"}]}, None),
    ],
)
def test_each_measure_is_what_one_counts_by_hand_at_publishing_and_as_it_arrives(
    shop: Shop, body: dict[str, Any], figure: object
) -> None:
    shop.tell(shop.identify("7", plan="gold"), shop.identify("8", plan="tin"))
    compute(shop, "fresh", **body)
    viewed(shop)
    compute(shop, "past", **body)

    expected = {} if figure is None else {"fresh": figure, "past": figure}
    assert shop.traits("7") == {"plan": "gold", **expected}
    assert shop.traits("8") == {"plan": "tin"}


def test_time_alone_lets_go_what_leaves_the_window(shop: Shop) -> None:
    viewed(shop)
    compute(shop, measure="count", days=15)
    for days, figure in ((4, 2), (5, 1), (15, None)):
        with shop.database.transaction() as tx:
            COMPUTING.refresh(tx, AT + days * DAY)
        assert shop.traits("7").get("figure") == figure


def test_archiving_takes_the_trait_away(shop: Shop) -> None:
    viewed(shop)
    compute(shop, measure="count")
    with shop.database.transaction() as tx:
        definitions.archive(tx, SYSTEM, COMPUTING.kind, "figure", at=AT)

    assert shop.traits("7") == {}


def test_orders_are_measured_once_whatever_reported_them(shop: Shop) -> None:
    spent = {"measure": "sum", "of": "orders", "value": "total"}
    compute(shop, "spent", **spent, where=[{"property": "currency", "value": "EUR"}])
    compute(shop, "bought", measure="count", of="orders")
    for revision, (key, total) in enumerate((("o1", 10), ("o2", 5.25), ("o1", 12))):
        told = {"order_id": key, "currency": "EUR", "total": total, "revision": revision}
        shop.tell(shop.event("7", name="Order Completed", properties=told))

    assert shop.traits("7") == {"spent": 17.25, "bought": 2}


def test_a_merge_adds_up_what_both_did(shop: Shop) -> None:
    compute(shop, measure="count")
    visitor = shop.event(None, anonymous_id="a1", name="Product Viewed", properties={})
    shop.tell(visitor, view(shop, "7"))
    shop.tell(
        shop.event("7", anonymous_id="a1", type="identify", name="identify", properties={"plan": "gold"})
    )

    assert shop.traits("7") == {"figure": 2, "plan": "gold"}


def test_a_preview_works_out_some_customers_and_changes_nothing(shop: Shop) -> None:
    viewed(shop)
    body = {"name": "Views", "measure": "count", "event": "Product Viewed"}
    with shop.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, COMPUTING.kind, "views", body, at=AT)
        preview = COMPUTING.kind.previewed(tx, definitions.get(tx, COMPUTING.kind, "views"), AT)

    assert preview.headline == "how many Product Viewed: 1 of the 1 seen last have it."
    assert preview.facts == (("7", "4"),)
    assert shop.traits("7") == {}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"measure": "sum"}, "value"),
        ({"measure": "count", "event": " "}, "event"),
        ({"measure": "count", "of": "nothing"}, "of"),
        ({"measure": "sum", "of": "orders", "value": "total"}, "where"),
        ({"measure": "count", "of": "orders", "value": "colour"}, "value"),
        ({"measure": "count", "days": 0}, "days"),
        ({"measure": "count", "where": [{"property": "a..b", "value": 1}]}, "where[0].property"),
        (
            {"measure": "count", "where": [{"property": "a", "test": "at_least", "value": "x"}]},
            "where[0].value",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_at_its_place(shop: Shop, body: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        compute(shop, **body)

    assert path in [finding.path for finding in refused.value.findings]


def test_names_and_values_of_a_definition_are_never_part_of_the_statement(shop: Shop) -> None:
    evil = "'); drop schema customers; --%s{}"
    shop.tell(shop.event("7", name=evil, properties={evil: evil}))
    compute(shop, event=evil, measure="last", value=evil, where=[{"property": evil, "value": evil}])

    assert shop.traits("7") == {"figure": evil}
