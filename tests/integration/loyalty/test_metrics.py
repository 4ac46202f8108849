"""Programme metrics against a small example that is computed by hand."""

from datetime import datetime

import pytest

from regulars.db import Tx
from regulars.kernel import Invalid
from regulars.loyalty import (
    Period,
    RewardCost,
    TierSet,
    accrue,
    adjust,
    expire_due,
    programme_metrics,
    reverse,
    review_tiers,
    spend,
)
from regulars.loyalty.metrics import is_tied
from tests.integration.loyalty.books import START, Sale, after, changed, open_club, put_sales, steep_tiers
from tests.integration.people import know

BY = {"reason": "test", "actor": "Ada"}


def buys(tx: Tx, position: int, who: int, money: int, at: datetime) -> None:
    put_sales(tx, [Sale(position=position, customer=who, at=at, minor=money * 100)])
    accrue(tx, after=position - 1, to=position)


@pytest.fixture
def year(tx: Tx) -> Tx:
    """Four customers, three members (one a test), seven orders, from 1 January 2025 on."""
    know(tx, [1, 2, 3, 4, 5])
    tx.execute("update customers.customer set test = true where customer_id = 5")
    open_club(tx, changed(valid=Period(count=200, unit="days"), tier_set=steep_tiers(valid_days=60)))
    put_sales(tx, [Sale(position=1, customer=4, at=after(1), minor=10_000, history=True)])  # Earns nothing.
    buys(tx, 2, 1, 100, after(2))
    buys(tx, 3, 1, 50, after(20))
    buys(tx, 4, 2, 40, after(5))
    buys(tx, 5, 5, 900, after(6))  # The test customer's.
    buys(tx, 6, 3, 400, after(130))
    first = spend(tx, "club", 1, 60, key="a", at=after(30))
    undone = spend(tx, "club", 2, 20, key="b", at=after(31))
    reverse(tx, "club", undone.transfer_id, key="c", at=after(32), **BY)
    adjust(tx, "club", 3, 30, key="d", at=after(140), **BY)
    assert first.outcome == "posted"
    review_tiers(tx, after(100))
    expire_due(tx, after(230))
    return tx


def test_every_number_is_the_one_computed_by_hand(year: Tx) -> None:
    found = programme_metrics(
        year,
        "club",
        start=START,
        stop=after(190),
        at=after(230),
        reward_cost=RewardCost(minor=300, money="USD", points=60),
    )

    def parts(name: str) -> tuple[int, int]:
        share = getattr(found, name)
        return share.part, share.whole

    assert parts("enrolment_rate") == (3, 4)  # 1, 2 and 3 of 1 to 4.
    assert found.new_members == 3
    assert parts("active_member_rate") == (1, 3)  # 3, after day 100.
    assert parts("one_and_done_rate") == (1, 2)  # 2; 3 has not had 90 days.
    assert parts("member_sales_share") == (59_000, 69_000)
    assert parts("first_redemption_rate") == (1, 2)  # 1; what 2 redeemed was taken back.
    assert parts("members_redemption_rate") == (1, 3)
    assert parts("points_redemption_rate") == (60, 1520)  # 100 + 50 + 40 + 900 + 400 + 30.
    assert parts("breakage") == (90 + 40 + 900, 1520)  # Ended 200 days after they were earned.
    assert parts("earn_burn_ratio") == (60, 1520)
    assert parts("breakage_vendor") == (1460, 1520)
    assert (found.cost_per_point, found.reward_cost_share and found.reward_cost_share.part) == (5.0, 300)
    roll = found.roll
    assert (roll.opening, roll.earned, roll.adjusted, roll.redeemed, roll.expired, roll.closing) == (
        0, 1490, 30, 60, 0, 1460,
    )  # fmt: skip
    assert roll.even
    assert [(one.month, one.points, one.members) for one in found.expiring] == [
        ("2025-11", 400, 1),
        ("2025-12", 30, 1),
    ]
    assert is_tied(year, "club", after(400))


def test_tiers_migrate_from_one_date_to_another(year: Tx) -> None:
    found = programme_metrics(year, "club", start=after(50), stop=after(190), at=after(230)).migrations[0]

    cells = {(cell.before, cell.after): cell.members for cell in found.matrix}
    assert found.names == ("Member", "Silver", "Gold")
    assert cells == {(2, 1): 1, (1, 1): 1, (None, 3): 1}  # 1 fell, 2 stayed, 3 joined.


def test_the_parts_of_a_year_roll_into_one_another(year: Tx) -> None:
    first, second = (
        programme_metrics(year, "club", start=start, stop=stop, at=after(230)).roll
        for start, stop in ((START, after(100)), (after(100), after(365)))
    )

    assert first.closing == second.opening
    assert (first.even, second.even, second.expired) == (True, True, 1030)


def test_a_sandbox_counts_in_no_figure_and_a_span_ends_after_it_starts(year: Tx) -> None:
    with pytest.raises(Invalid, match="ends after it starts"):
        programme_metrics(year, "club", start=after(1), stop=after(1), at=after(2))
    open_club(
        year,
        changed(sandbox=True, tier_set=TierSet(key="club", tiers=steep_tiers().tiers)),
        at=after(300),
        version=2,
    )
    with pytest.raises(Invalid, match="sandbox"):
        programme_metrics(year, "club", start=START, stop=after(1), at=after(301))
