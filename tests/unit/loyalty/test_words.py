"""A programme says everything it means, and no two that differ say the same."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.loyalty import PROGRAMME, Programme, sentences
from tests.unit.loyalty.invented import CLUB, programmes

RULE = {"key": "spend", "points": 1, "per": "1.00", "money": "EUR"}
EVENT = {"key": "review", "points": 25, "per": "1", "counts": "events", "event": "Review Written"}
PAYMENT = {"rate": {"points": 100, "worth": "1.00"}, "money": "EUR"}
SET = msgspec.to_builtins(CLUB)
COMMON: dict[str, Any] = {
    "name": "Club",
    "legal_entity": "Shop Ltd",
    "zone": "Europe/Berlin",
    "currencies": [{"code": "points", "name": "points"}],
    "earning": [RULE],
}
BY_LINE = "rounded half up per line"
SAID: list[tuple[dict[str, Any], str]] = [
    ({}, f"1 point for every 1.00 EUR after discounts, {BY_LINE}."),
    (
        {
            "earning": [
                RULE | {"name": "Coffee", "lines": {"categories": ["Tea", "Coffee"], "brands": ["Gaia"]}}
            ]
        },
        (
            "Coffee: 1 point for every 1.00 EUR after discounts of the categories Coffee or Tea that are also of "
            f"the brand Gaia, {BY_LINE}."
        ),
    ),
    (
        {"earning": [RULE | {"lines": {"not_products": ["a"], "not_brands": ["B", "A"]}}]},
        (
            "1 point for every 1.00 EUR after discounts of everything but not the product a nor the brands A or B, "
            f"{BY_LINE}."
        ),
    ),
    (
        {
            "earning": [
                RULE | {"counts": "quantity", "per": "2", "money": "", "excluded_products": ["x", "a"]}
            ]
        },
        f"1 point for every 2 units, the products a and x excepted, {BY_LINE}.",
    ),
    (
        {
            "earning": [
                RULE
                | {
                    "counts": "orders",
                    "per": "1",
                    "orders": {
                        "weekdays": ["sunday", "monday"],
                        "stores": ["south", "north"],
                        "channels": ["till"],
                        "from_day": "2026-03-01",
                        "to_day": "2026-03-31",
                        "least": "20.00",
                    },
                }
            ]
        },
        (
            "1 point for every order in EUR, on Mondays and Sundays, in north or south, told by till, from 1 March "
            f"2026 on, until 31 March 2026, of orders of 20.00 EUR or more, {BY_LINE}."
        ),
    ),
    (
        {"earning": [EVENT | {"where": [{"property": "stars", "test": "at_least", "value": 4}]}]},
        (
            "25 points for every time a member did “Review Written” where stars is at least 4, rounded half up per "
            "line."
        ),
    ),
    (
        {"earning": [EVENT | {"amount": "words", "per": "100", "rounding": "floor"}]},
        "25 points for every 100 of “words” told when a member did “Review Written”, rounded down per line.",
    ),
    (
        {
            "tier_set": SET,
            "earning": [
                RULE
                | {
                    "tiers": ["club/Gold", "club/Silver"],
                    "who": {"is": "trait_equals", "trait": "vip", "value": True},
                    "caps": [{"points": 500, "per": "month"}, {"points": 1, "per": "order"}],
                    "budget": 10000,
                    "rounding": "floor",
                    "rounded_per": "order",
                    "carry": True,
                    "multiplied": False,
                    "counts_left_out": True,
                    "origin": "partner",
                    "partner": "Bank",
                    "starts": {"count": 14, "unit": "days"},
                    "valid": {"count": 1, "unit": "years", "round_to": "end_of_year"},
                }
            ],
        },
        (
            "1 point for every 1.00 EUR after discounts, only in Gold or Silver, only for whom it holds: vip is yes, "
            "rounded down per order, also for what the programme leaves out, never multiplied, at most 500 points a "
            "month, at most 1 point an order, until all together got 10,000 points, what rounding leaves counts with "
            "the next order, paid by Bank. Spendable after 14 days. Valid to the end of the first year after."
        ),
    ),
    (
        {
            "multipliers": [
                {"key": "m", "factor": "2", "rules": ["spend"], "orders": {"weekdays": ["tuesday"]}}
            ]
        },
        "2 times the points of spend, on Tuesdays.",
    ),
    (
        {
            "multipliers": [
                {"key": "m", "name": "Tea time", "factor": "1.5", "lines": {"categories": ["Tea"]}}
            ]
        },
        "Tea time: 1.5 times the points of every rule for the category Tea.",
    ),
    (
        {"left_out": {"categories": ["Gift cards", "Delivery"], "products": ["bag"]}},
        "Nothing is earned by the product bag and the categories Delivery or Gift cards.",
    ),
    (
        {"caps": [{"points": 900, "per": "ever"}]},
        "All rules together give a member at most 900 points in all.",
    ),
    (
        {"welcome": {"points": 50, "valid": {"count": 30, "unit": "days"}}},
        "50 points for joining. Valid for 30 days.",
    ),
    (
        {"birthday": {"award": {"points": 5}, "member_days": 1}},
        "5 points a year on the day in “birthday”, for who was a member 1 day before.",
    ),
    (
        {"join": "first_active"},
        "People join with the first thing they are seen to do, under terms 1 of Shop Ltd.",
    ),
    ({"activated_by": "Kept"}, "The event “Kept” makes spendable what still waits."),
    (
        {"inactive_after": {"count": 12, "unit": "months", "round_to": "end_of_month"}},
        "Points end at the end of the twelfth month after that in which the member last earned or spent.",
    ),
    (
        {"payment": PAYMENT | {"step": 10, "most": 500, "most_percent": 50}},
        (
            "Points pay: 100 points for 1.00 EUR; at least 1 point an order, at most 500 points, in steps of 10 points, "
            "for at most 50% of it."
        ),
    ),
    (
        {
            "tier_set": SET,
            "payment": PAYMENT
            | {"tier_rates": [{"tier": "club/Gold", "rate": {"points": 80, "worth": "1.00"}}]},
        },
        "Points pay: 100 points for 1.00 EUR, in Gold 80 points for 1.00 EUR; at least 1 point an order.",
    ),
    ({"given_back": "when_all"}, "Points spent on an order come back when all of it does."),
    ({"given_back_days": 7}, "Points that come back are valid for at least 7 days."),
    (
        {"auto_reward": {"reward": "voucher"}},
        "The reward voucher is redeemed by itself as soon as the points are there.",
    ),
    ({"reinstate_days": 7}, "Points that ended can be given back by hand for 7 days after it."),
    ({"hold_minutes": 5}, "Points held for an order are free again after 5 minutes."),
    ({"pooling": "household"}, "The points of a household are spent by all of it."),
    ({"gifts": True}, "Members may give each other points."),
    (
        {
            "velocity": [
                {"key": "v", "watches": "earning_orders", "more_than": 5, "hours": 24, "does": "block"}
            ]
        },
        "More than 5 orders that earn of one member within 24 hours stand for review and stop their spending.",
    ),
    ({"begins": "2026-12-01T00:00:00Z"}, "It begins on 1 December 2026 at 01:00 (Europe/Berlin)."),
    (
        {"only_for": {"stores": ["b", "a"], "percent": 10}},
        "It holds first in a or b for 10% of the customers; the version before holds for the rest.",
    ),
    ({"sandbox": True}, "It is a sandbox: its points are worth nothing."),
    (
        {
            "currencies": [
                {"code": "points", "name": "points", "scale": 1},
                {"code": "t", "name": "stars", "kind": "tier"},
            ]
        },
        "It counts points to 1 digit after the point and stars, never spent.",
    ),
    (
        {
            "tier_set": SET
            | {
                "name": "Club",
                "counts": "spend",
                "money": "EUR",
                "window": "calendar",
                "takes_effect": "next_window",
                "grace_days": 1,
                "returns_demote": True,
                "downgrade": "none",
            }
        },
        (
            "Club: Tiers by EUR spent in spans of 12 months of the calendar: Member from 0.00 EUR, Silver from 1.00 EUR, "
            "Gold from 3.00 EUR; Silver earns 1.25 times, Gold earns 2 times. Upgrades are with the next span and hold "
            "to the end of their span and 1 more; after that nobody is lowered. A tier is kept 1 day longer before it is "
            "lowered. A return may lower a tier before its review."
        ),
    ),
]


def read(fields: dict[str, Any]) -> Programme:
    return msgspec.convert(COMMON | fields, Programme)


@pytest.mark.parametrize(("fields", "said"), SAID, ids=[said[:40] for _, said in SAID])
def test_what_it_says_is_a_plain_sentence(fields: dict[str, Any], said: str) -> None:
    assert said in sentences(read(fields))
    assert fields == {} or sentences(read(fields)) != sentences(read({}))


def test_every_field_is_said_somewhere() -> None:
    """A field that comes to a programme comes to its sentences too."""
    shown = {name for fields, _ in SAID for name in fields} | set(COMMON)

    assert set(Programme.__struct_fields__) - shown == {"notice_days", *ELSEWHERE}


ELSEWHERE = {"terms_version", "starts", "valid", "returns", "more_tier_sets", "combined"}  # Of other tests.


@settings(max_examples=100)
@given(programmes(rules_max=2), programmes(rules_max=2))
def test_two_that_differ_say_so(one: Programme, other: Programme) -> None:
    assert (sentences(one) == sentences(other)) == (meaning(one) == meaning(other))


@settings(max_examples=100)
@given(programmes(), st.data())
def test_what_is_changed_is_said(programme: Programme, data: st.DataObject) -> None:
    """One field of one part is taken from another programme."""
    other = data.draw(programmes())
    place = data.draw(
        st.sampled_from(["earning", "multipliers", "left_out", "caps", "tier_set", "combined", "zone"])
    )
    changed = msgspec.structs.replace(programme, **{place: getattr(other, place)})

    assert (sentences(changed) == sentences(programme)) == (meaning(changed) == meaning(programme))


def meaning(programme: Programme) -> Any:
    """The body without keys, and lists of names in one order."""
    body = msgspec.to_builtins(programme)
    if not programme.multipliers and len(programme.tier_sets) < 2:
        body.pop("combined", None)
    known = {one.key for one in programme.earning}
    names = {key for one in programme.multipliers for key in one.rules}
    for one in body["earning"]:
        if one["key"] not in names:
            one.pop("key")
    for one in body.get("multipliers", ()):
        one.pop("key")
    if not any(body.get("left_out", {}).values()):
        body.pop("left_out", None)
    assert known
    return in_order(body)


def in_order(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: found for key, part in value.items() if (found := in_order(part, key)) not in ((), {})}
    if isinstance(value, list | tuple):
        parts = [in_order(one) for one in value]
        return tuple(sorted(parts) if parts and all(isinstance(one, str) for one in parts) else parts)
    return value


@pytest.mark.parametrize(
    "wrong",
    [
        {"earning": [RULE | {"per": ""}]},
        {"earning": [RULE | {"per": "a"}]},
        {"currencies": []},
        {"zone": "Mars", "begins": "2026-01-01T00:00:00Z"},
        {"tier_set": SET | {"tiers": [{"name": "A", "threshold": 0, "multiplier": "1e999999"}]}},
    ],
)
def test_a_draft_of_which_nothing_can_be_said_is_still_shown(wrong: dict[str, Any]) -> None:
    body = msgspec.convert(COMMON | wrong, Programme)
    assert "cannot be said" in PROGRAMME.said(body)
