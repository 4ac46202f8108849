"""Orders that come back: line by line, in any order, with what was spent on them."""

from itertools import permutations

import pytest

from regulars.customers import Moved
from regulars.db import Tx
from regulars.loyalty import (
    EarningRule,
    Period,
    accrue,
    adjust,
    balance_as_of,
    check_ledger,
    enrol,
    follow,
    lots,
    spend,
)
from tests.integration.loyalty.books import Sale, after, no_tiers, open_club, put_sales
from tests.integration.loyalty.shop import cancelled, returned, touch

BY = {"reason": "opening", "actor": "Ada"}
LINES = (("milk", 333), ("bread", 333), ("tea", 334))


def active(tx: Tx, day: float = 30) -> int:
    return balance_as_of(tx, 7, programme="club", booked_at=after(day)).active


def bought(tx: Tx, **fields: object) -> None:
    open_club(tx, no_tiers(**fields))
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=1000, lines=LINES)])
    accrue(tx, after=0, to=1)


@pytest.mark.parametrize("rounded_per", ["order", "line"])
def test_part_returns_in_any_order_are_one_full_return(tx: Tx, rounded_per: str) -> None:
    rule = EarningRule(key="spend", points=1, per="0.07", money="USD", rounded_per=rounded_per)
    bought(tx, earning=(rule,))
    earned = active(tx)
    steps = [(1, 100), (1, 333), (2, 333), (3, 17), (3, 334)]

    seen = set()
    for order in permutations(steps, 5):
        with tx.transaction(force_rollback=True):
            back: dict[int, int] = {}
            for line, minor in order:
                back[line] = max(minor, back.get(line, 0))
                returned(tx, 1, back)
                touch(tx, 1)
                assert check_ledger(tx) == []
            seen.add(active(tx))

    assert (earned > 100, seen) == (True, {0})


def test_what_stands_after_a_part_return_depends_on_the_order_alone(tx: Tx) -> None:
    bought(tx, earning=(EarningRule(key="spend", points=1, per="0.07", money="USD", rounded_per="order"),))

    left = []
    for steps in ([{1: 100, 2: 333}], [{2: 333}, {1: 100, 2: 333}], [{1: 333}, {1: 50}, {1: 100, 2: 333}]):
        with tx.transaction(force_rollback=True):
            for step in steps:
                returned(tx, 1, {1: 0, 2: 0, 3: 0} | step)
                touch(tx, 1)
                touch(tx, 1)
            assert check_ledger(tx) == []
            left.append(active(tx))

    # 48, 47 and 48 points for the lines, of which 233 of 333 of the first stand, and all of the last.
    assert left == [34 + 48] * 3


def test_a_cancelled_order_earns_nothing_and_earns_again_when_it_stands_again(tx: Tx) -> None:
    bought(tx)

    figures = []
    for off in (True, False, True, False):
        cancelled(tx, 1, off=off)
        touch(tx, 1)
        figures.append(active(tx))

    assert figures == [0, 10, 0, 10]
    assert check_ledger(tx) == []


def test_nobody_joins_or_earns_by_an_order_that_was_cancelled_before_it_was_seen(tx: Tx) -> None:
    open_club(tx, no_tiers())
    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=1000, lines=LINES)])
    cancelled(tx, 1)

    accrue(tx, after=0, to=1)

    for table in ("member", "transfer", "lot"):
        assert tx.execute(f"select count(*) from loyalty.{table}").fetchone() == (0,), table
    cancelled(tx, 1, off=False)
    touch(tx, 1)
    assert (active(tx), check_ledger(tx)) == (10, [])


def test_money_given_back_without_naming_lines_comes_off_every_line(tx: Tx) -> None:
    bought(tx)

    returned(tx, 1, {}, beyond=500)
    touch(tx, 1)

    assert active(tx) in (5, 6)
    returned(tx, 1, {1: 333}, beyond=667)
    touch(tx, 1)
    assert (active(tx), check_ledger(tx)) == (0, [])


def test_lines_that_are_added_later_earn_once_more_and_come_back_alone(tx: Tx) -> None:
    bought(tx)
    tx.execute(
        "insert into orders.line (order_id, line, customer_id, product_id, total_minor, discount_minor) "
        "select 1, 4, 7, product_id, 500, 0 from orders.product limit 1"
    )
    tx.execute("update orders.purchase set total_minor = 1500, line_count = 4")

    touch(tx, 1)
    touch(tx, 1)
    both = active(tx)
    returned(tx, 1, {4: 500})
    touch(tx, 1)

    assert (both, active(tx), check_ledger(tx)) == (15, 10, [])


