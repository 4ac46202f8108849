"""Sentences: that they read, and that no two questions read alike."""

import json
from typing import Any

import pytest

import regulars.conditions.facts  # noqa: F401 - registers the sources that are always there
from regulars.conditions import figure_words, headline, parse, plain, sentence
from tests.unit.conditions.chance_conditions import Chance

VIEWED = {"is": "measured", "of": "event", "name": "Product Viewed"}
TEA = {"property": "category", "value": "Tea"}
USD = {"property": "currency", "value": "USD"}
LAST_30 = {"is": "last", "days": 30}
AB = {"steps": [{"name": "A"}, {"name": "B"}], "within_hours": 48}
LINE = {"is": "measured", "of": "order_line"}
ORDER = {"is": "measured", "of": "order"}
SAID = [
    (
        VIEWED | {"value": 3, "window": LAST_30, "where": [{"property": "price", "test": "more_than", "value": 100}]},
        "did “Product Viewed” at least 3 times in the last 30 days where price is more than 100",
    ),
    (LINE | {"where": [TEA], "window": {"is": "last", "days": 90}},
     "bought a product whose category is “Tea” in the last 90 days"),
    (LINE | {"where": [TEA], "value": 3}, "bought at least 3 products whose category is “Tea”"),
    ({"is": "not", "condition": LINE | {"where": [TEA]}}, "never bought a product whose category is “Tea”"),
    (VIEWED | {"comparison": "exactly", "value": 0}, "never did “Product Viewed”"),
    (VIEWED | {"comparison": "less_than", "value": 2}, "did “Product Viewed” less than 2 times"),
    (ORDER | {"figure": "sum", "property": "total_minor", "where": [USD], "value": 5000, "window": LAST_30},
     "has a total value of at least 50.00 USD over orders in the last 30 days"),
    (VIEWED | {"figure": "average", "property": "price", "comparison": "less_than", "value": 2.5},
     "has an average price of less than 2.5 over “Product Viewed”"),
    (LINE | {"figure": "distinct", "property": "category", "value": 3},
     "has at least 3 different values of category over products"),
    (LINE | {"figure": "days_since_last", "where": [TEA], "comparison": "more_than", "value": 45},
     "last bought a product whose category is “Tea”, more than 45 days ago"),
    ({"is": "sequence", **AB}, "did “A” and then “B” within 2 days"),
    ({"is": "sequence", **AB, "window": LAST_30}, "did “A” and then “B” within 2 days, beginning in the last 30 days"),
    ({"is": "sequence", "steps": [{"name": "A"}, {"of": "order"}, {"name": "B"}], "within_hours": 5},
     "did “A” and then placed an order and then did “B” each within 5 hours"),
    ({"is": "not_followed", "first": {"name": "Checkout Started"}, "then": {"of": "order"}, "within_hours": 1},
     "did “Checkout Started” and no order within 1 hour after it"),
    ({"is": "off_rhythm", "times": 2}, "has not bought for more than 2 times their usual gap (seen in at least 3 orders)"),
    ({"is": "trait_number", "trait": "age", "comparison": "at_least", "value": 18}, "age is at least 18"),
    ({"is": "trait_text", "trait": "email", "how": "ends_with", "value": ".org"}, "email ends with “.org”"),
    ({"is": "trait_has", "trait": "likes", "values": ["tea", "rum"]}, "likes has one of “tea”, “rum”"),
    ({"is": "trait_date", "trait": "ends", "how": "in_next", "days": 30}, "ends is today or in the next 30 days"),
    ({"is": "anniversary", "trait": "birthday"}, "has an anniversary of their birthday today"),
    ({"is": "not", "condition": {"is": "trait_exists", "trait": "e-mail"}}, "has no e-mail"),
    ({"is": "not", "condition": {"is": "reachable", "channel": "email"}}, "cannot be reached by email"),
    ({"is": "in_stage", "approach": "lifecycle", "stages": ["new", "lapsed"]},
     "is in one of the stages “new”, “lapsed” of “lifecycle”"),
    ({"is": "bucket", "salt": "x", "below": 250}, "is in the random 2.5 % from 0 to below 250 of “x”"),
    ({"is": "has_been", "condition": {"is": "in_segment", "segment": "tea"}, "days": 30},
     "has been in the segment “tea” for the last 30 days without a break"),
    ({"is": "has_been", "condition": {"is": "consented", "channel": "email"}, "days": 1},
     "for the last 1 day without a break: agreed to email"),
    (VIEWED | {"window": {"is": "calendar", "unit": "month", "back": 1}},
     "did “Product Viewed” in the month before this one"),
    (VIEWED | {"window": {"is": "since", "trait": "contract_start"}}, "did “Product Viewed” since their contract_start"),
    ({"is": "trait_equals", "trait": "note", "value": "a” or “b"}, "note is “a\\” or \\“b”"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), SAID)
