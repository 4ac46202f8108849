"""What is suggested to who writes a condition: from the data, in samples, and nothing personal to strangers."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars import channels, customers, events, insights, log, orders
from regulars.conditions import SOURCES
from regulars.db import Database
from regulars.insights import Choice
from regulars.kernel import NotFound
from regulars.wiring import KINDS

AT = datetime(2025, 3, 5, 12, tzinfo=UTC)
READERS = (customers.reader(), orders.READER, events.DISCOVERED)


def told(database: Database, new: list[log.NewEvent]) -> None:
    with database.transaction() as tx:
        log.append(tx, new)
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, one) for one in READERS], AT)
    sequencer.close()


def person(n: int) -> log.NewEvent:
    traits = {
        "email": f"p{n}@example.invalid",
        "plan": "gold" if n % 4 == 0 else "basic",
        "visits": n,
        "born": f"19{70 + n}-03-01",
        "address": {"city": "Bonn" if n < 5 else "Köln", "notes": {"called": True}},
        "likes": ["tea", "milk"] if n % 2 else ["tea"],
        "note": f"call +4930123456{n}",
    }
    return log.NewEvent(
        message_id=f"i{n}",
        name="identify",
        type="identify",
        occurred_at=AT,
        user_id=f"u{n}",
        properties=traits,
    )


def viewed(n: int) -> log.NewEvent:
    properties = {
        "price": n / 2,
        "product": {"category": "Tea", "sku": f"t{n}"},
        "asked_by": "ann@example.invalid",
    }
    return log.NewEvent(
        message_id=f"v{n}",
        name="Product Viewed",
        occurred_at=AT - timedelta(minutes=n),
        user_id=f"u{n % 8}",
        properties=properties,
        source="site",
    )


def test_traits_events_and_choices_come_from_the_data(database: Database) -> None:
    told(database, [*(person(n) for n in range(8)), *(viewed(n) for n in range(12))])
    with database.transaction() as tx:
        seen = insights.trait_suggestions(tx, sees_contacts=True)
        by_name = {one.name: one for one in seen.traits}
        assert seen.looked_at == 8
        assert by_name["plan"].values == (Choice(value="basic", count=6), Choice(value="gold", count=2))
        assert {name: one.type for name, one in by_name.items()}.items() >= {
            "visits": "number", "born": "date", "address.city": "text", "likes": "list",
            "address.notes.called": "boolean",
        }.items()  # fmt: skip
        assert [(one.value, one.count) for one in by_name["likes"].values] == [("tea", 8), ("milk", 4)]
        assert by_name["address.city"].share == 1.0
        assert len(by_name["email"].values) == 8

        strangers = insights.trait_suggestions(tx, sees_contacts=False)
        assert {one.name for one in strangers.traits if one.hidden} == {
            "email", "note", "address.city", "address.notes.called"
        }  # fmt: skip
        assert not any(
            "@" in str(c.value) or "4930" in str(c.value) for t in strangers.traits for c in t.values
        )

        assert [(one.name, one.count) for one in insights.event_suggestions(tx)] == [("Product Viewed", 12)]
        found = {
            one.name: one for one in insights.property_suggestions(tx, "Product Viewed", sees_contacts=False)
        }
        assert found["price"].type == "number" and found["price"].count == 12
        category = found["product.category"].seen
        assert category is not None and category.values == (Choice(value="Tea", count=12),)
        asked = found["asked_by"].seen
        assert asked is not None and asked.hidden and not asked.values


def test_every_source_offers_its_columns(database: Database) -> None:
    assert KINDS  # With them, the rooms' sources are registered.
    with database.transaction() as tx:
        orders.put_products(
            tx, [orders.Product(product_key=f"p{n}", category="Tea", brand="Leaf") for n in range(3)]
        )
        orders.put_stores(tx, [orders.Store(store_key="s1", name="Main street")], at=AT)
        for name, source in SOURCES.items():
            offered = insights.source_choices(tx, name, sees_contacts=True)
            assert [one.name for one in offered.columns] == list(source.columns), name
            assert not source.names or {one.value for one in offered.names} == set(source.names)
        lines = {
            one.name: one for one in insights.source_choices(tx, "order_line", sees_contacts=True).columns
        }
        assert lines["category"].values == (Choice(value="Tea", count=3),)
        assert lines["store"].values == (Choice(value="s1", count=0, title="Main street"),)
        reach = insights.source_choices(tx, "reach", sees_contacts=True).columns[0]
        assert {one.value for one in reach.values} >= {one.medium for one in channels.CHANNELS.values()}
        assert "email" in insights.choices(tx).channels
        with pytest.raises(NotFound, match="There is no source 'weather'"):
            insights.source_choices(tx, "weather", sees_contacts=True)