@pytest.mark.parametrize(
    ("policy", "left", "owed"), [("only_pending", 30, 0), ("within_balance", 20, 0), ("unlimited", 20, 0)]
)
def test_points_that_were_spent_already_are_taken_by_the_policy(
    tx: Tx, policy: str, left: int, owed: int
) -> None:
    bought(tx, returns=policy)
    adjust(tx, "club", 7, 30, key="gift", at=after(2), **BY)
    spend(tx, "club", 7, 10, key="till", at=after(3))

    cancelled(tx, 1)
    touch(tx, 1)

    balance = balance_as_of(tx, 7, programme="club", booked_at=after(30))
    assert (balance.active, balance.owed, check_ledger(tx)) == (left, owed, [])


def test_spent_points_come_back_by_share_into_their_lot_and_end_no_earlier_than_promised(tx: Tx) -> None:
    days = Period(count=10, unit="days")
    open_club(tx, no_tiers(valid=days, given_back_days=30, earning=()))
    enrol(tx, "club", 7, at=after(1))
    adjust(tx, "club", 7, 100, key="gift", at=after(1), **BY)
    put_sales(tx, [Sale(position=1, customer=7, at=after(2), minor=1000, lines=LINES)])
    spend(tx, "club", 7, 100, key="till", at=after(2), order_key="order-1")

    returned(tx, 1, {1: 333})
    touch(tx, 1)
    part = active(tx, 5)
    cancelled(tx, 1)
    touch(tx, 1)

    (lot,) = lots(tx, 7, programme="club")
    assert (part, active(tx, 5), lot.remaining, lot.expires_at) == (33, 100, 100, after(32))
    cancelled(tx, 1, off=False)
    touch(tx, 1)
    assert (active(tx, 5), check_ledger(tx)) == (33, [])


def test_spent_points_come_back_with_the_whole_order_where_the_programme_says_so(tx: Tx) -> None:
    open_club(tx, no_tiers(given_back="when_all", earning=()))
    enrol(tx, "club", 7, at=after(1))
    adjust(tx, "club", 7, 100, key="gift", at=after(1), **BY)
    put_sales(tx, [Sale(position=1, customer=7, at=after(2), minor=1000, lines=LINES)])
    spend(tx, "club", 7, 100, key="till", at=after(2), order_key="order-1")

    figures = []
    for back in ({1: 333}, {1: 333, 2: 333, 3: 334}):
        returned(tx, 1, back)
        touch(tx, 1)
        figures.append(active(tx, 5))

    assert figures == [0, 100]


def test_an_order_that_turns_out_to_be_somebody_elses_earns_for_them_alone(tx: Tx) -> None:
    bought(tx)

    for who in (8, 8, 7):
        tx.execute("update orders.purchase set customer_id = %s, atom_id = %s", (who, who))
        touch(tx, 1)
        balances = [
            balance_as_of(tx, n, programme="club", booked_at=after(30)).active for n in (7, 8) if n == who
        ]
        assert (balances, check_ledger(tx)) == ([10], [])

    assert balance_as_of(tx, 8, programme="club", booked_at=after(30)).active == 0


def test_what_a_merge_brought_to_another_member_is_taken_back_there(tx: Tx) -> None:
    for who in (7, 8):
        tx.execute(
            "insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at) "
            "values (%s, %s, %s, %s)",
            (who, after(0), after(0), after(0)),
        )
    bought(tx)
    enrol(tx, "club", 8, at=after(1))
    tx.execute("update customers.customer set survivor_id = 8 where customer_id = 7")
    follow(tx, [Moved(atom_id=7, before=7, after=8)])
    tx.execute("update orders.purchase set customer_id = 8, atom_id = 7")
    tx.execute("update orders.line set customer_id = 8")
    moved = balance_as_of(tx, 8, programme="club", booked_at=after(9000)).active

    returned(tx, 1, {1: 333})
    touch(tx, 1)
    part = balance_as_of(tx, 8, programme="club", booked_at=after(9000)).active
    cancelled(tx, 1)
    touch(tx, 1)

    left = balance_as_of(tx, 8, programme="club", booked_at=after(9000)).active
    assert (moved, part, left, check_ledger(tx)) == (10, 7, 0, [])
