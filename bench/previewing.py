"""How long it takes to say what a basket of 50 lines earns by a programme of 100 rules; prints key=value.

In process, without the database: this is what a till waits for beside one look at the member.
"""

from datetime import UTC, datetime
from decimal import Decimal
from gc import collect, freeze
from time import perf_counter

from regulars.loyalty import (
    Basket,
    BasketLine,
    Cap,
    Currency,
    EarningRule,
    Lines,
    MemberState,
    Multiplier,
    Orders,
    Programme,
    Tier,
    TierSet,
    evaluate,
)

RULES, LINES, RUNS = 100, 50, 300
CATEGORIES = tuple(f"Category {n}" for n in range(25))
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


def programme() -> Programme:
    return Programme(
        name="Bench",
        legal_entity="Bench",
        zone="Europe/Berlin",
        currencies=(Currency(code="points", name="points"),),
        earning=tuple(rule(n) for n in range(RULES)),
        tier_set=TierSet(
            key="club",
            tiers=(Tier(name="Member", threshold=0), Tier(name="Gold", threshold=1000, multiplier="1.5")),
        ),
        multipliers=tuple(multiplier(n) for n in range(10)),
        combined="multiply",
        left_out=Lines(categories=("Delivery", "Gift cards")),
        caps=(Cap(points=100_000, per="month"),),
    )


def rule(n: int) -> EarningRule:
    """Every second one for some categories, every third with a cap, every fifth by order."""
    return EarningRule(
        key=f"rule-{n}",
        points=1 + n % 3,
        per="1.00",
        money="EUR",
        lines=Lines(categories=CATEGORIES[n % 20 : n % 20 + 5]) if n % 2 else Lines(),
        caps=(Cap(points=50 + n, per="day"),) if n % 3 == 0 else (),
        rounded_per="order" if n % 5 == 0 else "line",
    )


def multiplier(n: int) -> Multiplier:
    return Multiplier(
        key=f"times-{n}",
        factor="1.5",
        lines=Lines(categories=(CATEGORIES[n],)),
        orders=Orders(weekdays=("tuesday",) if n % 2 else ()),
    )


def basket() -> Basket:
    lines = (
        BasketLine(
            key=str(n),
            product=f"p{n}",
            total_minor=199 + 37 * n,
            quantity=Decimal(1 + n % 3),
            categories=("All", CATEGORIES[n % 25]),
            brand=f"Brand {n % 7}",
        )
        for n in range(LINES)
    )
    return Basket(money="EUR", lines=tuple(lines), store="1", channel="till")


def preview_p99_ms() -> float:
    """The 99th of 100 milliseconds, the program warm."""
    asked, bought, member = programme(), basket(), MemberState(tiers={"club": "Gold"})
    for _ in range(20):
        evaluate(asked, bought, member, AT)
    collect()
    freeze()
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        evaluate(asked, bought, member, AT)
        times.append((perf_counter() - start) * 1000)
    return sorted(times)[RUNS * 99 // 100]


if __name__ == "__main__":
    print(f"preview_p99_ms={preview_p99_ms():.2f}")
