"""Programmes: rounding of points, words, and what is wrong at its place."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.loyalty import (
    PROGRAMME,
    Currency,
    EarningRule,
    Period,
    Programme,
    Tier,
    TierSet,
    points_club,
    points_for,
    sentences,
)
from regulars.loyalty.validation import validate

CLUB = points_club(name="Club", legal_entity="Corner Shop Ltd", zone="America/New_York", money="USD")


def changed(**fields: object) -> Programme:
    return msgspec.convert({**msgspec.to_builtins(CLUB), **msgspec.to_builtins(fields)}, Programme)


@pytest.mark.parametrize(
    ("minor", "rounding", "points"),
    [
        (10625, "floor", 106),
        (10650, "half_up", 107),
        (10650, "half_even", 106),
        (10750, "half_even", 108),
        (10601, "ceiling", 107),
        (0, "ceiling", 0),
        (-500, "half_up", 0),
    ],
)
def test_points_are_rounded_as_the_rule_says(minor: int, rounding: str, points: int) -> None:
    assert points_for(minor, points=1, per_minor=100, rounding=rounding) == points


@given(
    st.integers(1, 10**9),
    st.integers(1, 1000),
    st.integers(1, 10_000),
    st.sampled_from(["floor", "half_up", "half_even", "ceiling"]),
)
def test_points_are_never_further_than_one_from_the_exact(
    minor: int, points: int, per: int, rounding: str
) -> None:
    exact = Fraction(minor * points, per)
    got = points_for(minor, points=points, per_minor=per, rounding=rounding)

    assert abs(got - exact) < 1
    if rounding == "half_even":
        assert got == round(exact)


def test_the_ready_made_club_has_nothing_to_mend_and_reads_well() -> None:
    assert validate(CLUB) == []
    assert sentences(CLUB)[:2] == [
        "1 point for every 1.00 USD after discounts, rounded half up per order.",
        "Spendable at once. Valid to the end of the sixth month after.",
    ]


def test_a_programme_survives_being_written_and_read() -> None:
    assert msgspec.convert(msgspec.to_builtins(CLUB), Programme) == CLUB
    assert PROGRAMME.body.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"zone": "America/Nowhere"}, "zone"),
        ({"name": " "}, "name"),
        ({"currencies": (Currency(code="points", name="points", scale=9),)}, "currencies[0].scale"),
        ({"earning": (EarningRule(key="a", points=1, per="0", money="USD"),)}, "earning[0].per"),
        ({"earning": (EarningRule(key="a", points=1, per="x", money="USD"),)}, "earning[0].per"),
        ({"earning": (EarningRule(key="a", points=0, per="1", money="USD"),)}, "earning[0].points"),
        ({"earning": (EarningRule(key="a", points=1, per="1", money="usd"),)}, "earning[0].money"),
        (
            {"earning": (EarningRule(key="a", points=1, per="1", money="USD", currency="x"),)},
            "earning[0].currency",
        ),
        ({"earning": CLUB.earning * 2}, "earning"),
        ({"valid": Period(count=0, unit="days")}, "valid"),
        ({"valid": Period(count=-1, unit="days")}, "valid.count"),
        ({"valid": Period(count=30_000, unit="years")}, "valid.count"),
        ({"tier_set": TierSet(key="t", tiers=(Tier(name="A", threshold=5),))}, "tier_set.tiers[0].threshold"),
        (
            {"tier_set": TierSet(key="t", tiers=(Tier(name="A", threshold=0), Tier(name="B", threshold=0)))},
            "tier_set.tiers[1].threshold",
        ),
        (
            {"tier_set": TierSet(key="t", tiers=(Tier(name="A", threshold=0, multiplier="1.234"),))},
            "tier_set.tiers[0].multiplier",
        ),
    ],
)
def test_what_is_wrong_is_found_at_its_place(fields: dict[str, object], path: str) -> None:
    assert [finding.path for finding in validate(changed(**fields))] == [path]
