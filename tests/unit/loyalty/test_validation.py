"""Every field of a programme: what cannot be is found at its path, and what can be passes."""

from typing import Any

import msgspec
import pytest

from regulars.kernel import Finding
from regulars.loyalty import PROGRAMME, READY_MADE, Programme
from regulars.loyalty.validation import validate

RULE = {"key": "a", "points": 1, "per": "1.00", "money": "EUR"}
EVENT = {"key": "a", "points": 5, "per": "1", "counts": "events", "event": "Review Written"}
TIERS = [{"name": "Member", "threshold": 0}, {"name": "Gold", "threshold": 100}]
SET = {"key": "club", "tiers": TIERS}
PAYMENT = {"rate": {"points": 100, "worth": "1.00"}, "money": "EUR"}
COMMON: dict[str, Any] = {
    "name": "Club",
    "legal_entity": "Shop Ltd",
    "zone": "Europe/Berlin",
    "currencies": [
        {"code": "points", "name": "points"},
        {"code": "tier", "name": "tier points", "kind": "tier"},
    ],
    "earning": [RULE],
    "tier_set": SET,
}
GOOD: list[dict[str, Any]] = [
    {
        "earning": [
            EVENT | {"where": [{"property": "stars", "test": "at_least", "value": 4}], "amount": "words"}
        ]
    },
    {"earning": [RULE | {"counts": "quantity", "per": "0.125", "money": ""}]},
    {
        "earning": [
            RULE | {"rounding": "floor", "rounded_per": "order", "carry": True, "tiers": ["club/Gold"]}
        ]
    },
    {"earning": [RULE | {"origin": "partner", "partner": "Bank"}]},
    {"earning": [RULE | {"orders": {"from_day": "2026-01-01", "to_day": "2026-01-01", "least": "20"}}]},
    {"tier_set": SET | {"currency": "tier", "window": "trait", "window_trait": "birthday"}},
    {"tier_set": SET | {"counts": "spend", "money": "EUR"}, "more_tier_sets": [SET | {"key": "other"}]},
    {
        "payment": PAYMENT
        | {"tier_rates": [{"tier": "club/Gold", "rate": {"points": 50, "worth": "1"}}], "most": 500}
    },
    {"only_for": {"percent": 10}, "begins": "2026-12-01T00:00:00Z"},
    {"valid": {"count": 12, "unit": "months"}, "notice_days": 30, "birthday": {"award": {"points": 50}}},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"terms_version": ""}, "terms_version"),
    ({"currencies": [], "earning": [], "tier_set": None}, "currencies"),
    ({"currencies": [*COMMON["currencies"], {"code": "x", "name": " "}]}, "currencies[2].name"),
    ({"earning": [RULE | {"per": "0.001"}]}, "earning[0].per"),
    ({"earning": [RULE | {"per": "-1"}]}, "earning[0].per"),
    ({"earning": [RULE | {"per": "NaN"}]}, "earning[0].per"),
    ({"earning": [RULE | {"counts": "lines", "per": "0"}]}, "earning[0].per"),
    ({"earning": [RULE | {"counts": "lines", "per": "0.0001"}]}, "earning[0].per"),
    ({"earning": [RULE | {"counts": "lines", "money": "Euro"}]}, "earning[0].money"),
    ({"earning": [RULE | {"money": "ZZZ"}]}, "earning[0].money"),
    ({"payment": PAYMENT | {"money": "ZZZ"}}, "payment.money"),
    ({"tier_set": SET | {"counts": "spend", "money": "ZZZ"}}, "tier_set.money"),
    ({"earning": [RULE | {"points": 2_000_000_000}]}, "earning[0].points"),
    ({"earning": [RULE | {"excluded_products": ["a", "a"]}]}, "earning[0].excluded_products"),
    ({"earning": [RULE | {"lines": {"products": [" "]}}]}, "earning[0].lines.products[0]"),
    ({"earning": [RULE | {"lines": {"brands": ["G"], "not_brands": ["G"]}}]}, "earning[0].lines.not_brands"),
    ({"earning": [RULE | {"orders": {"weekdays": ["monday", "monday"]}}]}, "earning[0].orders.weekdays"),
    (
        {"earning": [RULE | {"orders": {"from_day": "2026-02-01", "to_day": "2026-01-31"}}]},
        "earning[0].orders.to_day",
    ),
    ({"earning": [RULE | {"orders": {"least": "0"}}]}, "earning[0].orders.least"),
    ({"earning": [RULE | {"orders": {"least": "1.005"}}]}, "earning[0].orders.least"),
    ({"earning": [RULE | {"tiers": ["club/Silver"]}]}, "earning[0].tiers[0]"),
    ({"earning": [RULE | {"carry": True}]}, "earning[0].carry"),
    ({"earning": [RULE | {"budget": 0}]}, "earning[0].budget"),
    ({"earning": [RULE | {"caps": [{"points": 0, "per": "day"}]}]}, "earning[0].caps[0].points"),
    (
        {"earning": [RULE | {"caps": [{"points": 5, "per": "day"}, {"points": 6, "per": "day"}]}]},
        "earning[0].caps",
    ),
    ({"earning": [RULE | {"starts": {"count": -1, "unit": "days"}}]}, "earning[0].starts.count"),
    ({"earning": [RULE | {"valid": {"count": 0, "unit": "days"}}]}, "earning[0].valid"),
    ({"earning": [RULE | {"origin": "partner"}]}, "earning[0].partner"),
    ({"earning": [RULE | {"partner": "Bank"}]}, "earning[0].partner"),
    ({"earning": [RULE | {"event": "X"}]}, "earning[0].event"),
    ({"earning": [EVENT | {"event": ""}]}, "earning[0].event"),
    ({"earning": [EVENT | {"lines": {"brands": ["G"]}}]}, "earning[0].lines"),
    (
        {"earning": [EVENT | {"where": [{"property": "stars", "test": "at_least"}]}]},
        "earning[0].where[0].value",
    ),
    ({"earning": [RULE | {"who": {"is": "in_segment", "segment": ""}}]}, "earning[0].who.segment"),
    ({"multipliers": [{"key": "m", "factor": "1.234"}]}, "multipliers[0].factor"),
    ({"multipliers": [{"key": "m", "factor": "2", "rules": ["b"]}]}, "multipliers[0].rules[0]"),
    (
        {
            "earning": [RULE | {"multiplied": False}],
            "multipliers": [{"key": "m", "factor": "2", "rules": ["a"]}],
        },
        "multipliers[0].rules[0]",
    ),
    ({"multipliers": [{"key": "m", "factor": "2"}] * 2}, "multipliers"),
    ({"left_out": {"categories": ["A"], "not_brands": ["B"]}}, "left_out"),
    ({"caps": [{"points": 5, "per": "day", "currency": "stamps"}]}, "caps[0].currency"),
    ({"activated_by": "Returned Nothing"}, "activated_by"),
    ({"notice_days": 30}, "notice_days"),
    ({"notice_days": 999, "inactive_after": {"count": 1, "unit": "years"}}, "notice_days"),
    ({"inactive_after": {"count": 0, "unit": "days"}}, "inactive_after.count"),
    ({"welcome": {"points": 0}}, "welcome.points"),
    ({"welcome": {"points": 5, "currency": "x"}}, "welcome.currency"),
    ({"birthday": {"award": {"points": 5}, "trait": ""}}, "birthday.trait"),
    ({"birthday": {"award": {"points": 5}, "member_days": -1}}, "birthday.member_days"),
    ({"payment": PAYMENT | {"rate": {"points": 0, "worth": "1"}}}, "payment.rate.points"),
    ({"payment": PAYMENT | {"rate": {"points": 1, "worth": "0"}}}, "payment.rate.worth"),
    ({"payment": PAYMENT | {"currency": "tier"}}, "payment.currency"),
    ({"payment": PAYMENT | {"most_percent": 0}}, "payment.most_percent"),
    ({"payment": PAYMENT | {"step": 0}}, "payment.step"),
    ({"payment": PAYMENT | {"least": 100, "most": 50}}, "payment.most"),
    (
        {"payment": PAYMENT | {"tier_rates": [{"tier": "Gold", "rate": {"points": 1, "worth": "1"}}]}},
        "payment.tier_rates[0].tier[0]",
    ),
    ({"auto_reward": {"reward": " "}}, "auto_reward.reward"),
    ({"given_back_days": -1}, "given_back_days"),
    ({"hold_minutes": 0}, "hold_minutes"),
    ({"reinstate_days": -1}, "reinstate_days"),
    ({"velocity": [{"key": "v", "watches": "returns", "more_than": 1, "hours": 0}]}, "velocity[0].hours"),
    ({"begins": "2026-12-01T00:00:00"}, "begins"),
    ({"only_for": {}}, "only_for"),
    ({"only_for": {"percent": 100}}, "only_for.percent"),
    ({"only_for": {"stores": [""]}}, "only_for.stores[0]"),
    ({"tier_set": SET | {"key": "a/b"}}, "tier_set.key"),
    ({"tier_set": SET | {"currency": "x"}}, "tier_set.currency"),
    ({"tier_set": SET | {"counts": "balance", "currency": "tier"}}, "tier_set.currency"),
    ({"tier_set": SET | {"counts": "spend"}}, "tier_set.money"),
    ({"tier_set": SET | {"counts": "events"}}, "tier_set.event"),
    ({"tier_set": SET | {"event": "X"}}, "tier_set.event"),
    ({"tier_set": SET | {"window": "trait"}}, "tier_set.window_trait"),
    ({"tier_set": SET | {"window_months": 0}}, "tier_set.window_months"),
    ({"tier_set": SET | {"grace_days": -1}}, "tier_set.grace_days"),
    ({"tier_set": SET | {"takes_effect": "next_window"}}, "tier_set.takes_effect"),
    ({"tier_set": SET | {"tiers": [*TIERS, {"name": "Gold", "threshold": 200}]}}, "tier_set.tiers"),
    (
        {"tier_set": SET | {"tiers": [*TIERS, {"name": "Top", "threshold": 100}]}},
        "tier_set.tiers[2].threshold",
    ),
    (
        {"tier_set": SET | {"tiers": [TIERS[0] | {"benefits": [{"key": "b", "text": ""}]}]}},
        "tier_set.tiers[0].benefits[0].text",
    ),
    ({"more_tier_sets": [SET]}, "more_tier_sets"),
]


