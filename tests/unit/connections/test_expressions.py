"""Expressions: what each operation makes of a payload, and what is said of a wrong one."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars.connections.expressions import Reading, Unmapped
from regulars.connections.paths import NOTHING, Scope

PAYLOAD = {
    "id": 820982911946154508,
    "total": "403.00",
    "price": Decimal("0.1"),
    "empty": "",
    "blank": "  ",
    "name": "  Ada ",
    "yes": "true",
    "guest": 0,
    "status": "paid",
    "tags": "gift, first order,",
    "gmt": "2026-03-01T12:00:00",
    "local": "2026-03-01T12:00:00+01:00",
    "unix": 1772366400,
    "millis": 1772366400000,
    "lines": [{"price": "8.90", "quantity": 2, "off": [{"a": "1.78"}]}, {"price": "27.00", "quantity": 1}],
    "bad": [{"price": "8.90"}, {"price": "free"}, {"price": None}],
    "object": {},
}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def made(plain: Any, payload: Any = PAYLOAD) -> Any:
    reading = Reading()
    value = reading.expression(plain, "here")
    assert reading.findings == []
    return value(Scope(payload=payload, headers={"x-shop": "north"}))


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("plain", "plain"),
        (5, 5),
        (True, True),
        (1.5, Decimal("1.5")),
        (None, NOTHING),
        ("$.id", 820982911946154508),
        ({"text": "$.id"}, "820982911946154508"),
        ({"text": "guest:{$.id}"}, "guest:820982911946154508"),
        ({"text": "{$header.x-shop}/{$.status}"}, "north/paid"),
        ({"text": "{$.nowhere}/x"}, NOTHING),
        ({"text": "{$.empty}/x"}, NOTHING),
        ({"first": ["$.nowhere", "$.empty", "$.status"]}, "paid"),
        ({"first": ["$.nowhere"]}, NOTHING),
        ({"money": "$.total"}, Decimal("403.00")),
        ({"money": "$.price"}, Decimal("0.1")),
        ({"money": "$.empty"}, NOTHING),
        ({"money": "$.nowhere"}, NOTHING),
        ({"number": "$.total"}, 403),
        ({"time": "$.gmt"}, NOON),
        ({"time": "$.gmt", "zone": "Europe/Berlin"}, datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ({"time": "$.local", "zone": "America/New_York"}, datetime(2026, 3, 1, 11, tzinfo=UTC)),
        ({"time": "$.unix"}, NOON),
        ({"time": "$.millis"}, NOON),
        ({"bool": "$.yes"}, True),
        ({"bool": 0}, False),
        ({"trim": "$.name"}, "Ada"),
        ({"trim": "$.blank"}, NOTHING),
        ({"lower": "$.name"}, "ada"),
        ({"upper": "$.status"}, "PAID"),
        ({"words": "$.tags"}, ["gift", "first order"]),
        ({"constant": "$5 off"}, "$5 off"),
        ({"constant": [1, {"a": 2}]}, [1, {"a": 2}]),
        ({"sum": "$.lines[*].quantity"}, Decimal(3)),
        ({"sum": "$.nowhere[*].quantity"}, NOTHING),
        ({"sum": ["$.total", "$.nowhere", 1]}, Decimal("404.00")),
        ({"subtract": ["$.total", {"sum": "$.lines[*].quantity"}]}, Decimal("400.00")),
        ({"subtract": ["$.total", "$.nowhere"]}, Decimal("403.00")),
        ({"multiply": ["$.price", 3]}, Decimal("0.3")),
        ({"multiply": ["$.price", "$.nowhere"]}, NOTHING),
        ({"negative": "$.total"}, Decimal("-403.00")),
        ({"lookup": "$.status", "in": {"paid": "yes"}}, "yes"),
        ({"lookup": "$.guest", "in": {"1": "yes"}, "else": "no"}, "no"),
        ({"lookup": "$.nowhere", "in": {"1": "yes"}}, NOTHING),
        ({"except": [0], "of": "$.guest"}, NOTHING),
        ({"except": [0], "of": "$.status"}, "paid"),
        ({"unless": "$.nowhere", "then": "guest"}, "guest"),
        ({"unless": "$.id", "then": "guest"}, NOTHING),
        ({"all": ["$.status", "$.nowhere", 1]}, ["paid", 1]),
        ({"object": {"a": "$.status", "b": "$.nowhere"}}, {"a": "paid"}),
        (
            {
                "each": "$.lines",
                "to": {
                    "object": {
                        "total": {
                            "subtract": [
                                {"multiply": ["$item.price", "$item.quantity"]},
                                {"sum": "$item.off[*].a"},
                            ]
                        }
                    }
                },
            },
            [{"total": Decimal("16.02")}, {"total": Decimal("27.00")}],
        ),
        ({"each": "$.nowhere", "to": "$item"}, []),
    ],
)
def test_an_expression_makes_this(plain: Any, expected: Any) -> None:
    assert made(plain) == expected


@pytest.mark.parametrize(
    ("plain", "path", "code"),
    [
        ({"money": "$.status"}, "$.status", "mapping.money"),
        ({"money": "$.lines"}, "$.lines", "mapping.money"),
        ({"number": "$.name"}, "$.name", "mapping.number"),
        ({"time": "$.status"}, "$.status", "mapping.time"),
        ({"bool": "$.status"}, "$.status", "mapping.bool"),
        ({"text": "no {$.lines}"}, "$.lines", "mapping.text"),
        ({"required": "$.nowhere"}, "$.nowhere", "mapping.missing"),
        ({"required": {"trim": "$.blank"}}, "$.blank", "mapping.missing"),
        ({"each": "$.status", "to": "$item"}, "$.status", "mapping.list"),
        ({"sum": "$.bad[*].price"}, "$.bad[*].price", "mapping.number"),
        (
            {"each": "$.bad", "to": {"object": {"p": {"money": "$item.price"}}}},
            "$.bad[1].price",
            "mapping.money",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(plain: Any, path: str, code: str) -> None:
    with pytest.raises(Unmapped) as raised:
        made(plain)

    assert [(one.path, one.code) for one in raised.value.findings] == [(path, code)]


def test_a_list_gone_through_within_itself_ends_early() -> None:
    deep: Any = "$item"
    for _ in range(8):
        deep = {"each": "$.many", "to": deep}

    with pytest.raises(Unmapped) as raised:
        Reading().expression(deep, "here")(Scope(payload={"many": list(range(2_000))}, headers={}))

    assert raised.value.findings[0].code == "mapping.too_many"
    assert len(raised.value.findings) < 10_000


def test_a_product_beyond_all_numbers_is_told() -> None:
    deep: Any = "$.large"
    for _ in range(14):
        deep = {"multiply": [deep] * 2}

    with pytest.raises(Unmapped) as raised:
        Reading().expression({"multiply": [deep, deep]}, "here")(
            Scope(payload={"large": Decimal("9e14")}, headers={})
        )

    assert raised.value.findings[0].code in ("mapping.number", "mapping.too_many")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Unmapped) as raised:
        made({"object": {"a": {"money": "$.status"}, "b": {"time": "$.name"}, "c": "$.id"}})

    assert [one.path for one in raised.value.findings] == ["$.status", "$.name"]


@pytest.mark.parametrize(
    "amount", ["1e5", "NaN", "Infinity", "1,50", "0x10", "12.30 EUR", "9" * 40, "--1", "1_000"]
)
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(Unmapped):
        made({"money": "$.x"}, {"x": amount})


@pytest.mark.parametrize(
    ("plain", "path"),
    [
        ("$.a b", "here"),
        ({"nonsense": 1}, "here"),
        ({}, "here"),
        ([1], "here"),
        ({"money": "$.a", "zone": "UTC"}, "here"),
        ({"time": "$.a", "zone": "Mars/Base"}, "here.time"),
        ({"text": "{$.a"}, "here.text"),
        ({"text": "{a}"}, "here.text"),
        ({"first": []}, "here.first"),
        ({"first": ["$.a", "$b"]}, "here.first[1]"),
        ({"each": "lines", "to": 1}, "here.each"),
        ({"each": "$.lines", "to": {"object": {"a": "$item..b"}}}, "here.to.object.a"),
        ({"lookup": "$.a"}, "here.lookup"),
        ({"object": 5}, "here.object"),
    ],
)
def test_a_wrong_expression_is_found_at_its_place(plain: Any, path: str) -> None:
    reading = Reading()

    reading.expression(plain, "here")

    assert [finding.path for finding in reading.findings] == [path]


def test_expressions_are_not_nested_without_end() -> None:
    plain: Any = "$.a"
    for _ in range(200):
        plain = {"trim": plain}
    reading = Reading()

    reading.expression(plain, "here")

    assert len(reading.findings) == 1 and "deep" in reading.findings[0].message
