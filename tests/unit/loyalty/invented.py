"""Invented programmes and baskets over a small alphabet, so that rules, lines and members often meet."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from regulars.loyalty import (
    Basket,
    BasketLine,
    Cap,
    Currency,
    EarningRule,
    Lines,
    Multiplier,
    Orders,
    Programme,
    Tier,
    TierSet,
)

MONDAY = datetime(2026, 3, 2, 11, tzinfo=UTC)
PRODUCTS, CATEGORIES, BRANDS = ("a", "b", "c"), ("Coffee", "Tea", "Delivery"), ("Gaia", "Rhea")
STORES, CHANNELS = ("north", "south"), ("till", "shop")
WEEKDAYS = ("monday", "tuesday", "wednesday")
POINTS, STAMPS = Currency(code="points", name="points"), Currency(code="stamps", name="stamps", scale=1)
CLUB = TierSet(
    key="club",
    tiers=(
        Tier(name="Member", threshold=0),
        Tier(name="Silver", threshold=100, multiplier="1.25"),
        Tier(name="Gold", threshold=300, multiplier="2"),
    ),
)
STARS = TierSet(
    key="stars",
    currency="stamps",
    tiers=(Tier(name="Gold", threshold=0), Tier(name="Two", threshold=20, multiplier="0.5")),
)

some = st.sampled_from
numbers = st.integers(0, 3)


def among(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(some(names), max_size=2, unique=True).map(tuple)


lines = st.one_of(
    st.just(Lines()),
    st.builds(
        Lines,
        products=among(PRODUCTS),
        categories=among(CATEGORIES),
        brands=among(BRANDS),
        not_products=among(PRODUCTS),
        not_categories=among(CATEGORIES),
        not_brands=among(BRANDS),
    ),
)
orders = st.one_of(
    st.just(Orders()),
    st.builds(
        Orders,
        stores=among(STORES),
        channels=among(CHANNELS),
        weekdays=among(WEEKDAYS),
        from_day=st.none() | some([MONDAY.date(), MONDAY.date() + timedelta(days=1)]),
        to_day=st.none() | some([MONDAY.date() + timedelta(days=1), MONDAY.date() + timedelta(days=2)]),
        least=some(["", "1.00", "3.50"]),
    ),
)
tiers = among(("club/Member", "club/Silver", "club/Gold", "stars/Two"))


def caps(currency: str, most: int = 2) -> st.SearchStrategy[tuple[Cap, ...]]:
    one = st.builds(
        Cap,
        points=st.integers(1, 40),
        per=some(["order", "day", "week", "month", "quarter", "year", "ever"]),
        currency=st.just(currency),
    )
    return st.lists(one, max_size=most).map(tuple)


@st.composite
def rules(draw: st.DrawFn, key: str) -> EarningRule:
    counts = draw(some(["money", "money", "quantity", "lines", "orders"]))
    currency = draw(some(["points", "points", "stamps"]))
    rounding = draw(some(["floor", "half_up", "half_even", "ceiling"]))
    rounded_per = draw(some(["line", "order"]))
    return EarningRule(
        key=key,
        points=draw(st.integers(1, 7)),
        per=draw(some(["1.00", "0.30", "2.50"])) if counts == "money" else draw(some(["1", "2", "0.5"])),
        money="EUR" if counts == "money" else draw(some(["", "EUR", "USD"])),
        currency=currency,
        rounding=rounding,
        rounded_per=rounded_per,
        excluded_products=draw(among(PRODUCTS)) if draw(st.booleans()) else (),
        counts=counts,
        lines=draw(lines),
        orders=draw(orders),
        counts_left_out=draw(st.booleans()),
        tiers=draw(tiers) if draw(st.booleans()) else (),
        multiplied=draw(some([True, True, False])),
        caps=draw(caps(currency)),
        budget=draw(st.none() | st.integers(1, 90)),
        carry=draw(st.booleans()) if (rounding, rounded_per) == ("floor", "order") else False,
    )


@st.composite
def multipliers(draw: st.DrawFn, key: str) -> Multiplier:
    return Multiplier(
        key=key,
        factor=draw(some(["0", "0.5", "1.33", "2", "3"])),
        rules=draw(some([(), ("r0",), ("r0", "r1")])),
        lines=draw(lines),
        orders=draw(orders),
        tiers=draw(tiers) if draw(st.booleans()) else (),
    )


@st.composite
def programmes(draw: st.DrawFn, *, rules_max: int = 3) -> Programme:
    earning = tuple(draw(rules(f"r{n}")) for n in range(draw(st.integers(1, rules_max))))
    return Programme(
        name="Invented",
        legal_entity="Invented Ltd",
        zone=draw(some(["Europe/Berlin", "America/New_York"])),
        currencies=(POINTS, STAMPS),
        earning=earning,
        tier_set=draw(some([None, CLUB])),
        more_tier_sets=draw(some([(), (STARS,)])),
        multipliers=tuple(draw(multipliers(f"m{n}")) for n in range(draw(st.integers(0, 2)))),
        combined=draw(some(["best", "multiply", "add"])),
        left_out=draw(st.none() | st.builds(Lines, products=among(PRODUCTS), categories=among(CATEGORIES))),
        caps=draw(caps("points")),
    )


@st.composite
def basket_lines(draw: st.DrawFn, key: str) -> BasketLine:
    return BasketLine(
        key=key,
        total_minor=draw(st.integers(-50, 900)),
        product=draw(some(PRODUCTS)),
        quantity=draw(some([Decimal(1), Decimal(2), Decimal("0.355"), Decimal("1.0005")])),
        categories=draw(among(CATEGORIES)),
        brand=draw(some([*BRANDS, ""])),
    )


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    bought = tuple(draw(basket_lines(str(n))) for n in range(draw(st.integers(0, 4))))
    return Basket(
        money=draw(some(["EUR", "EUR", "EUR", "USD"])),
        lines=bought,
        total_minor=None if bought else draw(st.integers(0, 900)),
        store=draw(some(STORES)),
        channel=draw(some(CHANNELS)),
    )
