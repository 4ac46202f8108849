"""Order events at the door: amounts as texts are numbers, what is no amount is refused with its place."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars import events
from regulars.events import Reception, Refusal
from regulars.log import NewEvent

AT = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = {
    "order_id": "o-1",
    "currency": "usd",
    "total": "12.30",
    "products": [
        {"product_id": "tea", "quantity": "2", "price": " 6.15 "},
        {"product_id": "cup", "total": 0},
    ],
}


def read(properties: dict[str, Any], name: str = "Order Completed") -> NewEvent | Refusal:
    item = {"type": "track", "event": name, "userId": "u1", "messageId": "m1", "properties": properties}
    return events.read(item, Reception(source="shop", received_at=AT))


def test_amounts_that_come_as_texts_are_exact_numbers() -> None:
    found = read(ORDER)
    assert isinstance(found, NewEvent)
    assert found.properties["total"] == Decimal("12.30")
    first, second = found.properties["products"]
    assert (first["quantity"], first["price"], second["total"]) == (Decimal(2), Decimal("6.15"), 0)
    assert ORDER["total"] == "12.30"  # What was handed in is not changed.


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"total": "$12.30"}, "properties.total"),
        ({"tax": "1,20"}, "properties.tax"),
        ({"total": "1e400"}, "properties.total"),
        ({"products": [{"price": 1}, {"price": "a lot"}]}, "properties.products[1].price"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_place(change: dict[str, Any], path: str) -> None:
    found = read(ORDER | change)
    assert isinstance(found, Refusal)
    assert (found.code, found.path) == ("events.not_an_amount", path)


def test_other_events_may_say_what_they_like() -> None:
    assert isinstance(read({"total": "a lot"}, "Cart Viewed"), NewEvent)
