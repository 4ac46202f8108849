"""What falls due with time: in the programme's zone, once, and catching up after downtime."""

from datetime import UTC, datetime

from regulars.db import Tx
from regulars.loyalty import (
    Period,
    accrue,
    activate_due,
    balance_as_of,
    check_ledger,
    expire_due,
    member,
    programme_overview,
    review_tiers,
    spend,
    statement,
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

MARCH = datetime(2025, 3, 1, 5, tzinfo=UTC)  # Midnight in New York.


def test_what_is_left_of_a_lot_expires_at_the_local_end_of_the_month_once(tx: Tx) -> None:
    open_club(tx, no_tiers(valid=Period(count=1, unit="months", round_to="end_of_month")))
    put_sales(tx, [Sale(position=n, customer=n % 2, at=after(n), minor=10000) for n in (1, 2, 3)])
    accrue(tx, after=0, to=3)
    spend(tx, "club", 1, 30, key="till", at=after(5)).confirmed()

    early = expire_due(tx, MARCH.replace(hour=4, minute=59))
    due = expire_due(tx, MARCH)
    again = expire_due(tx, MARCH)

    assert (early, due, again) == (0, 2, 0)
    found = programme_overview(tx, "club", MARCH)
    assert (found.issued, found.active, found.spent, found.expired) == (300, 0, 30, 270)
    assert statement(tx, 1, programme="club").items[0].text.startswith("170 points expired")
    assert check_ledger(tx) == []


def test_pending_points_become_spendable_when_their_time_comes_late_or_not(tx: Tx) -> None:
    open_club(tx, no_tiers(starts=Period(count=14, unit="days")))
    put_sales(tx, [Sale(position=n, customer=7, at=after(n), minor=10000) for n in (1, 2, 30)])
    accrue(tx, after=0, to=30)
    before = balance_as_of(tx, 7, programme="club", booked_at=after(30))

    changed_count = activate_due(tx, after(40))

    assert (before.active, before.pending) == (0, 300)
    now = balance_as_of(tx, 7, programme="club", booked_at=after(40))
    assert (changed_count, now.active, now.pending) == (2, 200, 100)
    assert balance_as_of(tx, 7, programme="club", booked_at=after(30)) == before
    assert activate_due(tx, after(40)) == 0
    assert check_ledger(tx) == []


def test_a_tier_that_ran_out_is_lowered_one_step_at_each_monthly_review_missed_or_not(tx: Tx) -> None:
    open_club(tx, changed(tier_set=steep_tiers()))
    put_sales(tx, [Sale(position=1, customer=7, at=after(10), minor=40000)])
    accrue(tx, after=0, to=1)

    before = review_tiers(tx, after(39))
    caught_up = review_tiers(tx, after(200))
    again = review_tiers(tx, after(200))

    assert (before, caught_up, again) == (0, 2, 0)
    found = member(tx, 7, programme="club", at=after(200))
    assert found is not None and found.tier is not None
    assert (found.tier.name, found.tier.valid_until) == ("Member", None)
    assert "Set by the review".lower() in found.tier.why


def test_who_still_collects_enough_keeps_the_tier_at_the_review(tx: Tx) -> None:
    open_club(tx, changed(tier_set=steep_tiers()))
    put_sales(tx, [Sale(position=n, customer=7, at=after(10 * n), minor=40000) for n in (1, 2, 3)])
    accrue(tx, after=0, to=3)

    lowered = review_tiers(tx, after(45))

    found = member(tx, 7, programme="club", at=after(45))
    assert lowered == 0
    assert found is not None and found.tier is not None and found.tier.name == "Gold"


def test_nobody_due_changes_nothing(tx: Tx) -> None:
    open_club(tx, CLUB)

    assert (expire_due(tx, MARCH), activate_due(tx, MARCH), review_tiers(tx, MARCH)) == (0, 0, 0)
