"""A sieve finds in a text exactly what the expression for one value finds there, however many values there are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import Sieve, narrowed, pattern_of

VALUES = [
    "ann@shop.de",
    "jo.ann@shop.de",
    "shopper-12",
    "12",
    "+4915199887766",
    "müller@straße.de",
    "auth0|5f7c31",
    "nanna@shop.de",
    "------",
    'quo"te-7',
]
MANY = [*VALUES, *(f"shopper-{number}" for number in range(100, 200))]
PIECES = st.sampled_from(
    [*VALUES, "ann%40shop.de", "SHOPPER-12", "ann", "@", "shop.de", "\\n", "\\", "%3D", "%", " ", ".", "-", "_", "x",
     '"userId": ', '"userId":"', '"', ",", "}", "/", "é", "„", "&quot;", "\\u00fc", "shopper-150"]
)  # fmt: skip


def plainly(text: str, values: list[str]) -> list[str]:
    told = [pattern_of([value]).replace("[:alnum:]", r"\w") for value in values]
    return [
        value for value, pattern in zip(values, told, strict=True) if re.search(pattern, text, re.IGNORECASE)
    ]


@given(st.lists(PIECES, max_size=8).map("".join))
def test_it_finds_what_the_expressions_find(text: str) -> None:
    assert Sieve(VALUES).named(text) == plainly(text, VALUES)
    assert set(Sieve(MANY).named(text)) == set(plainly(text, MANY))


@pytest.mark.parametrize("values", [[], ["  "]])
def test_nobody_is_found_by_nothing(values: list[str]) -> None:
    assert Sieve(values).named("anything  at all") == []


def test_of_a_payload_stays_what_concerns_the_person() -> None:
    batch = '{"batch": [{"userId": "shopper-12", "cc": ["eva@shop.de", "ann@shop.de"]}, {"mail": "bob@shop.de"}], "n": 2}'
    kept = narrowed(batch, ["ann@shop.de", "shopper-12"])
    assert kept == '{"batch": [{"userId": "shopper-12", "cc": ["ann@shop.de"]}], "n": 2}'

    order = '{"mail": "ann@shop.de", "clerk": "call +49 30 1234567", "lines": [{"sku": "a"}, {"sku": "b"}]}'
    kept = narrowed(order, ["ann@shop.de"])
    assert kept == (
        '{"mail": "ann@shop.de", "clerk": "call (somebody else\'s)", "lines": [{"sku": "a"}, {"sku": "b"}]}'
    )

    rows = "id,mail\n1,eva@shop.de\n2,ann@shop.de;bob@shop.de\n"
    assert narrowed(rows, ["ann@shop.de"]) == "2,ann@shop.de;(somebody else's)"
    assert narrowed(None, ["ann@shop.de"]) is None
