"""Orders turn into points: once, in bulk as one by one, by the rules of when they occurred."""

from itertools import pairwise
from random import Random

import pytest

from regulars.db import Database, Tx
from regulars.loyalty import (
    EarningRule,
    Period,
    Programme,
    accrue,
    balance_as_of,
    check_ledger,
    lots,
    member,
    points_for,
    tiers,
)
from tests.integration.loyalty.books import (
    CLUB,
    Sale,
    after,
    changed,
    no_tiers,
    open_club,
    put_sales,
    steep_tiers,
)

LEDGER = """
select t.customer_id, t.kind, t.amount, t.booked_at, t.occurred_at, t.order_id, t.rule, t.version,
    array(select (a.kind, e.amount, e.balance_after)::text from loyalty.entry e
        join loyalty.account a on a.id = e.account_id where e.transfer_id = t.id order by e.id),
    l.active_from, l.expires_at, l.remaining, l.pending
from loyalty.transfer t left join loyalty.lot l on l.transfer_id = t.id order by t.customer_id, t.id
"""
PLACES = "select customer_id, tier, since, valid_until from loyalty.member_tier order by 1"
CHANGES = """
select customer_id, tier_before, tier_after, collected, occurred_at from loyalty.tier_change order by customer_id, id
"""


def told(tx: Tx, name: str) -> int:
    found = tx.execute(
        "select count(*) from log.inbox where name = %s", (f"regulars.loyalty.{name}",)
    ).fetchone()
    return int(found[0]) if found else 0


def test_an_order_earns_once_and_makes_its_buyer_a_member(tx: Tx) -> None:
    open_club(tx)
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=5350)])

    first = accrue(tx, after=0, to=1)
    again = accrue(tx, after=0, to=1)

    assert (first[0].orders, first[0].points, first[0].joined) == (1, 54, 1)
    assert sum(done.orders for done in again) == 0
    assert balance_as_of(tx, 7, programme="club", booked_at=after(1)).active == 54
    assert (told(tx, "joined"), told(tx, "points_earned")) == (1, 1)
    assert check_ledger(tx) == []


def test_orders_without_points_or_before_the_launch_make_nobody_a_member(tx: Tx) -> None:
    open_club(tx, at=after(2))
    put_sales(
        tx,
        [
            Sale(position=1, customer=7, at=after(1), minor=5350),
            Sale(position=2, customer=8, at=after(3), minor=0),
            Sale(position=3, customer=9, at=after(3), minor=-500),
        ],
    )

    accrue(tx, after=0, to=3)

    assert [member(tx, who, programme="club", at=after(4)) for who in (7, 8, 9)] == [None, None, None]


def test_a_late_order_earns_by_the_version_of_when_it_occurred_and_is_booked_now(tx: Tx) -> None:
    doubled = (EarningRule(key="spend", points=2, per="1.00", money="USD", rounded_per="order"),)
    open_club(tx)
    open_club(tx, changed(earning=doubled), at=after(10), version=2)
    sales = [
        Sale(position=1, customer=7, at=after(11), minor=1000),
        Sale(position=2, customer=7, at=after(9), booked_at=after(12), minor=1000),
    ]
    put_sales(tx, sales)

    accrue(tx, after=0, to=2)

    assert [(lot.amount, lot.earned_at) for lot in lots(tx, 7, programme="club")] == [
        (10, after(9)),
        (20, after(11)),
    ]
    assert balance_as_of(tx, 7, programme="club", booked_at=after(11)).active == 20
    assert balance_as_of(tx, 7, programme="club", booked_at=after(12)).active == 30


def test_excluded_products_earn_nothing_and_lines_are_rounded_one_by_one(tx: Tx) -> None:
    rule = EarningRule(
        key="spend", points=1, per="1.00", money="USD", rounded_per="line", excluded_products=("gift",)
    )
    open_club(tx, no_tiers(earning=(rule,)))
    lines = (("milk", 150), ("bread", 150), ("gift", 5000))
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=5300, lines=lines)])

    accrue(tx, after=0, to=1)

    assert balance_as_of(tx, 7, programme="club", booked_at=after(1)).active == 4


