"""Returns in bulk come to what they come to one by one, whatever else the span holds."""

from itertools import pairwise
from random import Random

import pytest

from regulars.db import Database, Tx
from regulars.loyalty import Cap, EarningRule, Multiplier, Period, Programme, accrue, check_ledger
from tests.integration.loyalty.books import CLUB, Sale, after, changed, open_club, put_sales, steep_tiers
from tests.integration.loyalty.shop import cancelled, returned
from tests.integration.loyalty.test_accrual import LEDGER, PLACES

ORDERS, PEOPLE = 120, 9
CAPPED = EarningRule(
    key="spend", points=3, per="2.00", money="USD", rounded_per="order", rounding="floor", carry=True,
    caps=(Cap(points=90, per="week"), Cap(points=50, per="order")),
)  # fmt: skip
VISIT = EarningRule(key="visit", points=4, per="1", counts="orders", budget=300)
AWARDS = """
select t.customer_id, t.order_id, t.rule, t.part, l.line, l.points, l.standing
from loyalty.award_line l join loyalty.transfer t on t.id = l.transfer_id
order by t.customer_id, t.id, l.line
"""
CARRY = "select rule, customer_id, numerator, denominator, position from loyalty.carry order by 1, 2"
GIVEN = "select rule, points from loyalty.given order by 1"


def sales(random: Random) -> list[Sale]:
    return [
        Sale(
            position=n,
            customer=random.randint(1, PEOPLE),
            at=after(n / 9 - random.choice([0, 0, 0, 3])),
            booked_at=after(n / 9),
            minor=5000,
            lines=(("milk", random.randint(-50, 5000)), ("bread", random.randint(1, 5000))),
        )
        for n in range(1, ORDERS + 1)
    ]


def come_back(tx: Tx, random: Random) -> None:
    for n in range(1, ORDERS + 1):
        what = random.choice(["", "", "", "part", "beyond", "cancelled", "again"])
        if what == "part":
            returned(tx, n, {1: random.randint(0, 40), 2: random.randint(0, 5000)})
        elif what == "beyond":
            returned(tx, n, {1: 0}, beyond=random.randint(1, 5000))
        elif what:
            cancelled(tx, n, off=what == "cancelled")


@pytest.mark.parametrize(
    "programme",
    [
        CLUB,
        changed(tier_set=steep_tiers("1.25"), returns="unlimited", starts=Period(count=3, unit="days")),
        changed(
            earning=(CAPPED, VISIT),
            multipliers=(Multiplier(key="twice", factor="2", tiers=("club/Silver", "club/Gold")),),
            tier_set=steep_tiers(),
        ),
    ],
    ids=["club", "tiers, pending, debts", "caps, carrying, budget"],
)
def test_returns_in_bulk_are_as_one_by_one(database: Database, programme: Programme) -> None:
    results = []
    for cuts in ([0, ORDERS], list(range(ORDERS + 1)), [0, 1, 17, 90, ORDERS]):
        with database.transaction() as tx, tx.transaction(force_rollback=True):
            random = Random(5)
            open_club(tx, programme)
            put_sales(tx, sales(random))
            for _ in range(2):
                come_back(tx, random)
                for start, end in pairwise(cuts):
                    accrue(tx, after=start, to=end)
            assert check_ledger(tx) == []
            results.append([tx.execute(query).fetchall() for query in (LEDGER, PLACES, AWARDS, CARRY, GIVEN)])

    assert results[0] == results[1] == results[2]
    assert all(results[0][:3])