def test_a_condition_reads_as_plain_english(data: dict[str, Any], words: str) -> None:
    condition = parse(data)

    assert sentence(condition) == words
    assert parse(json.loads(json.dumps(plain(condition)))) == condition


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"is": "all", "conditions": []}, "Everybody"),
        (LINE, "Everybody who bought a product"),
        ({"is": "trait_equals", "trait": "city", "value": "Łódź"}, "Everybody whose city is “Łódź”"),
        ({"is": "trait_exists", "trait": "email"}, "Everybody who has an email"),
        ({"is": "not", "condition": {"is": "trait_equals", "trait": "vip", "value": True}}, "Everybody whose vip is not yes"),
        ({"is": "not", "condition": {"is": "off_rhythm", "times": 2}}, "Everybody of whom this holds: not (has not"),
    ],
)  # fmt: skip
def test_the_headline_says_whom_it_is_about(data: dict[str, Any], words: str) -> None:
    assert headline(parse(data)).startswith(words)


def test_no_two_questions_read_alike() -> None:
    chance = Chance(5)
    said: dict[str, str] = {}
    for _ in range(8_000):
        condition = parse(chance.condition())
        meaning = json.dumps(normal(plain(condition)), sort_keys=True)
        assert said.setdefault(sentence(condition), meaning) == meaning, sentence(condition)

    assert len(said) > 4_000


NEVER = {"comparison": "exactly", "value": 0}


def normal(data: Any) -> Any:  # noqa: PLR0911 - one case a form
    """One form for what asks the same: groups of one, none of something said in several ways, 1 and 1.0."""
    if isinstance(data, list | tuple):
        return [normal(one) for one in data]
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if not isinstance(data, dict):
        return data
    made = {key: normal(value) for key, value in data.items()}
    match made:
        case {"is": "all" | "any", "conditions": [only]}:
            return only
        case {"is": "any", "conditions": []}:
            return {"is": "not", "condition": {"is": "all", "conditions": []}}
        case {"is": "not", "condition": {"is": "order_count", "comparison": "at_least", "number": 1}}:
            return made["condition"] | {"comparison": "exactly", "number": 0}
        case {"is": "order_count", "comparison": "at_most", "number": 0}:
            return made | {"comparison": "exactly"}
        case {"is": "trait_date", "how": "in_last" | "in_next", "days": 0}:
            return made | {"how": "today"}
        case {"is": "not", "condition": {"is": "measured", "figure": "count", **rest}} if counted(rest):
            return made["condition"] | NEVER
        case {"is": "measured" | "sequence" | "not_followed"} | {"property": _} | {"where": _}:
            return facts(made)
    return made


def counted(rest: dict[str, Any]) -> bool:
    return rest.get("comparison", "at_least") == "at_least" and rest.get("value", 1) == 1


def facts(made: dict[str, Any]) -> dict[str, Any]:
    if made.get("is") == "measured":
        made = {"comparison": "at_least", "value": 1, "figure": "count", "name": "", "property": "", **made}
        if made["figure"] == "count" and made["comparison"] == "at_most" and made["value"] == 0:
            made |= NEVER
    if "where" in made:
        kept = {json.dumps(one, sort_keys=True): one for one in made["where"]}
        made = made | {"where": [kept[key] for key in sorted(kept)]}
    return made


@pytest.mark.parametrize(
    ("data", "figure", "words"),
    [
        (VIEWED, 1, "1 event"),
        (VIEWED, 1200, "1,200 events"),
        (ORDER | {"figure": "sum", "property": "total_minor", "where": [USD]}, 5000, "50.00 USD"),
        (VIEWED | {"figure": "days_since_last"}, None, "never"),
        (VIEWED | {"figure": "days_since_last"}, 2.54, "2.5 days ago"),
        (VIEWED | {"figure": "minimum", "property": "price"}, None, "nothing"),
        ({"is": "trait_equals", "trait": "city", "value": "x"}, "y", "“y”"),
        ({"is": "trait_has", "trait": "city", "values": ["x"]}, ["y"], "['y']"),
        ({"is": "trait_exists", "trait": "city"}, None, "not known"),
        ({"is": "in_segment", "segment": "x"}, True, "in"),
        ({"is": "bucket", "salt": "x", "below": 5}, 1234, "bucket 1,234"),
        ({"is": "has_been", "condition": {"is": "trait_exists", "trait": "x"}, "days": 3}, 1.5, "so for 1.5 days"),
        ({"is": "sequence", **AB}, 0, "did not happen"),
        ({"is": "not", "condition": VIEWED}, None, None),
    ],
)  # fmt: skip
def test_the_figure_of_a_leaf_is_said_in_words(data: dict[str, Any], figure: Any, words: str | None) -> None:
    assert figure_words(parse(data), figure) == words