def test_a_tier_is_reached_by_the_order_that_crosses_and_its_clock_restarts(tx: Tx) -> None:
    open_club(tx, changed(tier_set=steep_tiers()))
    put_sales(tx, [Sale(position=n, customer=7, at=after(n), minor=9900) for n in (1, 2, 3, 4)])

    accrue(tx, after=0, to=4)

    assert tx.execute(CHANGES).fetchall() == [(7, 1, 2, 198, after(2)), (7, 2, 3, 396, after(4))]
    assert tx.execute(PLACES).fetchall() == [(7, 3, after(4), after(34))]
    assert told(tx, "tier_changed") == 2
    assert [(tier.name, tier.members) for tier in tiers(tx, "club")] == [
        ("Member", 0),
        ("Silver", 0),
        ("Gold", 1),
    ]
    found = member(tx, 7, programme="club", at=after(5))
    assert (
        found is not None
        and found.tier is not None
        and found.tier.why.startswith("Gold: reached on 5 January")
    )


def test_a_multiplier_counts_from_the_order_after_the_one_that_reached_the_tier(tx: Tx) -> None:
    open_club(tx, changed(tier_set=steep_tiers("1.5")))
    put_sales(tx, [Sale(position=n, customer=7, at=after(n), minor=10000) for n in (1, 2)])

    accrue(tx, after=0, to=2)

    assert balance_as_of(tx, 7, programme="club", booked_at=after(2)).active == 250


WAITS = Period(count=2, unit="days", round_to="end_of_day")
TWO_RULES = (*CLUB.earning, EarningRule(key="lines", points=3, per="7.00", money="USD", rounding="half_even"))


@pytest.mark.parametrize(
    "programme",
    [
        CLUB,
        changed(tier_set=steep_tiers()),
        changed(tier_set=steep_tiers("1.25")),
        changed(starts=WAITS, earning=TWO_RULES, tier_set=steep_tiers()),
    ],
    ids=["club", "tiers", "multipliers", "pending, two rules"],
)
def test_in_bulk_is_as_one_by_one(database: Database, programme: Programme) -> None:
    random = Random(11)
    sales = [
        Sale(
            position=n,
            customer=random.randint(1, 12),
            at=after(n / 9 - random.choice([0, 0, 0, 3])),
            booked_at=after(n / 9),
            minor=random.randint(-100, 9000),
            lines=(("milk", random.randint(1, 5000)), ("bread", random.randint(1, 5000))),
        )
        for n in range(1, 301)
    ]
    results = []
    for cuts in ([0, 300], list(range(301)), [0, 1, 7, 150, 299, 300]):
        with database.transaction() as tx, tx.transaction(force_rollback=True):
            open_club(tx, programme)
            put_sales(tx, sales)
            for start, end in pairwise(cuts):
                accrue(tx, after=start, to=end)
            assert check_ledger(tx) == []
            results.append([tx.execute(query).fetchall() for query in (LEDGER, PLACES, CHANGES)])

    assert results[0] == results[1] == results[2]
    assert results[0][0]


@pytest.mark.parametrize("rounding", ["floor", "half_up", "half_even", "ceiling"])
def test_the_database_rounds_as_the_reference_does(tx: Tx, rounding: str) -> None:
    cases = [(base, points, per) for base in range(-3, 60) for points in (1, 2, 3) for per in (1, 2, 7, 100)]

    got = tx.execute(
        "select loyalty.points_for(b, p, q, %s) from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) "
        "with ordinality as c (b, p, q, n) order by n",
        (rounding, [c[0] for c in cases], [c[1] for c in cases], [c[2] for c in cases]),
    ).fetchall()

    assert [row[0] for row in got] == [
        points_for(base, points=points, per_minor=per, rounding=rounding) for base, points, per in cases
    ]
