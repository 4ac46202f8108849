"""Single writes: spending from lots, ids that callers choose, reversals and debts."""

import psycopg
import pytest

from regulars.db import Tx
from regulars.kernel import Invalid
from regulars.loyalty import (
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    Period,
    UnknownMember,
    UnknownTransfer,
    accrue,
    adjust,
    balance_as_of,
    check_ledger,
    enrol,
    expire_due,
    lot_history,
    lots,
    member,
    reverse,
    spend,
    statement,
    trial_balance,
)
from tests.integration.loyalty.books import Sale, after, no_tiers, open_club, put_sales

BY = {"reason": "goodwill", "actor": "Ada"}


def two_lots(tx: Tx, **fields: object) -> None:
    """100 earned on day 1 that expire on day 31, and 150 of day 3 that expire on day 33."""
    open_club(tx, no_tiers(**{"valid": Period(count=30, unit="days")} | fields))
    put_sales(
        tx,
        [
            Sale(position=1, customer=7, at=after(1), minor=10000),
            Sale(position=2, customer=7, at=after(3), minor=15000),
        ],
    )
    accrue(tx, after=0, to=2)


def remaining(tx: Tx) -> list[int]:
    return [lot.remaining for lot in sorted(lots(tx, 7, programme="club"), key=lambda lot: lot.id)]


def active(tx: Tx) -> int:
    return balance_as_of(tx, 7, programme="club", booked_at=after(1000)).active


def test_spending_takes_the_earliest_expiry_first_and_says_which_lot_paid(tx: Tx) -> None:
    two_lots(tx)

    receipt = spend(tx, "club", 7, 120, key="till-1", at=after(4)).confirmed()

    assert receipt.available == 130
    assert remaining(tx) == [0, 130]
    line = statement(tx, 7, programme="club").items[0]
    assert [amount for _, amount in line.lots] == [-100, -20]
    assert line.balance == 130
    assert line.text.startswith("120 points spent. 100 points from lot_")
    assert check_ledger(tx) == []


def test_the_same_id_gives_the_first_answer_and_another_field_is_named(tx: Tx) -> None:
    two_lots(tx)
    first = spend(tx, "club", 7, 120, key="till-1", at=after(4))

    again = spend(tx, "club", 7, 120, key="till-1", at=after(5))

    assert again == first
    with pytest.raises(KeyConflict, match="another amount"):
        spend(tx, "club", 7, 121, key="till-1", at=after(5))
    assert active(tx) == 130


def test_a_refused_id_stays_refused_when_points_have_come_since(tx: Tx) -> None:
    two_lots(tx)

    refused = spend(tx, "club", 7, 300, key="till-1", at=after(4))
    adjust(tx, "club", 7, 1000, key="gift", at=after(4), **BY)
    late = spend(tx, "club", 7, 300, key="till-1", at=after(5))

    assert refused.outcome == late.outcome == "insufficient"
    with pytest.raises(InsufficientPoints, match="300 points were to be spent .* 250 spendable"):
        late.confirmed()
    assert active(tx) == 1250


def test_points_past_their_time_cannot_be_spent_before_the_expiry_job_has_run(tx: Tx) -> None:
    two_lots(tx)

    assert spend(tx, "club", 7, 151, key="a", at=after(31)).outcome == "insufficient"
    assert spend(tx, "club", 7, 150, key="b", at=after(31)).outcome == "posted"


def test_a_reversed_spending_gives_the_points_back_to_the_lots_they_came_from(tx: Tx) -> None:
    two_lots(tx)
    paid = spend(tx, "club", 7, 120, key="till-1", at=after(4))

    receipt = reverse(tx, "club", paid.transfer_id or 0, key="back", at=after(5), **BY)

    assert receipt.available == 250
    assert remaining(tx) == [100, 150]
    first = min(lot.id for lot in lots(tx, 7, programme="club"))
    assert [(move.amount, move.remaining_after) for move in lot_history(tx, first)] == [(-100, 0), (100, 100)]
    with pytest.raises(NotReversible, match="reversed before"):
        reverse(tx, "club", paid.transfer_id or 0, key="back-2", at=after(5), **BY)
    found = member(tx, 7, programme="club", at=after(5))
    assert found is not None and found.balance.spent == 0
    assert check_ledger(tx) == []


def test_points_given_back_to_a_lot_past_its_time_expire_with_the_next_run(tx: Tx) -> None:
    two_lots(tx)
    paid = spend(tx, "club", 7, 100, key="till-1", at=after(4))

    reverse(tx, "club", paid.transfer_id or 0, key="back", at=after(32), **BY)
    expire_due(tx, after(32))

    assert (remaining(tx), active(tx)) == ([0, 150], 150)


@pytest.mark.parametrize(
    ("policy", "left", "owed"), [("within_balance", 0, 0), ("unlimited", 0, 50), ("only_pending", 50, 0)]
)
def test_reversing_an_award_that_was_spent_follows_the_policy(
    tx: Tx, policy: str, left: int, owed: int
) -> None:
    two_lots(tx, returns=policy)
    spend(tx, "club", 7, 200, key="till-1", at=after(4)).confirmed()
    first = min(lot.transfer_id for lot in lots(tx, 7, programme="club"))

    if policy == "only_pending":
        with pytest.raises(NotReversible, match="nothing of it is left"):
            reverse(tx, "club", first, key="back", at=after(5), **BY)
    else:
        reverse(tx, "club", first, key="back", at=after(5), **BY)

    balance = balance_as_of(tx, 7, programme="club", booked_at=after(5))
    assert (balance.active, balance.owed) == (left, owed)
    assert check_ledger(tx) == []


