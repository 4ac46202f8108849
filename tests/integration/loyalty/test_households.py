"""Households share what they may spend: whose lots pay, what each sees, and nothing is spent twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from regulars.db import Database, Tx
from regulars.loyalty import (
    adjust,
    balance_as_of,
    check_ledger,
    enrol,
    follow,
    lots,
    member,
    place_hold,
    reverse,
    spend,
)
from tests.integration.loyalty.books import after, no_tiers, open_club
from tests.integration.people import know, regroup

BY = {"reason": "test", "actor": "Ada"}
A, B, C, D, STRANGER = 1, 2, 3, 4, 5


def settle(tx: Tx, homes: dict[str, list[int]], *, pooling: str = "household", points: int = 100) -> None:
    know(tx, [A, B, C, D, STRANGER])
    open_club(tx, no_tiers(pooling=pooling))
    for number, (key, people) in enumerate(homes.items(), 1):
        tx.execute(
            "insert into customers.circle (type, key, first_seen_at, last_seen_at) values ('household', %s, %s, %s)",
            (key, after(0), after(0)),
        )
        for who in people:
            tx.execute(
                "insert into customers.circle_member (group_id, atom_id, belongs, since, occurred_at, position)"
                " select group_id, %s, true, %s, %s, 1 from customers.circle where key = %s",
                (who, after(number), after(number), key),
            )
    for who in (A, B, C, D, STRANGER):
        enrol(tx, "club", who, at=after(1))
        if points:
            adjust(tx, "club", who, points, key=f"first-{who}", at=after(1 + who), **BY)


def has(tx: Tx, who: int) -> int:
    return balance_as_of(tx, who, programme="club", booked_at=after(1000)).active


def test_own_lots_pay_first_then_the_earliest_ending_of_the_others_and_a_return_brings_all_home(
    tx: Tx,
) -> None:
    settle(tx, {"home": [A, B, C], "other": [C, D]})

    seen = member(tx, A, programme="club", at=after(10))
    receipt = spend(tx, "club", A, 170, key="s", at=after(10)).confirmed()

    assert (seen.spendable, seen.household, seen.balance.active) == (300, 300, 100)
    assert (receipt.available, has(tx, A), has(tx, B), has(tx, C)) == (130, 0, 30, 100)
    assert [member(tx, who, programme="club", at=after(10)).spendable for who in (B, C, D)] == [130, 130, 100]
    assert not any("cus_1" in lot.reason for lot in lots(tx, B, programme="club") if lot.reason)
    assert spend(tx, "club", B, 131, key="t", at=after(11)).outcome == "insufficient"
    reverse(tx, "club", receipt.transfer_id, key="r", at=after(12), **BY)
    assert ([has(tx, who) for who in (A, B, C)], check_ledger(tx)) == ([100, 100, 100], [])


def test_nothing_is_shared_where_the_programme_does_not_pool_or_nobody_is_at_home(tx: Tx) -> None:
    settle(tx, {"home": [A, B]}, pooling="none")

    assert spend(tx, "club", A, 101, key="s", at=after(10)).outcome == "insufficient"
    assert member(tx, A, programme="club", at=after(10)).household is None
    assert member(tx, STRANGER, programme="club", at=after(10)).household is None


def test_a_merged_member_shares_as_the_person(tx: Tx) -> None:
    settle(tx, {"home": [A, B]})
    tx.execute("update log.clock set mode = 'standing', stands_at = %s", (after(20),))

    regroup(tx, {STRANGER: B}, [follow])

    assert member(tx, A, programme="club", at=after(21)).spendable == 300
    spend(tx, "club", A, 300, key="s", at=after(21)).confirmed()
    assert check_ledger(tx) == []


@pytest.mark.parametrize("rounds", [24])
def test_a_household_at_several_tills_at_once_spends_no_point_twice(database: Database, rounds: int) -> None:
    with database.transaction() as tx:
        settle(tx, {"home": [A, B, C]}, points=100)

    def pay(number: int) -> str:
        with database.transaction() as tx:
            return spend(tx, "club", (A, B, C)[number % 3], 25, key=f"till-{number}", at=after(10)).outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(pay, range(rounds)))

    assert (outcomes.count("posted"), outcomes.count("insufficient")) == (12, rounds - 12)
    with database.transaction() as tx:
        assert ([has(tx, who) for who in (A, B, C)], check_ledger(tx)) == ([0, 0, 0], [])


def test_two_of_a_household_who_want_the_whole_pot_at_once_get_it_once(database: Database) -> None:
    with database.transaction() as tx:
        settle(tx, {"home": [A, B]}, points=100)

    def want(number: int) -> str:
        who = (A, B)[number % 2]
        with database.transaction() as tx:
            if number % 4 < 2:
                return spend(tx, "club", who, 200, key=f"all-{number}", at=after(10)).outcome
            return place_hold(tx, "club", who, 200, key=f"all-{number}", at=after(10)).outcome

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(want, range(8)))

    assert (outcomes.count("posted") + outcomes.count("held"), outcomes.count("insufficient")) == (1, 7)
    with database.transaction() as tx:
        left = 200 if "held" in outcomes else 0
        assert (has(tx, A) + has(tx, B), check_ledger(tx)) == (left, [])
        assert member(tx, A, programme="club", at=after(10)).spendable == 0
