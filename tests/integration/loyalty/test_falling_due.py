"""Inactivity, notices, welcome, birthdays, waiting that an event ends, and closing: once, and made up for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from regulars.db import Database, Tx
from regulars.loyalty import (
    DUE,
    Award,
    Birthday,
    Period,
    accrue,
    activate_due,
    adjust,
    award_birthdays,
    check_ledger,
    climb,
    enrol,
    expire_due,
    expire_inactive,
    greet_due,
    spend,
    tell_expiring_points,
)
from regulars.loyalty.acts import after as acts_after
from regulars.loyalty.acts import before as acts_before
from regulars.loyalty.posting import newest
from tests.integration.loyalty.books import START, Sale, after, no_tiers, open_club, put_sales, steep_tiers
from tests.integration.people import know

BY = {"reason": "test", "actor": "Ada"}
MONTH = Period(count=1, unit="months")


@pytest.fixture(autouse=True)
def people(request: pytest.FixtureRequest) -> None:
    if "tx" in request.fixturenames:
        know(request.getfixturevalue("tx"), range(1, 31))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def buys(tx: Tx, position: int, who: int, points: int, at: datetime) -> None:
    put_sales(tx, [Sale(position=position, customer=who, at=at, minor=points * 100)])
    accrue(tx, after=position - 1, to=position)


def happens(tx: Tx, position: int, who: int, name: str, at: datetime, **properties: object) -> None:
    tx.execute(
        "insert into log.event (position, booked_at, occurred_at, received_at, message_id, source, type, name,"
        " customer_id, properties, context, history, schema_version, hops)"
        " values (%s, %s, %s, %s, %s, 'web', 'track', %s, %s, %s, '{}', false, 1, 0)",
        (position, at, at, at, f"m{position}", name, who, Jsonb(properties)),
    )
    acts_before(tx, after=position - 1, to=position)
    acts_after(tx, after=position - 1, to=position)


def told(tx: Tx, name: str) -> list[dict[str, Any]]:
    query = "select properties || jsonb_build_object('who', customer_id) from log.inbox where name = %s order by arrival, message_id"
    return [row[0] for row in tx.execute(query, (f"regulars.loyalty.{name}",)).fetchall()]


def expired(tx: Tx) -> list[tuple[int, int, datetime]]:
    return tx.execute(
        "select customer_id, amount, occurred_at from loyalty.transfer where kind = 'expire' order by occurred_at, 1"
    ).fetchall()


def given(tx: Tx) -> list[tuple[int, int, str, datetime]]:
    return tx.execute(
        "select t.customer_id, t.amount, t.reason, t.occurred_at from loyalty.transfer t"
        " where t.reason in ('Welcome', 'Birthday') order by t.occurred_at, 1"
    ).fetchall()


def test_points_of_who_is_inactive_end_and_activity_slides_the_end_without_touching_lots(tx: Tx) -> None:
    open_club(tx, no_tiers(valid=None, inactive_after=MONTH))
    for who in (1, 2, 3):
        buys(tx, who, who, 100, utc("2025-01-31 15:00"))
    receipt = spend(tx, "club", 2, 10, key="s", at=utc("2025-02-20 15:00"))
    climb(tx, newest(tx, "club"), [receipt.transfer_id])
    buys(tx, 4, 3, 5, utc("2025-02-27 15:00"))
    adjust(tx, "club", 1, 7, key="a", at=utc("2025-02-25 15:00"), **BY)  # Not the member's doing.

    first = [expire_inactive(tx, utc(f"2025-02-28 {hour}:59")) for hour in ("14", "15", "15")]
    adjust(tx, "club", 1, 9, key="b", at=utc("2025-03-05 15:00"), **BY)
    later = expire_inactive(tx, utc("2025-04-09 12:00"))

    assert (first, later) == ([0, 1, 0], 3)
    assert expired(tx) == [
        (1, 107, utc("2025-02-28 15:00")),
        (2, 90, utc("2025-03-20 14:00")),  # The same wall time, after the clocks changed.
        (3, 105, utc("2025-03-27 14:00")),
        (1, 9, utc("2025-03-28 14:00")),
    ]
    assert check_ledger(tx) == []


def test_switching_ends_on_lets_nothing_end_before_a_full_period(tx: Tx) -> None:
    open_club(tx, no_tiers(valid=None))
    buys(tx, 1, 1, 100, START)

    ending = no_tiers(valid=Period(count=3, unit="months"), inactive_after=MONTH)
    open_club(tx, ending, at=utc("2025-12-01 05:00"), version=2)

    early = [expire_due(tx, utc("2025-12-31 05:00")), expire_inactive(tx, utc("2026-01-01 04:59"))]
    assert (early, expire_inactive(tx, utc("2026-01-01 05:00"))) == ([0, 0], 1)
    open_club(tx, ending, at=utc("2026-01-02 05:00"), version=3)
    assert tx.execute("select expires_at from loyalty.lot").fetchall() == [(utc("2026-03-01 05:00"),)]


def test_members_are_told_once_of_each_day_on_which_points_end(tx: Tx) -> None:
    end_of_month = Period(count=1, unit="months", round_to="end_of_month")
    open_club(tx, no_tiers(valid=end_of_month, notice_days=14))
    for position, (who, day) in enumerate([(1, 1), (1, 20), (2, 5), (1, 40)], 1):
        buys(tx, position, who, 10 * position, after(day))

    early = tell_expiring_points(tx, utc("2025-02-15 04:59"))
    due = [tell_expiring_points(tx, utc("2025-02-15 05:00")) for _ in range(2)]
    spend(tx, "club", 1, 30, key="s", at=utc("2025-02-16 05:00"))

    assert (early, due, tell_expiring_points(tx, utc("2025-03-20 05:00"))) == (0, [2, 0], 1)
    seen = [
        (one["who"], one["points"], one["last_day"], one["because"]) for one in told(tx, "points_expiring")
    ]
    assert seen == [(1, 30, "2025-02-28", "validity"), (2, 30, "2025-02-28", "validity"),
                    (1, 40, "2025-03-31", "validity")]  # fmt: skip


def test_inactivity_and_closing_are_told_before_they_end_points_too(tx: Tx) -> None:
    open_club(tx, no_tiers(valid=None, inactive_after=MONTH, notice_days=7))
    buys(tx, 1, 1, 50, utc("2025-01-10 15:00"))
    assert tell_expiring_points(tx, utc("2025-02-04 15:00")) == 1
    tx.execute(
        "update loyalty.programme set closing_at = %s, spend_until = %s", (after(40), utc("2025-02-08 05:00"))
    )
    assert tell_expiring_points(tx, utc("2025-02-05 15:00")) == 1

    seen = [(one["points"], one["last_day"], one["because"]) for one in told(tx, "points_expiring")]
    assert seen == [(50, "2025-02-10", "inactivity"), (50, "2025-02-07", "closing")]


def test_what_is_left_when_a_closing_programme_is_over_expires_waiting_or_not(tx: Tx) -> None:
    open_club(tx, no_tiers(starts=Period(count=30, unit="days"), valid=None))
    buys(tx, 1, 1, 100, after(1))
    buys(tx, 2, 1, 40, after(50))
    activate_due(tx, after(40))
    over = after(60)
    tx.execute("update loyalty.programme set closing_at = %s, spend_until = %s", (after(55), over))

    assert [expire_due(tx, at) for at in (after(59), after(100), after(100))] == [0, 2, 0]
    assert expired(tx) == [(1, 140, over)]
    assert check_ledger(tx) == []


def test_joining_gives_the_welcome_once_however_somebody_joins(tx: Tx) -> None:
    welcome = Award(points=25, valid=Period(count=10, unit="days"))
    open_club(tx, no_tiers(welcome=welcome, join="first_active"))
    tx.execute("update customers.customer set email = 'ada@example.invalid' where customer_id = 1")

    happens(tx, 1, 1, "Page Viewed", after(1))
    happens(tx, 2, 2, "Page Viewed", after(2))  # Nobody knows who that is.
    happens(tx, 3, 1, "Page Viewed", after(3))
    enrol(tx, "club", 3, at=after(4))
    buys(tx, 5, 4, 10, after(5))
    greeted = [greet_due(tx, after(6)), greet_due(tx, after(6))]
    open_club(tx, no_tiers(), at=after(7), version=2)
    enrol(tx, "club", 5, at=after(8))
    greet_due(tx, after(9))

    assert given(tx) == [(who, 25, "Welcome", after(day)) for who, day in ((1, 1), (3, 4), (4, 5))]
    assert sum(greeted) <= 2
    assert tx.execute("select expires_at from loyalty.lot where customer_id = 1").fetchone() == (after(11),)
    joined = {one["who"]: one["by"] for one in told(tx, "joined")}
    assert joined == {1: "first_active", 3: "enrolment", 4: "first_active", 5: "enrolment"}


BIRTHDAYS = {
    1: "1980-03-01",
    2: "1984-02-29",
    3: "1990-02-28",
    4: "1999-12-31",
    5: "nonsense",
    6: "1980-03-01",
}


def born(tx: Tx) -> None:
    for who, day in BIRTHDAYS.items():
        tx.execute(
            "update customers.customer set traits = %s where customer_id = %s",
            (Jsonb({"birthday": day}), who),
        )
        enrol(tx, "club", who, at=START if who != 6 else utc("2025-02-27 12:00"))


def test_birthdays_are_given_on_the_local_day_once_a_year_and_the_29th_on_the_28th(tx: Tx) -> None:
    open_club(tx, no_tiers(birthday=Birthday(award=Award(points=10), member_days=30)))
    born(tx)

    before = award_birthdays(tx, utc("2025-02-28 04:59"))
    nights = [award_birthdays(tx, utc(f"2025-02-28 {hour}:00")) for hour in ("05", "06")]
    made_up = award_birthdays(tx, utc("2028-02-29 06:00"))

    assert (before, nights) == (0, [2, 0])
    seen = [(who, f"{at - timedelta(hours=5):%Y-%m-%d %H}") for who, _, _, at in given(tx)]
    assert seen == [
        (2, "2025-02-28 00"), (3, "2025-02-28 00"), (1, "2025-03-01 00"), (4, "2025-12-31 00"),
        (2, "2026-02-28 00"), (3, "2026-02-28 00"), (1, "2026-03-01 00"), (6, "2026-03-01 00"), (4, "2026-12-31 00"),
        (2, "2027-02-28 00"), (3, "2027-02-28 00"), (1, "2027-03-01 00"), (6, "2027-03-01 00"), (4, "2027-12-31 00"),
        (3, "2028-02-28 00"), (2, "2028-02-29 00"),
    ]  # fmt: skip
    assert made_up == len(seen) - 2
    assert award_birthdays(tx, utc("2028-02-29 06:00")) == 0


def test_an_event_ends_the_waiting_of_its_order_or_of_all_and_the_validity_counts_from_then(tx: Tx) -> None:
    valid = Period(count=10, unit="days")
    open_club(tx, no_tiers(starts=Period(count=60, unit="days"), valid=valid, activated_by="Parcel Received"))
    for position in (1, 2, 3):
        buys(tx, position, 1, 10 * position, after(position))

    happens(tx, 4, 1, "Parcel Received", after(4), order_id="order-2")
    happens(tx, 5, 2, "Parcel Received", after(5))
    lots = "select remaining, pending, active_from, expires_at from loyalty.lot order by id"
    one = tx.execute(lots).fetchall()[1]
    happens(tx, 6, 1, "Parcel Received", after(6))

    assert one == (20, False, after(4), after(14))
    assert [row[1:] for row in tx.execute(lots).fetchall()][::2] == [(False, after(6), after(16))] * 2
    assert check_ledger(tx) == []


def test_forty_days_down_end_with_the_same_ledger_as_running_every_night(tx: Tx) -> None:
    open_club(
        tx,
        no_tiers(
            more_tier_sets=(steep_tiers(),),
            starts=Period(count=7, unit="days"),
            valid=Period(count=1, unit="months", round_to="end_of_month"),
            inactive_after=Period(count=20, unit="days"),
            notice_days=5,
            welcome=Award(points=5),
            birthday=Birthday(award=Award(points=10)),
        ),
        at=utc("2025-01-01 05:00"),
    )
    for who in range(1, 31):
        day = f"1980-{1 + who % 4:02}-{who:02}" if who < 29 else "1980-02-29"
        tx.execute(
            "update customers.customer set traits = %s where customer_id = %s",
            (Jsonb({"birthday": day}), who),
        )
        buys(tx, who, who, 20 * who, utc("2025-01-01 12:00") + timedelta(days=who % 25, hours=who))
    greet_due(tx, utc("2025-01-31 05:00"))
    tx.execute("savepoint daily")
    books = """
        select customer_id, kind, amount, occurred_at, reason from loyalty.transfer
        where kind <> 'earn' order by 1, 4, 2, 3
    """
    steps = "select customer_id, tier_before, tier_after, reason, occurred_at from loyalty.tier_change order by 1, 5, 3"
    for night in range(41):
        for job in DUE:
            job.run(tx, utc("2025-01-31 05:00") + timedelta(days=night))
    daily = tx.execute(books).fetchall(), tx.execute(steps).fetchall()
    assert check_ledger(tx) == []
    tx.execute("rollback to daily")

    for job in DUE:
        job.run(tx, utc("2025-03-12 05:00"))
    late = tx.execute(books).fetchall(), tx.execute(steps).fetchall()
    done_again = [job.run(tx, utc("2025-03-12 05:00")) for job in DUE]

    assert late[1] == daily[1]
    assert late[0] == daily[0]
    assert (sum(done_again), check_ledger(tx)) == (0, [])


def test_jobs_run_by_three_at_once_do_everything_once(database: Database) -> None:
    at = utc("2025-03-12 05:00")
    with database.transaction() as tx:
        know(tx, range(1, 31))
        programme = no_tiers(
            more_tier_sets=(steep_tiers(),),
            starts=Period(count=7, unit="days"),
            valid=MONTH,
            welcome=Award(points=5),
            birthday=Birthday(award=Award(points=10)),
            notice_days=30,
        )
        open_club(tx, programme, at=utc("2025-01-01 05:00"))
        for who in range(1, 31):
            born_on = Jsonb({"birthday": f"1980-01-{who:02}"})
            tx.execute("update customers.customer set traits = %s where customer_id = %s", (born_on, who))
            buys(tx, who, who, 20 * who, utc("2025-01-01 12:00") + timedelta(days=who))

    def night(_: int) -> int:
        done = 0
        for job in DUE:
            with database.transaction() as tx:
                done += job.run(tx, at)
        return done

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(night, range(3)))

    with database.transaction() as tx:
        assert len(given(tx)) == 30 + len({who for who, _, why, _ in given(tx) if why == "Birthday"})
        per_tier = tx.execute(
            "select count(*), count(distinct customer_id) from loyalty.tier_change where reason = 'review'"
        )
        assert len(set(per_tier.fetchone())) == 1
        twice = "select 1 from loyalty.lot_move group by lot_id having sum(-amount) > (select amount from loyalty.lot where id = lot_id)"
        assert tx.execute(twice).fetchall() == []
        assert (check_ledger(tx), sum(job.run(tx, at) for job in DUE)) == ([], 0)
