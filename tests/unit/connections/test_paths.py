"""Paths into payloads."""

from decimal import Decimal

import pytest

from regulars.connections.paths import NOTHING, BadPath, Scope, read_path

PAYLOAD = {
    "id": 7,
    "customer": {"e-mail": "a@b.invalid", "none": None},
    "lines": [{"sku": "A", "tax": [1, 2]}, {"sku": "B", "tax": [3]}, {"n": 1}],
    "meta": [{"key": "vat", "value": "DE1"}, {"key": "flag", "value": True}],
    "odd name": {"x.y": 1},
}


def got(path: str, item: object = NOTHING) -> object:
    return read_path(path).get(Scope(payload=PAYLOAD, headers={"x-topic": "t"}, item=item))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.id", 7),
        ("$.customer.e-mail", "a@b.invalid"),
        ("$.customer.none", NOTHING),
        ("$.customer.more.deep", NOTHING),
        ("$.lines[0].sku", "A"),
        ("$.lines[-1].n", 1),
        ("$.lines[9].sku", NOTHING),
        ("$.lines[*].sku", ["A", "B"]),
        ("$.lines[*].tax[*]", [1, 2, 3]),
        ("$.nothing[*].sku", NOTHING),
        ("$.meta[key=vat].value", "DE1"),
        ("$.meta[key=other].value", NOTHING),
        ('$["odd name"]["x.y"]', 1),
        ("$header.X-Topic", "t"),
        ("$header.other", NOTHING),
        ("$.id.deeper", NOTHING),
    ],
)
def test_a_path_gives_what_stands_there_or_nothing(path: str, found: object) -> None:
    assert got(path) == found


def test_an_item_is_looked_into_by_its_own_root() -> None:
    assert got("$item.price", {"price": Decimal("1.10")}) == Decimal("1.10")


@pytest.mark.parametrize(
    "path",
    ["", "id", "$id", "$..id", "$.a b", "$.lines[", "$.lines[x]", "$header", "$header.a.b", "$.a" * 30],
)
def test_a_path_that_cannot_be_read_says_so(path: str) -> None:
    with pytest.raises(BadPath):
        read_path(path)


def test_a_place_names_the_number_of_the_item() -> None:
    scope = Scope(payload=PAYLOAD, headers={}).at(2, {}, "$.lines")

    assert read_path("$item.price").shown(scope) == "$.lines[2].price"
