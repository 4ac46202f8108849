"""Profiles are merged and split: points move as transfers, nothing is lost, and any order ends alike."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars import orders
from regulars.db import Database, Tx
from regulars.loyalty import (
    NotReversible,
    Period,
    UnknownMember,
    accrue,
    activate_due,
    adjust,
    balance_as_of,
    check_ledger,
    enrol,
    expire_due,
    follow,
    lots,
    member,
    programme_overview,
    programmes_of,
    reverse,
    review_tiers,
    roster,
    sources,
    spend,
    statement,
    trial_balance,
)
from tests.integration.loyalty.books import (
    DAYS_30,
    Sale,
    after,
    changed,
    no_tiers,
    open_club,
    put_sales,
    steep_tiers,
)
from tests.integration.people import know, regroup

BY = {"reason": "test", "actor": "Ada"}
A, B, C, D = 1, 2, 3, 4
NOW = after(20)


@pytest.fixture(autouse=True)
def standing_clock(request: pytest.FixtureRequest) -> None:
    """Time stands at the twentieth day, so that what follows is booked then."""
    if "tx" in request.fixturenames:
        stand(request.getfixturevalue("tx"), 20)


def stand(tx: Tx, day: float) -> None:
    tx.execute("update log.clock set mode = 'standing', stands_at = %s", (after(day),))


def opened(tx: Tx, programme=None, people=(A, B, C, D)) -> None:
    open_club(tx, programme or no_tiers())
    know(tx, people)


def buys(tx: Tx, position: int, who: int, points: int, day: float, atom: int | None = None) -> None:
    put_sales(tx, [Sale(position=position, customer=who, at=after(day), minor=points * 100, atom=atom)])
    accrue(tx, after=position - 1, to=position)


def merge(tx: Tx, *away: int, into: int = A) -> None:
    regroup(tx, dict.fromkeys(away, into), [follow])


def split(tx: Tx, *away: int) -> None:
    regroup(tx, {one: one for one in away}, [follow])


def five(tx: Tx, who: int) -> tuple[int, int, int]:
    found = balance_as_of(tx, who, programme="club", booked_at=after(1000))
    return found.active, found.pending, found.owed


def sound(tx: Tx) -> bool:
    return check_ledger(tx) == [] and trial_balance(tx, "club").total == 0


def lines(tx: Tx, who: int) -> list[str]:
    return [line.text for line in statement(tx, who, programme="club").items]


def test_points_move_with_their_dates_and_where_they_came_from(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, A, 100, 1)
    buys(tx, 2, B, 40, 2)
    buys(tx, 3, B, 60, 3)
    spend(tx, "club", B, 50, key="s", at=after(4))
    before = lots(tx, B, programme="club")

    merge(tx, B)

    held = [lot for lot in lots(tx, A, programme="club") if lot.remaining]
    moved = next(lot for lot in held if lot.order_key == "order-3")
    left = next(lot for lot in before if lot.order_key == "order-3")
    assert [lot.remaining for lot in held] == [100, 50]
    assert (moved.earned_at, moved.active_from, moved.expires_at) == (
        left.earned_at, left.active_from, left.expires_at,
    )  # fmt: skip
    assert (five(tx, A), five(tx, B)) == ((150, 0, 0), (0, 0, 0))
    assert (member(tx, B, programme="club", at=NOW), programmes_of(tx, B)) == (None, [])
    assert [line.customer_id for line in roster(tx, "club").items] == [A]
    assert "50 points came from cus_2: profiles were merged." in lines(tx, A)[0]
    assert sources(tx, A, programme="club").received == 150
    assert programme_overview(tx, "club", NOW).issued == 200
    assert sound(tx)


def test_what_waits_still_waits_and_a_debt_comes_along(tx: Tx) -> None:
    opened(tx, no_tiers(starts=DAYS_30, returns="unlimited"))
    enrol(tx, "club", A, at=after(1))
    buys(tx, 1, B, 30, 2)
    buys(tx, 2, C, 70, 3)
    activate_due(tx, after(40))
    spend(tx, "club", C, 70, key="s", at=after(41))
    earned = tx.execute("select id from loyalty.transfer where order_id = 2").fetchone()[0]
    reverse(tx, "club", earned, key="r", at=after(42), **BY)
    buys(tx, 3, D, 25, 43)
    assert (five(tx, C), five(tx, D)) == ((0, 0, 70), (0, 25, 0))
    stand(tx, 50)

    merge(tx, B, C, D)

    assert five(tx, A) == (0, 25, 40)  # The 30 that could be spent repaid part of the debt.
    assert [five(tx, who) for who in (B, C, D)] == [(0, 0, 0)] * 3
    assert activate_due(tx, after(90)) > 0
    assert five(tx, A) == (0, 0, 15)
    assert sound(tx)


def test_later_orders_of_the_merged_profile_earn_for_the_person_and_go_along_when_it_is_split(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, A, 100, 1)
    merge(tx, B)
    buys(tx, 2, A, 40, 5, atom=B)
    assert (five(tx, A), programmes_of(tx, B)) == ((140, 0, 0), [])

    split(tx, B)

    assert (five(tx, A), five(tx, B)) == ((100, 0, 0), (40, 0, 0))
    assert sound(tx)


def test_a_split_gives_back_what_is_left_into_the_lots_it_left_and_says_what_was_used(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    buys(tx, 2, A, 100, 2)
    merge(tx, B)
    spend(tx, "club", A, 70, key="s", at=after(21))  # The earliest first: those that came with the merge.
    stand(tx, 22)

    split(tx, B)

    assert (five(tx, A), five(tx, B)) == ((100, 0, 0), (30, 0, 0))
    (back,) = lots(tx, B, programme="club")
    assert (back.amount, back.remaining, back.order_key) == (100, 30, "order-1")
    assert "30 points came from cus_1: profiles were split again." in lines(tx, B)[0]
    assert "70 points of that profile had been used and stay so." in lines(tx, B)[0]
    assert "30 points went to cus_2" in lines(tx, A)[0]
    assert "70 points of that profile had been used" in lines(tx, A)[0]
    merge(tx, B)
    split(tx, B)
    assert (five(tx, A), five(tx, B)) == ((100, 0, 0), (30, 0, 0))
    assert sound(tx)


def test_following_again_moves_nothing(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    moved = regroup(tx, {B: A}, [follow])

    follow(tx, moved)

    assert five(tx, A) == (100, 0, 0)
    assert tx.execute("select count(*) from loyalty.transfer where kind = 'merge'").fetchone() == (2,)


def test_who_became_a_member_by_a_merge_only_is_none_after_the_split_and_can_join_again(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    merge(tx, B)
    assert member(tx, A, programme="club", at=NOW).joined_at == after(1)

    split(tx, B)

    assert (programmes_of(tx, A), programmes_of(tx, B)) == ([], ["club"])
    buys(tx, 2, A, 10, 30)
    assert (five(tx, A), five(tx, B)) == ((10, 0, 0), (100, 0, 0))
    assert sound(tx)


def end(tx: Tx) -> list[tuple]:
    query = """
        select p.person_id, m.customer_id, l.transfer_id, l.remaining, l.expires_at, mt.tier, mt.valid_until
        from loyalty.lot l join loyalty.member m on m.id = l.member_id
        join loyalty.member_tier mt on mt.member_id = m.id
        join customers.fact_person p on p.customer_id = l.customer_id
        where l.remaining > 0 order by 3, 1
    """
    return tx.execute(query).fetchall()


@pytest.mark.parametrize("order", list(permutations([(B, A), (C, A), (D, C)])))
def test_merges_in_any_order_end_alike(tx: Tx, order) -> None:
    opened(tx, changed(tier_set=steep_tiers()))
    for position, (who, points) in enumerate([(B, 120), (C, 320), (D, 20), (B, 5)], 1):
        buys(tx, position, who, points, position)

    leads = {who: who for who in (A, B, C, D)}
    for away, into in order:
        # Everybody of the one group goes to the smallest of both, as the room of customers would say.
        both = {who for who, lead in leads.items() if lead in (leads[away], leads[into])}
        leads |= dict.fromkeys(both, min(both))
        regroup(tx, dict(leads), [follow])

    assert {row[:2] for row in end(tx)} == {(A, A)}
    assert {row[3] for row in end(tx)} == {120, 320, 20, 5}
    assert {row[5:] for row in end(tx)} == {(3, after(2 + 30))}
    assert (five(tx, A), sound(tx)) == ((465, 0, 0), True)


def test_the_better_tier_of_both_holds_until_the_profile_leaves(tx: Tx) -> None:
    opened(tx, changed(tier_set=steep_tiers()))
    buys(tx, 1, A, 10, 1)
    buys(tx, 2, B, 310, 2)

    merge(tx, B)

    tier = member(tx, A, programme="club", at=NOW).tier
    assert (tier.name, tier.collected, tier.valid_until) == ("Gold", 320, after(32))
    assert tier.why.startswith("Gold: brought by a merged profile on 21 January 2025 with 310 collected.")
    split(tx, B)
    found = [member(tx, who, programme="club", at=NOW).tier.name for who in (A, B)]
    assert found == ["Member", "Gold"]


def test_a_review_of_the_person_counts_all_profiles_and_holds_for_all(tx: Tx) -> None:
    opened(tx, changed(tier_set=steep_tiers()))
    buys(tx, 1, A, 60, 18)
    buys(tx, 2, B, 310, 2)
    merge(tx, B)

    assert review_tiers(tx, after(95)) == 1  # In March the 310 still count, in April they do not.

    split(tx, B)
    found = [member(tx, who, programme="club", at=after(95)).tier.name for who in (A, B)]
    assert found == ["Silver", "Silver"]
    assert review_tiers(tx, after(95)) == 0


def test_a_tier_is_reached_by_what_all_profiles_collected(tx: Tx) -> None:
    opened(tx, changed(tier_set=steep_tiers()))
    buys(tx, 1, A, 60, 1)
    buys(tx, 2, B, 60, 2)
    merge(tx, B)
    assert member(tx, A, programme="club", at=NOW).tier.name == "Member"

    buys(tx, 3, A, 1, 21)

    assert member(tx, A, programme="club", at=after(21)).tier.name == "Silver"


def earned_by(tx: Tx, order: int) -> int:
    return tx.execute(
        "select id from loyalty.transfer where order_id = %s and kind = 'earn'", (order,)
    ).fetchone()[0]


def test_an_award_is_taken_back_from_whoever_holds_it_now(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    merge(tx, B)

    reverse(tx, "club", earned_by(tx, 1), key="r", at=after(21), **BY)

    assert (five(tx, A), five(tx, B), sound(tx)) == ((0, 0, 0), (0, 0, 0), True)


def test_a_spending_from_before_the_merge_is_given_back_to_the_person(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    spent = spend(tx, "club", B, 80, key="s", at=after(2)).transfer_id
    merge(tx, B)
    assert five(tx, A) == (20, 0, 0)

    receipt = reverse(tx, "club", spent, key="r", at=after(21), **BY)

    assert (receipt.outcome, five(tx, A), five(tx, B), sound(tx)) == ("posted", (100, 0, 0), (0, 0, 0), True)


def test_a_spending_of_merged_points_is_given_back_to_the_profile_that_left(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    merge(tx, B)
    spent = spend(tx, "club", A, 80, key="s", at=after(21)).transfer_id
    split(tx, B)

    reverse(tx, "club", spent, key="r", at=after(22), **BY)

    assert (five(tx, B), sound(tx)) == ((100, 0, 0), True)


def test_a_profile_merged_away_names_the_person_and_a_late_retry_gets_the_first_answer(tx: Tx) -> None:
    opened(tx)
    buys(tx, 1, B, 100, 1)
    first = spend(tx, "club", B, 10, key="s", at=after(2))
    merge(tx, B)

    again = [spend(tx, "club", who, 10, key="s", at=after(21)) for who in (A, B)]
    spend(tx, "club", B, 5, key="t", at=after(21)).confirmed()

    assert [one.transfer_id for one in again] == [first.transfer_id] * 2
    assert five(tx, A) == (85, 0, 0)
    adjust(tx, "club", B, 7, key="u", at=after(22), **BY)
    assert (five(tx, A), five(tx, B), sound(tx)) == ((92, 0, 0), (0, 0, 0), True)


def test_merged_points_expire_once_and_on_their_day(tx: Tx) -> None:
    opened(tx, no_tiers(valid=DAYS_30))
    buys(tx, 1, B, 100, 1)
    merge(tx, B)

    expire_due(tx, after(60))

    assert (five(tx, A), sound(tx)) == ((0, 0, 0), True)
    split(tx, B)
    assert (five(tx, B), expire_due(tx, after(61))) == ((0, 0, 0), 0)


GROUPINGS = [
    {A: A, B: B, C: C},
    {A: A, B: A, C: C},
    {A: A, B: B, C: A},
    {A: A, B: B, C: B},
    {A: A, B: A, C: A},
    {A: B, B: B, C: C},
]
STEP = st.one_of(
    st.tuples(st.just("earn"), st.sampled_from([A, B, C]), st.integers(100, 20_000)),
    st.tuples(st.just("spend"), st.sampled_from([A, B, C]), st.integers(1, 150)),
    st.tuples(st.just("adjust"), st.sampled_from([A, B, C]), st.integers(-80, 80).filter(bool)),
    st.tuples(st.just("reverse"), st.just(A), st.integers(0, 30)),
    st.tuples(st.just("regroup"), st.just(A), st.integers(0, len(GROUPINGS) - 1)),
    st.tuples(st.just("due"), st.just(A), st.integers(1, 45)),
)
PROGRAMMES = st.builds(
    changed,
    starts=st.sampled_from([None, Period(count=5, unit="days")]),
    valid=st.sampled_from([None, Period(count=20, unit="days")]),
    returns=st.sampled_from(["only_pending", "within_balance", "unlimited"]),
    tier_set=st.builds(steep_tiers, st.sampled_from(["1", "1.5"])),
)
STRAY = """
    select l.id from loyalty.lot l join loyalty.member m on m.id = l.member_id
    join customers.fact_person p on p.customer_id = l.customer_id
    where l.remaining > 0 and (m.customer_id <> p.person_id or m.closed_at is not null)
