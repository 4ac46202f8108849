"""Reading a condition from its JSON form, and saying it in words."""

import msgspec
import pytest

from regulars.conditions import (
    EVERYBODY,
    All,
    Any,
    Between,
    Condition,
    DaysSinceLastOrder,
    Last,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    parse,
    plain,
    sentence,
)
from regulars.kernel import Invalid

TWICE = OrderCount(comparison="at_least", number=2, window=Last(days=90))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (TWICE, "bought at least 2 times in the last 90 days"),
        (OrderCount(comparison="exactly", number=0), "never bought"),
        (OrderCount(comparison="at_most", number=0, window=Last(days=1)), "did not buy in the last 1 day"),
        (OrderCount(comparison="at_least", number=1), "bought at least once"),
        (OrderSum(comparison="at_least", minor=12050, currency="USD"), "spent at least 120.50 USD"),
        (
            OrderSum(comparison="at_most", minor=100, currency="JPY", window=Between(near=28, far=56)),
            "spent at most 100 JPY between 28 and 56 days ago",
        ),
        (DaysSinceLastOrder(comparison="less_than", days=28), "last bought less than 28 days ago"),
        (
            Returned(within_days=28, after_days=56),
            "came back in the last 28 days after at least 56 days without buying",
        ),
        (EVERYBODY, "everybody"),
        (Not(condition=TraitExists(trait="email")), "has no email"),
        (
            All(conditions=(Any(conditions=(TWICE, TraitEquals(trait="vip", value=True))), TWICE)),
            "(bought at least 2 times in the last 90 days or vip is yes)"  # noqa: ISC004
            " and bought at least 2 times in the last 90 days",
        ),
        (TraitIn(trait="city", values=("Łódź", 3)), "city is one of “Łódź”, 3"),
    ],
)
def test_a_condition_reads_as_a_sentence_and_survives_its_json_form(condition: Condition, words: str) -> None:
    again = parse(msgspec.json.decode(msgspec.json.encode(plain(condition))))

    assert sentence(condition) == words
    assert again == condition


def test_every_error_is_given_with_its_path() -> None:
    wrong = {
        "is": "any",
        "conditions": [
            {"is": "order_count", "comparison": "less", "number": -1, "window": {"is": "last"}},
            {"is": "bought"},
            {"is": "all", "conditions": "x"},
            {"is": "not", "condition": {"is": "trait_equals", "trait": "", "value": [1]}},
            {"is": "returned", "within_days": 28, "after_days": 7},
            {"is": "order_count", "comparison": "at_least", "number": True, "extra": 1},
            {"is": "order_sum", "comparison": "at_least", "minor": 1, "currency": "usd"},
            {
                "is": "order_count",
                "comparison": "at_least",
                "number": 1,
                "window": {"is": "between", "near": 9, "far": 3},
            },
            7,
        ],
    }

    with pytest.raises(Invalid) as caught:
        parse(wrong)

    assert [finding.path for finding in caught.value.findings] == [
        "conditions[0].comparison",
        "conditions[0].number",
        "conditions[0].window.days",
        "conditions[1].is",
        "conditions[2].conditions",
        "conditions[3].condition.trait",
        "conditions[3].condition.value",
        "conditions[4].after_days",
        "conditions[5].extra",
        "conditions[5].number",
        "conditions[6].currency",
        "conditions[7].window",
        "conditions[8]",
    ]


def nested(levels: int) -> dict[str, object]:
    made: dict[str, object] = {"is": "trait_exists", "trait": "email"}
    for _ in range(levels - 1):
        made = {"is": "not", "condition": made}
    return made


def test_conditions_nest_32_levels_and_no_further() -> None:
    parse(nested(32))

    with pytest.raises(Invalid) as caught:
        parse(nested(33))

    (finding,) = caught.value.findings
    assert finding.code == "conditions.too_deep"
    assert finding.path == ".".join(["condition"] * 32)


def test_very_deep_input_is_refused_and_breaks_nothing() -> None:
    with pytest.raises(Invalid):
        parse(nested(100_000))


@pytest.mark.parametrize("value", ["\0", "\ud800", float("nan"), float("inf"), None, {}])
def test_a_value_that_cannot_be_stored_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        parse({"is": "trait_equals", "trait": "a", "value": value})


def test_more_questions_than_a_statement_holds_are_refused():
    leaf = {"is": "days_since_last_order", "comparison": "at_least", "days": 1}
    many = {"is": "any", "conditions": [leaf | {"days": n} for n in range(1, 202)]}

    with pytest.raises(Invalid) as told:
        parse(many)

    assert [finding.code for finding in told.value.findings] == ["conditions.too_many"]
    assert parse({"is": "any", "conditions": many["conditions"][:200]})
