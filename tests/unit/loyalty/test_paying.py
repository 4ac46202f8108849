"""How many points may pay of a basket, what they are worth, and what limits them."""

from typing import Any

import pytest

from regulars.loyalty import (
    STRANGER,
    Basket,
    EarningRule,
    MemberState,
    Payment,
    Programme,
    Rate,
    TierRate,
)
from regulars.loyalty.paying import payable, why_not_pay, worth_minor
from tests.unit.loyalty.invented import CLUB, POINTS

HUNDRED = Rate(points=100, worth="1.00")
BASKET = Basket(money="EUR", total_minor=5320)


def programme(**payment: Any) -> Programme:
    return Programme(
        name="Club",
        legal_entity="Shop",
        zone="UTC",
        currencies=(POINTS,),
        earning=(EarningRule(key="spend", points=1, per="1.00", money="EUR"),),
        tier_set=CLUB,
        payment=Payment(**{"rate": HUNDRED, "money": "EUR"} | payment),
    )


def member(points: int, tier: str = "Member") -> MemberState:
    return MemberState(tiers={"club": tier}, spendable={"points": points})


@pytest.mark.parametrize(
    ("payment", "who", "points", "worth", "reason"),
    [
        ({}, member(800), 800, 800, "800 points can be spent"),
        ({}, member(9000), 5320, 5320, "points pay at most the whole order"),
        ({"most_percent": 50}, member(9000), 2660, 2660, "points pay at most 50% of the order"),
        ({"most": 1000}, member(9000), 1000, 1000, "an order takes at most 1,000 points"),
        ({"step": 250}, member(800), 750, 750, "800 points can be spent"),
        ({"least": 900}, member(800), 0, 0, "an order takes at least 900 points"),
        ({"rate": Rate(points=3, worth="0.01")}, member(100), 100, 33, "100 points can be spent"),
        ({"money": "USD"}, member(100), 0, 0, "points pay only for orders in USD"),
        ({}, STRANGER, 0, 0, "only members pay with points"),
        ({}, MemberState(relation="customer"), 0, 0, "only members pay with points"),
    ],
)
def test_the_most_that_may_pay_has_its_reason(
    payment: dict[str, Any], who: MemberState, points: int, worth: int, reason: str
) -> None:
    found = payable(programme(**payment), BASKET, who)

    assert found is not None
    assert (found.points, found.worth_minor) == (points, worth)
    assert reason in found.reasons


def test_the_best_rate_of_the_members_tiers_counts() -> None:
    rates = (
        TierRate(tier="club/Gold", rate=Rate(points=80, worth="1.00")),
        TierRate(tier="club/Silver", rate=Rate(points=150, worth="1.00")),
    )
    asked = programme(tier_rates=rates)

    found = [payable(asked, BASKET, member(800, tier)) for tier in ("Member", "Silver", "Gold")]

    assert [one and (one.worth_minor, one.rate) for one in found] == [
        (800, "100 points for 1.00 EUR"),
        (800, "100 points for 1.00 EUR"),
        (1000, "80 points for 1.00 EUR"),
    ]


def test_what_pays_is_never_worth_more_than_it_may() -> None:
    for total in range(60):
        for points, worth in ((3, "0.01"), (7, "0.05"), (100, "1.00"), (1, "0.03")):
            asked = programme(rate=Rate(points=points, worth=worth), most_percent=50)
            found = payable(asked, Basket(money="EUR", total_minor=total), member(10**6))
            assert found is not None
            assert 2 * found.worth_minor <= total


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (600, None),
        (900, "900 points were to pay and at most 800 may: 800 points can be spent."),
        (50, "50 points were to pay; an order takes at least 100 points."),
        (650, "650 points were to pay; points are taken in steps of 100."),
    ],
)
def test_what_may_not_pay_is_told_with_what_to_do(points: int, said: str | None) -> None:
    assert why_not_pay(programme(least=100, step=100), BASKET, member(800), points) == said


def test_worth_is_rounded_half_up() -> None:
    assert [worth_minor(n, Rate(points=2, worth="0.01"), "EUR") for n in (1, 2, 3)] == [1, 1, 2]