"""


def do(tx: Tx, step: tuple[str, int, int], number: int, day: float) -> None:
    what, who, given = step
    at, key = after(day), f"{what}-{number}"
    person = tx.execute(
        "select person_id from customers.fact_person where customer_id = %s", (who,)
    ).fetchone()[0]
    if what == "earn":
        put_sales(tx, [Sale(position=number, customer=person, atom=who, at=at, minor=given)])
        accrue(tx, after=number - 1, to=number)
    elif what == "spend":
        with suppress(UnknownMember):
            spend(tx, "club", who, given, key=key, at=at)
    elif what == "adjust":
        with suppress(UnknownMember):
            adjust(tx, "club", who, given, key=key, at=at, **BY)
    elif what == "reverse":
        ids = [row[0] for row in tx.execute("select id from loyalty.transfer order by id").fetchall()]
        with suppress(NotReversible):
            if ids:
                reverse(tx, "club", ids[given % len(ids)], key=key, at=at, **BY)
    elif what == "due":
        activate_due(tx, at)
        expire_due(tx, at)
        review_tiers(tx, at)
    else:
        stand(tx, day)
        regroup(tx, GROUPINGS[given], [follow])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMMES, st.lists(STEP, min_size=5, max_size=25))
def test_whatever_is_merged_and_split_the_ledger_holds(database: Database, programme, steps) -> None:
    with database.transaction() as tx, tx.transaction(force_rollback=True):
        opened(tx, programme)
        day = 1.0
        for number, step in enumerate(steps, 1):
            day += step[2] if step[0] == "due" else 0.01
            do(tx, step, number, day)
        assert sound(tx)
        assert tx.execute(STRAY).fetchall() == []
        review_tiers(tx, after(day + 400))
        assert (review_tiers(tx, after(day + 400)), sound(tx)) == (0, True)


def committed(database: Database, points: int = 1000) -> None:
    with database.transaction() as tx:
        stand(tx, 20)
        opened(tx)
        for who in (A, B, C, D):
            enrol(tx, "club", who, at=after(1))
            adjust(tx, "club", who, points, key=f"opening-{who}", at=after(1), **BY)


def test_spending_while_profiles_are_merged_loses_nothing_and_refuses_no_valid_one(
    database: Database,
) -> None:
    committed(database)

    def burn(number: int) -> str:
        with database.transaction() as tx:
            return spend(tx, "club", (A, B)[number % 2], 20, key=f"till-{number}", at=after(20)).outcome

    def join(number: int) -> None:
        with database.transaction() as tx:
            regroup(tx, {B: A if number % 2 == 0 else B}, [follow])

    with ThreadPoolExecutor(8) as pool:
        joining = [pool.submit(join, n) for n in range(11)]
        outcomes = list(pool.map(burn, range(80)))
        for one in joining:
            one.result()

    assert outcomes == ["posted"] * 80
    with database.transaction() as tx:
        assert (five(tx, A)[0] + five(tx, B)[0], sound(tx)) == (400, True)


def test_orders_booked_while_profiles_are_merged_earn_once(database: Database) -> None:
    committed(database, 10)
    with database.transaction() as tx:
        put_sales(tx, [Sale(position=n, customer=B, at=after(15), minor=100) for n in range(1, 201)])

    def book() -> None:
        for start in range(0, 200, 10):
            with database.transaction() as tx:
                accrue(tx, after=start, to=start + 10)

    def join() -> None:
        for person in (A, B, A):
            with database.transaction() as tx:
                regroup(tx, {B: person}, [orders.follow, follow])

    with ThreadPoolExecutor(2) as pool:
        booking, joining = pool.submit(book), pool.submit(join)
        booking.result()
        joining.result()

    with database.transaction() as tx:
        assert (five(tx, A), five(tx, B), sound(tx)) == ((220, 0, 0), (0, 0, 0), True)


def test_two_merges_at_once_end_as_one_after_the_other(database: Database) -> None:
    committed(database)

    def join(away: int) -> None:
        with database.transaction() as tx:
            regroup(tx, {away: A}, [follow])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(join, [B, C, D, B, C, D]))

    with database.transaction() as tx:
        assert (five(tx, A), sound(tx)) == ((4000, 0, 0), True)


DYING = """
    import os, signal, sys
    from regulars.db import Database
    from regulars.loyalty import follow
    from tests.integration.people import regroup

    with Database(sys.argv[1]) as database, database.transaction() as tx:
        regroup(tx, {2: 1, 3: 1}, [follow])
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_before_the_commit_a_merge_leaves_nothing_and_again_does_all(database: Database) -> None:
    committed(database)

    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DYING), database.dsn],
        check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the tests' own package
    )

    assert died.returncode == -signal.SIGKILL
    with database.transaction() as tx:
        assert ([five(tx, who)[0] for who in (A, B, C)], sound(tx)) == ([1000, 1000, 1000], True)
        merge(tx, B, C)
        assert ([five(tx, who)[0] for who in (A, B, C)], sound(tx)) == ([3000, 0, 0], True)


def test_history_earns_nothing(tx: Tx) -> None:
    opened(tx)
    put_sales(tx, [Sale(position=n, customer=A, at=after(n), minor=1000, history=n < 3) for n in (1, 2, 3)])

    accrue(tx, after=0, to=3)

    assert five(tx, A) == (10, 0, 0)
    assert member(tx, A, programme="club", at=NOW).joined_at == after(3)
