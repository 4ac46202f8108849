"""What a basket earns: by hand-worked examples, and by laws that hold of any programme."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.conditions import TraitEquals
from regulars.loyalty import (
    STRANGER,
    Award,
    Basket,
    BasketLine,
    Cap,
    CapKey,
    EarningRule,
    Lines,
    MemberState,
    Multiplier,
    Orders,
    Priced,
    Programme,
    TierSet,
    evaluate,
)
from tests.unit.loyalty.invented import CLUB, MONDAY, POINTS, STAMPS, baskets, programmes

SPEND = EarningRule(key="spend", points=1, per="1.00", money="EUR")
GOLD = MemberState(tiers={"club": "Gold"})
PLAIN = MemberState()


def programme(*earning: EarningRule, **fields: object) -> Programme:
    common = {"name": "Club", "legal_entity": "Shop", "zone": "Europe/Berlin", "currencies": (POINTS, STAMPS)}
    return Programme(**{**common, "earning": earning or (SPEND,), **fields})


def rule(**fields: object) -> EarningRule:
    return EarningRule(**{"key": "spend", "points": 1, "per": "1.00", "money": "EUR", **fields})


def basket(*minors: int, **fields: object) -> Basket:
    lines = tuple(
        BasketLine(key=str(n), total_minor=minor, product=f"p{n}") for n, minor in enumerate(minors, 1)
    )
    return Basket(**{"money": "EUR", "lines": lines, **fields})


def parts(priced: Priced, rule_key: str = "spend") -> list[int]:
    return [part.points for award in priced.awards if award.rule == rule_key for part in award.parts]


def said(priced: Priced) -> list[tuple[str, str | None, str]]:
    return [(one.rule, one.line, one.words) for one in priced.skipped]


def test_a_basket_with_a_gift_card_and_delivery_earns_line_by_line() -> None:
    bought = Basket(
        money="EUR",
        lines=(
            BasketLine(key="1", total_minor=2350, product="beans", categories=("Food", "Coffee")),
            BasketLine(key="2", total_minor=1970, product="mug", categories=("Home",)),
            BasketLine(key="3", total_minor=500, product="delivery", categories=("Delivery",)),
            BasketLine(key="4", total_minor=500, product="card-5", categories=("Gift cards",)),
        ),
    )
    asked = programme(
        left_out=Lines(categories=("Delivery", "Gift cards")),
        multipliers=(Multiplier(key="coffee", factor="2", lines=Lines(categories=("Coffee",))),),
    )

    priced = evaluate(asked, bought, PLAIN, MONDAY)

    [award] = priced.awards
    assert [(one.line, one.figure, one.factor, one.multipliers, one.points) for one in award.parts] == [
        ("1", 2350, 200, ("coffee",), 47),
        ("2", 1970, 100, (), 20),
    ]
    assert (award.points, priced.points("points")) == (67, 67)
    assert said(priced) == [
        ("spend", "3", "the category Delivery earns nothing in this programme"),
        ("spend", "4", "the category Gift cards earns nothing in this programme"),
    ]


@pytest.mark.parametrize(
    ("asked", "minors", "points"),
    [
        (rule(), (149, 150), [1, 2]),
        (rule(rounding="floor"), (199, 100), [1, 1]),
        (rule(rounding="ceiling"), (101, 1), [2, 1]),
        (rule(rounding="half_even"), (150, 250, 350), [2, 2, 4]),
        (rule(rounded_per="order"), (150, 150, 150), [2, 2, 1]),
        (rule(rounded_per="order", rounding="floor"), (99, 99), [1, 0]),
        (rule(rounded_per="order"), (300, -200), [3]),
        (rule(points=3, per="0.50"), (100, 25), [6, 2]),
        (rule(counts="lines", per="1", points=5), (1, 2), [5, 5]),
        (rule(counts="lines", per="2", points=5, rounding="floor"), (1, 2), [2, 2]),
        (rule(counts="orders", per="1", points=10, rounded_per="order"), (100, 300), [3, 7]),
        (rule(counts="orders", per="1", points=10), (), [10]),
        (rule(excluded_products=("p1",)), (500, 500), [5]),
    ],
)
def test_lines_are_counted_and_rounded_as_the_rule_says(
    asked: EarningRule, minors: tuple[int, ...], points: list[int]
) -> None:
    bought = basket(*minors) if minors else Basket(money="EUR", total_minor=700)

    assert parts(evaluate(programme(asked), bought, PLAIN, MONDAY)) == points


def test_units_count_to_the_thousandth() -> None:
    weighed = Basket(
        money="EUR", lines=(BasketLine(key="1", total_minor=1, quantity=Decimal("1.2345"), product="ham"),)
    )

    priced = evaluate(programme(rule(counts="quantity", per="0.1", rounding="floor")), weighed, PLAIN, MONDAY)

    assert (priced.awards[0].parts[0].figure, priced.awards[0].points) == (1235, 12)


@pytest.mark.parametrize(("how", "factor"), [("best", 300), ("multiply", 900), ("add", 450)])
def test_factors_of_tier_and_multipliers_combine_as_the_programme_says(how: str, factor: int) -> None:
    asked = programme(
        tier_set=CLUB,
        combined=how,
        multipliers=(Multiplier(key="half", factor="1.5"), Multiplier(key="thrice", factor="3")),
    )

    [award] = evaluate(asked, basket(1000), GOLD, MONDAY).awards

    assert (award.parts[0].factor, award.parts[0].multipliers) == (factor, ("club/Gold", "half", "thrice"))
    assert award.points == factor // 10


def test_steps_of_a_product_of_factors_are_whole_per_cent() -> None:
    several = tuple(Multiplier(key=f"m{n}", factor="1.33") for n in range(3))
    asked = programme(combined="multiply", multipliers=several)

    assert evaluate(asked, basket(100_00), PLAIN, MONDAY).awards[0].parts[0].factor == 235


def test_what_rules_and_multipliers_ask_of_the_order_is_said_when_it_does_not_hold() -> None:
    late = MONDAY.date() + timedelta(days=3)
    orders = Orders(
        stores=("north", "south"),
        channels=("till",),
        weekdays=("tuesday", "friday"),
        from_day=late,
        least="50",
    )
    asked = programme(
        rule(key="a", orders=orders),
        rule(key="b", money="USD"),
        rule(key="c", tiers=("club/Gold", "club/Silver"), who=TraitEquals(trait="vip", value=True)),
        rule(key="d", counts="events", event="Review Written", per="1", money=""),
        multipliers=(Multiplier(key="sunday", factor="2", orders=Orders(weekdays=("sunday",))),),
        tier_set=CLUB,
    )

    priced = evaluate(asked, basket(100), PLAIN, MONDAY)

    assert (priced.awards, [one.code for one in priced.skipped]) == (
        (),
        [
            "store",
            "channel",
            "weekday",
            "day",
            "least",
            "money",
            "tier",
            "who",
            "event",
            "multiplier.weekday",
        ],
    )
    assert [words for _, _, words in said(priced)] == [
        "only in north or south",
        "only for orders told by till",
        "only on Tuesdays and Fridays",
        "only from 5 March 2026 on",
        "only for orders of 50 EUR or more",
        "only for orders in USD",
        "only in Gold or Silver",
        "only for whom it holds: vip is yes",
        "earned by the event Review Written, not by buying",
        "only on Sundays",
    ]
    holds = MemberState(tiers={"club": "Gold"}, holds=frozenset({"rule/c"}))
    assert evaluate(asked, basket(100), holds, MONDAY).points("points") == 2


def test_weekdays_are_those_of_the_programmes_zone() -> None:
    asked = programme(rule(orders=Orders(weekdays=("monday",))), zone="America/New_York")

    assert evaluate(asked, basket(100), PLAIN, MONDAY.replace(hour=4)).awards == ()
    assert evaluate(asked, basket(100), PLAIN, MONDAY.replace(hour=5)).points("points") == 1


def test_caps_cut_from_the_last_line_in_their_order_and_say_so() -> None:
    asked = programme(
        rule(caps=(Cap(points=500, per="month"), Cap(points=110, per="order")), budget=1000),
        rule(key="more", points=1),
        caps=(Cap(points=600, per="year"),),
    )
    known = MemberState(
        earned={
            CapKey(rule="spend", currency="points", per="month"): 420,
            CapKey(rule="", currency="points", per="year"): 500,
        },
        given={"spend": 930},
    )

    priced = evaluate(asked, basket(4000, 8000), known, MONDAY)

    first, second = priced.awards
    assert [(part.points, part.cut) for part in first.parts] == [(40, 0), (30, 50)]
    assert [cut.words for cut in first.cuts] == [
        "the cap of 110 points an order is reached: 110 instead of 120",
        "the cap of 500 points a month is reached: 80 instead of 110",
        "the budget of 1,000 points is used up: 70 instead of 80",
    ]
    assert second.points == 30
    assert second.cuts[0].words == "the cap of 600 points a year by all rules is reached: 30 instead of 120"


def test_what_rounding_leaves_counts_with_the_next_order() -> None:
    asked = programme(rule(rounded_per="order", rounding="floor", carry=True, points=2, per="0.30"))
    carried = Fraction()
    earned = 0

    for _ in range(3):
        [award] = evaluate(asked, basket(50), MemberState(carried={"spend": carried}), MONDAY).awards
        carried, earned = Fraction(award.carried), earned + award.points

    assert (earned, carried) == (10, 0)


def test_who_is_no_member_earns_by_joining_and_a_stranger_is_told_what_it_would_be() -> None:
    asked = programme(welcome=Award(points=50), join="first_earn")
    customer = MemberState(relation="customer")

    joining = evaluate(asked, basket(500), customer, MONDAY)
    stranger = evaluate(asked, basket(500), STRANGER, MONDAY)
    must_enrol = evaluate(
        programme(welcome=Award(points=50), join="enrolment"), basket(500), customer, MONDAY
    )

    assert (joining.points("points"), joining.joins, joining.welcome) == (5, True, 50)
    assert (stranger.awards, stranger.joins, stranger.with_joining[0].points, stranger.welcome) == (
        (), False, 5, 50
    )  # fmt: skip
    assert (must_enrol.awards, must_enrol.skipped[0].words) == ((), "earns nothing before enrolling")


@settings(max_examples=120)
@given(programmes(), baskets(), st.sampled_from(["Member", "Silver", "Gold"]), st.integers(0, 60))
def test_the_laws_of_any_programme(asked: Programme, bought: Basket, tier: str, before: int) -> None:
    every = [
        CapKey(rule=one.key, currency=one.currency, per=cap.per) for one in asked.earning for cap in one.caps
    ]
    every += [CapKey(rule="", currency=cap.currency, per=cap.per) for cap in asked.caps]
    member = MemberState(tiers={"club": tier}, earned=dict.fromkeys(every, before))

    priced = evaluate(asked, bought, member, MONDAY)

    assert evaluate(asked, bought, member, MONDAY) == priced
    for award in priced.awards:
        assert award.points == sum(part.points for part in award.parts)
        assert all(part.points >= 0 and part.cut >= 0 for part in award.parts)
        own = next(one for one in asked.earning if one.key == award.rule)
        assert own.budget is None or award.points <= own.budget
        for cap in own.caps:
            assert award.points == 0 or before + award.points <= cap.points
    for cap in asked.caps:
        earned = priced.points(cap.currency)
        assert earned == 0 or before + earned <= cap.points
    keys = {line.key for line in bought.counted}
    assert {one.line for one in priced.skipped} <= keys | {None}
    assert all(one.words for one in priced.skipped)


@settings(max_examples=80)
@given(programmes(), baskets(), st.integers(0, 3), st.integers(1, 400))
def test_buying_more_never_earns_less(asked: Programme, bought: Basket, which: int, more: int) -> None:
    earning = tuple(one for one in asked.earning if one.counts != "orders") or (SPEND,)
    simple = programme(
        *earning, combined=asked.combined, multipliers=asked.multipliers, caps=asked.caps, tier_set=CLUB,
        left_out=asked.left_out,
    )  # fmt: skip
    lines = list(bought.lines)
    if lines:
        at = which % len(lines)
        lines[at] = replace(lines[at], total_minor=lines[at].total_minor + more)
    bigger = replace(bought, lines=tuple(lines), total_minor=None if lines else bought.total + more)

    before, after = (evaluate(unbounded(simple), one, PLAIN, MONDAY) for one in (bought, bigger))

    for currency in ("points", "stamps"):
        assert after.points(currency) >= before.points(currency)


def unbounded(asked: Programme) -> Programme:
    """Without the factor of multipliers that a larger order brings: one below 1 may lower what is earned."""
    kept = tuple(one for one in asked.multipliers if not one.orders.least)
    fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
    return Programme(**{**fields, "multipliers": kept})


def test_a_set_of_one_tier_is_a_set() -> None:
    asked = programme(tier_set=TierSet(key="one", tiers=CLUB.tiers[:1]))

    assert evaluate(asked, basket(100), MemberState(tiers={"one": "Gone"}), MONDAY).points("points") == 1
