"""An example of every node and window in its JSON form, for the reference and whoever writes the first."""

from typing import Any as Anything

TEA = {"property": "category", "value": "Tea"}
DOLLARS = {"property": "currency", "value": "USD"}

EXAMPLES: tuple[dict[str, Anything], ...] = (
    {"is": "order_count", "comparison": "at_least", "number": 2, "window": {"is": "last", "days": 90}},
    {"is": "order_sum", "comparison": "at_least", "minor": 12050, "currency": "USD"},
    {"is": "days_since_last_order", "comparison": "at_least", "days": 60},
    {"is": "days_since_first_order", "comparison": "less_than", "days": 28},
    {"is": "returned", "within_days": 28, "after_days": 56},
    {"is": "off_rhythm", "times": 2, "orders": 3},
    {
        "is": "measured",
        "of": "event",
        "name": "Product Viewed",
        "where": [{"property": "price", "test": "more_than", "value": 100}],
        "window": {"is": "last", "days": 30},
        "value": 3,
    },
    {"is": "measured", "of": "order_line", "where": [TEA], "window": {"is": "last", "days": 90}},
    {
        "is": "measured",
        "of": "order",
        "figure": "average",
        "property": "total_minor",
        "where": [DOLLARS],
        "value": 5000,
    },
    {
        "is": "measured",
        "of": "order_line",
        "figure": "distinct",
        "property": "category",
        "window": {"is": "calendar", "unit": "year"},
        "value": 3,
    },
    {
        "is": "measured",
        "of": "order_line",
        "figure": "days_since_last",
        "where": [TEA],
        "comparison": "more_than",
        "value": 45,
    },
    {
        "is": "measured",
        "of": "event",
        "name": "Product Viewed",
        "comparison": "exactly",
        "value": 0,
        "window": {"is": "since", "trait": "contract_start"},
    },
    {
        "is": "sequence",
        "steps": [{"name": "Product Viewed"}, {"of": "order"}],
        "within_hours": 48,
        "window": {"is": "last", "days": 30},
    },
    {
        "is": "not_followed",
        "first": {"name": "Checkout Started"},
        "then": {"of": "order"},
        "within_hours": 2,
        "window": {"is": "last_hours", "hours": 12},
    },
    {"is": "trait_exists", "trait": "city"},
    {"is": "trait_equals", "trait": "city", "value": "Łódź"},
    {"is": "trait_in", "trait": "address.country", "values": ["PL", "DE"]},
    {"is": "trait_number", "trait": "age", "comparison": "at_least", "value": 18},
    {"is": "trait_text", "trait": "email", "how": "ends_with", "value": "@example.org"},
    {"is": "trait_has", "trait": "interests", "values": ["tea", "coffee"]},
    {"is": "trait_date", "trait": "contract_end", "how": "in_next", "days": 30},
    {"is": "anniversary", "trait": "birthday", "days": 7},
    {"is": "identified", "kind": "email"},
    {"is": "consented", "channel": "email", "topic": "news"},
    {"is": "wished", "wish": "less_often"},
    {"is": "reachable", "channel": "email"},
    {"is": "in_segment", "segment": "tea-lovers"},
    {"is": "in_stage", "approach": "lifecycle", "stages": ["at-risk", "lapsed"]},
    {"is": "bucket", "salt": "spring", "first": 0, "below": 1000},
    {"is": "has_been", "condition": {"is": "in_segment", "segment": "tea-lovers"}, "days": 30},
    {
        "is": "all",
        "conditions": [
            {"is": "order_count", "comparison": "at_least", "number": 1},
            {"is": "trait_equals", "trait": "city", "value": "Łódź"},
        ],
    },
    {
        "is": "any",
        "conditions": [{"is": "identified", "kind": "email"}, {"is": "identified", "kind": "phone"}],
    },
    {"is": "not", "condition": {"is": "trait_exists", "trait": "email"}},
)
WINDOW_EXAMPLES: tuple[dict[str, Anything], ...] = (
    {"is": "ever"},
    {"is": "last", "days": 90},
    {"is": "last_hours", "hours": 12},
    {"is": "between", "near": 28, "far": 56},
    {"is": "calendar", "unit": "month", "back": 1},
    {"is": "dates", "first": "2026-03-01", "last": "2026-03-31"},
    {"is": "since", "trait": "contract_start"},
    {"is": "ahead", "days": 30},
)