def test_later_earning_repays_a_debt_first(tx: Tx) -> None:
    two_lots(tx, returns="unlimited")
    spend(tx, "club", 7, 250, key="till-1", at=after(4)).confirmed()
    first = min(lot.transfer_id for lot in lots(tx, 7, programme="club"))
    reverse(tx, "club", first, key="back", at=after(5), **BY)
    put_sales(tx, [Sale(position=3, customer=7, at=after(6), minor=13000)])

    accrue(tx, after=2, to=3)

    balance = balance_as_of(tx, 7, programme="club", booked_at=after(6))
    assert (balance.active, balance.owed) == (30, 0)
    assert trial_balance(tx, "club").total == 0
    assert check_ledger(tx) == []


def test_an_award_by_hand_is_a_lot_and_taking_away_takes_lots(tx: Tx) -> None:
    open_club(tx)
    assert enrol(tx, "club", 7, at=after(1))
    assert not enrol(tx, "club", 7, at=after(1))

    adjust(tx, "club", 7, 500, key="gift", at=after(1), **BY)
    adjust(tx, "club", 7, -200, key="mistake", at=after(2), **BY)

    assert (remaining(tx), active(tx)) == ([300], 300)
    texts = [line.text for line in statement(tx, 7, programme="club").items]
    assert texts[0].startswith("200 points taken by Ada: goodwill. 200 points from lot_")
    assert texts[1].startswith("500 points given by Ada: goodwill. Lot lot_")


def test_wrong_requests_say_what_is_wrong(tx: Tx) -> None:
    two_lots(tx)

    with pytest.raises(UnknownMember, match="enrol them first"):
        spend(tx, "club", 99, 10, key="a", at=after(4))
    with pytest.raises(UnknownTransfer):
        reverse(tx, "club", 999_999, key="b", at=after(4), **BY)
    for amount in (0, -5, 10**16):
        with pytest.raises(Invalid) as refused:
            spend(tx, "club", 7, amount, key="c", at=after(4))
        assert refused.value.findings[0].path == "amount"
    with pytest.raises(Invalid) as refused:
        spend(tx, "club", 7, 1, key="d", at=after(4), currency="stamps")
    assert refused.value.findings[0].path == "currency"


@pytest.mark.parametrize("table", ["transfer", "simple_spend", "entry_row", "lot_move_row"])
def test_the_ledger_refuses_to_be_changed(tx: Tx, table: str) -> None:
    two_lots(tx)

    for command in (f"update loyalty.{table} set booked_at = booked_at", f"delete from loyalty.{table}"):
        with (
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"),
            tx.transaction(),
        ):
            tx.execute(command)


def test_entries_that_do_not_balance_are_refused_where_they_are_written(tx: Tx) -> None:
    two_lots(tx)

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="do not balance"), tx.transaction():
        tx.execute(
            "insert into loyalty.entry_row (transfer_id, account_id, customer_id, amount, booked_at) "
            "values (1, 1, 7, 5, '2025-01-01'), (1, 2, 7, -4, '2025-01-01')"
        )


def test_the_check_says_exactly_where_the_ledger_breaks(tx: Tx) -> None:
    two_lots(tx)
    tx.execute(
        "update loyalty.lot set remaining = remaining - 1 where id = (select min(id) from loyalty.lot)"
    )

    found = check_ledger(tx)

    assert [finding.code for finding in found] == ["loyalty.lot", "loyalty.account"]
    assert "says 99 remain; its amount and movements leave 100" in found[0].message


@pytest.mark.parametrize("returns", ["within_balance", "unlimited"])
def test_reversing_an_award_takes_nothing_for_what_of_it_expired(tx: Tx, returns: str) -> None:
    two_lots(tx, returns=returns)
    spend(tx, "club", 7, 40, key="till-1", at=after(4)).confirmed()
    expire_due(tx, after(32))
    first = tx.execute("select min(id) from loyalty.transfer where kind = 'earn'").fetchone()[0]

    receipt = reverse(tx, "club", first, key="back", at=after(32), **BY).confirmed()

    assert receipt.available == 110  # 150 less the 40 spent; the 60 that expired are gone already.
    assert check_ledger(tx) == []


def test_buying_spending_and_returning_both_leaves_no_points(tx: Tx) -> None:
    open_club(tx, no_tiers(returns="within_balance"))
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=10000)])
    accrue(tx, after=0, to=1)
    paid = [spend(tx, "club", 7, 30, key=f"till-{n}", at=after(2)).transfer_id for n in range(2)]
    award = tx.execute("select id from loyalty.transfer where kind = 'earn'").fetchone()[0]
    reverse(tx, "club", award, key="award", at=after(3), **BY)

    back = [reverse(tx, "club", one or 0, key=f"back-{one}", at=after(4), **BY).available for one in paid]

    assert back == [0, 0]
    assert active(tx) == 0
    assert check_ledger(tx) == []
    assert trial_balance(tx, "club").total == 0