def findings(fields: dict[str, Any]) -> list[Finding]:
    return validate(msgspec.convert(COMMON | fields, Programme))


@pytest.mark.parametrize("fields", GOOD)
def test_what_can_be_passes(fields: dict[str, Any]) -> None:
    assert findings(fields) == []


@pytest.mark.parametrize(("fields", "path"), WRONG, ids=[path for _, path in WRONG])
def test_what_cannot_be_is_found_at_its_place(fields: dict[str, Any], path: str) -> None:
    found = findings(fields)

    assert [one.path for one in found] == [path]
    assert len(found[0].message) > 10


@pytest.mark.parametrize("make", READY_MADE.values(), ids=READY_MADE)
def test_the_ready_made_ones_have_nothing_to_mend(make: Any) -> None:
    assert validate(make(name="Club", legal_entity="Shop", zone="UTC", money="EUR")) == []


def test_what_it_uses_is_named_at_its_place() -> None:
    vips = {"is": "all", "conditions": [{"is": "in_segment", "segment": "vips"}]}
    asked = {
        "earning": [RULE | {"who": vips}],
        "multipliers": [
            {"key": "m", "factor": "2", "who": {"is": "in_stage", "approach": "life", "stages": ["new"]}}
        ],
        "auto_reward": {"reward": "voucher"},
    }

    used = PROGRAMME.uses(msgspec.convert(COMMON | asked, Programme))

    assert [(one.kind, one.key, one.path) for one in used] == [
        ("reward", "voucher", "auto_reward.reward"),
        ("segment", "vips", "earning[0].who.conditions[0].segment"),
        ("segmentation", "life", "multipliers[0].who.approach"),
    ]
