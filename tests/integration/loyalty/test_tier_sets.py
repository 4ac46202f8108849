"""Several tier sets: what each counts, its spans, reviews with grace and notice, returns, and changed rules."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars import access, audit, orders
from regulars.db import Tx
from regulars.kernel import Invalid
from regulars.loyalty import (
    EarningRule,
    Placing,
    Programme,
    Tier,
    TierSet,
    accrue,
    climb,
    end_by_hand,
    fall,
    follow,
    foresee_refresh,
    place_by_hand,
    refresh_tiers,
    review_tiers,
)
from regulars.loyalty import tell_ending_tiers as tell
from regulars.loyalty.acts import before
from regulars.loyalty.posting import newest
from tests.integration.loyalty.books import START, Sale, after, no_tiers, open_club, put_sales
from tests.integration.loyalty.shop import returned, touch
from tests.integration.people import know, regroup


def tiers(*thresholds: int) -> tuple[Tier, ...]:
    names = ("Member", "Silver", "Gold", "Platinum")
    return tuple(Tier(name=name, threshold=n) for name, n in zip(names, (0, *thresholds), strict=False))


def one_set(key: str = "club", **fields: object) -> TierSet:
    return TierSet(**{"key": key, "tiers": tiers(100, 300)} | fields)


def having(*sets: TierSet, **fields: object) -> Programme:
    return no_tiers(more_tier_sets=sets, **fields)


def buys(tx: Tx, position: int, who: int, money: int, at: datetime) -> None:
    """An order as the accrual posts it, seen by every tier set."""
    put_sales(tx, [Sale(position=position, customer=who, at=at, minor=money * 100)])
    accrue(tx, after=position - 1, to=position)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def held(tx: Tx, who: int, key: str = "club") -> tuple[int, datetime | None]:
    return tx.execute(
        "select tier, valid_until from loyalty.member_tier where customer_id = %s and tier_set = %s",
        (who, key),
    ).fetchone()


def changes(tx: Tx, who: int, key: str = "club") -> list[tuple[int, int, str, datetime]]:
    return tx.execute(
        "select tier_before, tier_after, reason, occurred_at from loyalty.tier_change"
        " where customer_id = %s and tier_set = %s order by id",
        (who, key),
    ).fetchall()


def tier_at(tx: Tx, who: int, at: datetime, key: str = "club") -> int:
    return tx.execute(
        "select loyalty.tier_at(id, %s, %s) from loyalty.member where customer_id = %s", (key, at, who)
    ).fetchone()[0]


def test_each_set_counts_its_own(tx: Tx) -> None:
    know(tx, [1])
    open_club(
        tx,
        having(
            one_set("points"),
            one_set("spent", counts="spend", money="USD", tiers=tiers(20_000)),
            one_set("visits", counts="orders", tiers=tiers(2, 3)),
            one_set("holds", counts="balance", tiers=tiers(120)),
            one_set("asked", counts="invitation", tiers=tiers(1)),
        ),
    )

    buys(tx, 1, 1, 90, after(1))
    first = {key: held(tx, 1, key)[0] for key in ("points", "spent", "visits", "holds", "asked")}
    buys(tx, 2, 1, 40, after(2))
    second = {key: held(tx, 1, key)[0] for key in first}
    buys(tx, 3, 1, 80, after(3))

    assert first == dict.fromkeys(first, 1)
    assert second == {"points": 2, "spent": 1, "visits": 2, "holds": 2, "asked": 1}
    assert [held(tx, 1, key)[0] for key in ("spent", "visits")] == [2, 3]
    assert (tier_at(tx, 1, after(2), "points"), tier_at(tx, 1, after(2.01), "points")) == (1, 2)
    transfers = [row[0] for row in tx.execute("select id from loyalty.transfer").fetchall()]
    assert climb(tx, newest(tx, "club"), transfers, [1, 2, 3]) == 0


def test_events_count_where_a_set_counts_them(tx: Tx) -> None:
    know(tx, [1])
    open_club(tx, having(one_set(counts="events", event="Review Written", tiers=tiers(2))))
    buys(tx, 1, 1, 1, after(1))
    for number, name in enumerate(["Review Written", "Page Viewed", "Review Written"], 2):
        tx.execute(
            "insert into log.event (position, booked_at, occurred_at, received_at, message_id, source, type, name,"
            " customer_id, properties, context, history, schema_version, hops)"
            " values (%s, %s, %s, %s, %s, 'web', 'track', %s, 1, '{}', '{}', false, 1, 0)",
            (number, after(number), after(number), after(number), f"m{number}", name),
        )
        before(tx, after=number - 1, to=number)

    assert changes(tx, 1) == [(1, 2, "collected", after(4))]


WINDOWS: list[tuple[dict[str, object], str, str]] = [
    # Midnight in New York is 05:00 in winter and 04:00 in summer. What the tier is safe until; when it is looked at.
    ({"window": "rolling", "window_days": 20, "valid_days": 30}, "2025-03-19 09:00", "2025-04-01 04:00"),
    ({"window": "calendar", "window_months": 3}, "2025-07-01 04:00", "2025-07-01 04:00"),
    ({"window": "calendar", "window_months": 12, "valid_windows": 2}, "2028-01-01 05:00", "2028-01-01 05:00"),
    ({"window": "joined", "window_months": 1}, "2025-03-31 04:00", "2025-03-31 04:00"),
    ({"window": "tier", "window_months": 12, "valid_windows": 2}, "2027-02-17 05:00", "2027-02-17 05:00"),
    (
        {"window": "trait", "window_trait": "since", "window_months": 12},
        "2026-02-28 05:00",
        "2026-02-28 05:00",
    ),
]


@pytest.mark.parametrize(("fields", "safe_until", "reviewed"), WINDOWS)
def test_a_tier_is_safe_by_its_window_and_lowered_when_that_is_over(
    tx: Tx, fields: dict[str, object], safe_until: str, reviewed: str
) -> None:
    know(tx, [1])
    tx.execute(
        "update customers.customer set traits = %s where customer_id = 1", ('{"since": "2024-02-29"}',)
    )
    open_club(tx, having(one_set(downgrade="to_figures", **fields)))
    buys(tx, 1, 1, 1, utc("2025-01-31 10:00"))
    buys(tx, 2, 1, 400, utc("2025-02-17 10:00"))

    assert held(tx, 1) == (3, utc(safe_until))
    due = utc(reviewed)
    early, now, again = (review_tiers(tx, at) for at in (due - timedelta(seconds=1), due, due))

    assert (early, now, again) == (0, 1, 0)
    assert changes(tx, 1)[1:] == [(3, 1, "review", due)]
    assert (tier_at(tx, 1, due - timedelta(seconds=1)), tier_at(tx, 1, due)) == (3, 1)


def told(tx: Tx, name: str) -> list[dict[str, object]]:
    found = tx.execute(
        "select properties from log.inbox where name = %s order by 1", (f"regulars.loyalty.{name}",)
    ).fetchall()
    return [row[0] for row in found]


def test_a_new_upgrade_restarts_the_clock(tx: Tx) -> None:
    know(tx, [1])
    open_club(tx, having(one_set(window="tier", window_months=12)))
    buys(tx, 1, 1, 150, utc("2025-04-15 12:00"))
    first = held(tx, 1)
    buys(tx, 2, 1, 300, utc("2025-10-25 12:00"))

    assert first == (2, utc("2026-04-15 04:00"))
    assert held(tx, 1) == (3, utc("2026-10-25 04:00"))


def test_a_tier_for_the_next_window_begins_with_it_also_for_orders_before_the_job_ran(tx: Tx) -> None:
    know(tx, [1, 2])
    open_club(tx, having(one_set(window="calendar", window_months=1, takes_effect="next_window")))
    february = utc("2025-02-01 05:00")
    for who in (1, 2):
        buys(tx, who, who, 150, utc("2025-01-20 12:00"))
    waiting = [held(tx, who)[0] for who in (1, 2)]
    buys(tx, 3, 1, 10, utc("2025-02-03 12:00"))  # Nobody has looked since January.

    review_tiers(tx, utc("2025-02-10 12:00"))

    assert waiting == [1, 1]
    assert [changes(tx, who) for who in (1, 2)] == [[(1, 2, "started", february)]] * 2
    assert [held(tx, who) for who in (1, 2)] == [(2, utc("2025-03-01 05:00"))] * 2
    assert (tier_at(tx, 2, utc("2025-02-01 04:59")), tier_at(tx, 2, february)) == (1, 2)


def test_a_late_order_lifts_by_what_is_known_now_and_from_when_it_occurred(tx: Tx) -> None:
    know(tx, [1, 2])
    open_club(tx, having(one_set()))
    sunday, saturday = after(11), after(10)
    buys(tx, 1, 1, 60, sunday)
    buys(tx, 2, 1, 60, saturday)  # Together they reach Silver, on Sunday.
    buys(tx, 3, 2, 150, sunday)
    buys(tx, 4, 2, 310, saturday)

    assert changes(tx, 1) == [(1, 2, "collected", sunday)]
    assert changes(tx, 2) == [(1, 2, "collected", sunday), (2, 3, "collected", saturday)]
    assert [tier_at(tx, 2, at) for at in (saturday, after(10.5), sunday, after(12))] == [1, 3, 3, 3]


def test_grace_lets_the_figures_still_be_reached_and_notice_is_given_once_before_it_ends(tx: Tx) -> None:
    know(tx, [1, 2])
    fields = {"window": "calendar", "window_months": 1, "valid_windows": 1}
    open_club(tx, having(one_set(grace_days=10, notice_days=20, downgrade="to_figures", **fields)))
    for who in (1, 2):
        buys(tx, who, who, 150, utc("2025-01-20 12:00"))
    ended = utc("2025-03-01 05:00")

    early = tell(tx, utc("2025-02-18 12:00"))
    notice = [tell(tx, utc("2025-02-19 12:00")), tell(tx, utc("2025-02-20 12:00"))]
    buys(tx, 3, 2, 120, utc("2025-03-05 12:00"))
    lowered = [review_tiers(tx, ended), review_tiers(tx, utc("2025-03-11 04:00"))]

    assert (early, notice) == (0, [2, 0])
    assert [(one["tier_name"], one["missing"], one["ends_at"]) for one in told(tx, "tier_ending")] == [
        ("Silver", 100, "2025-03-11T04:00:00+00:00")
    ] * 2
    assert (lowered, held(tx, 1)[0], held(tx, 2)) == ([0, 1], 1, (2, utc("2025-04-01 04:00")))
    # March's 120 count for March again: 2 keeps the tier in April; nobody is told of an end that is over.
    assert (tell(tx, utc("2025-06-01 12:00")), review_tiers(tx, utc("2025-06-01 12:00"))) == (0, 1)
    assert [row[3] for row in changes(tx, 2)] == [utc("2025-01-20 12:00"), utc("2025-05-11 04:00")]


def test_reviews_made_up_for_say_what_each_would_have_said_in_its_night(tx: Tx) -> None:
    know(tx, range(1, 41))
    sets = (
        one_set("rolled", window_days=40, valid_days=20),
        one_set("month", window="calendar", window_months=1, downgrade="to_figures", grace_days=3),
        one_set("joined", window="joined", window_months=1),
    )
    open_club(tx, having(*sets))
    for who in range(1, 41):
        buys(tx, who, who, 40 * (who % 10), utc("2025-01-03 12:00") + timedelta(days=who % 25))
    tx.execute("savepoint daily")
    for day in range(100):
        review_tiers(tx, utc("2025-02-01 05:00") + timedelta(days=day))
    query = "select tier_set, member_id, tier_before, tier_after, occurred_at from loyalty.tier_change order by 1, 2, 5"
    daily = tx.execute(query).fetchall()
    tx.execute("rollback to daily")

    review_tiers(tx, utc("2025-05-12 05:00"))

    assert tx.execute(query).fetchall() == daily
    assert {row[0] for row in daily if row[3] < row[2]} == {"rolled", "month", "joined"}


def test_a_return_lowers_before_the_review_only_where_the_set_says_so(tx: Tx) -> None:
    know(tx, [1])
    open_club(
        tx,
        having(
            one_set("strict", counts="spend", money="USD", tiers=tiers(10_000, 30_000), returns_demote=True),
            one_set("mild", counts="spend", money="USD", tiers=tiers(10_000, 30_000)),
        ),
    )
    buys(tx, 1, 1, 120, after(1))
    buys(tx, 2, 1, 250, after(2))
    tx.execute("update orders.purchase set refunded_minor = total_minor where order_id = 2")

    fallen = fall(tx, newest(tx, "club"), [1], after(3))
    again = fall(tx, newest(tx, "club"), [1], after(3))
    tx.execute("update orders.purchase set refunded_minor = total_minor where order_id = 1")
    fall(tx, newest(tx, "club"), [1], after(4))

    assert (fallen, again) == (1, 0)
    assert changes(tx, 1, "strict")[2:] == [(3, 2, "returned", after(3)), (2, 1, "returned", after(4))]
    assert held(tx, 1, "mild")[0] == 3


def agent(tx: Tx, level: int = 4, function: str = "loyalty") -> access.Actor:
    made = {"name": f"Agent {level}", "email": f"agent{level}@example.invalid", "level": level}
    return access.add_person(tx, access.SYSTEM, function=function, at=START, **made).actor("console")


def test_a_changed_rule_lifts_who_qualifies_and_lowers_nobody_until_asked(tx: Tx) -> None:
    know(tx, [1, 2, 3])
    open_club(tx, having(one_set()))
    for who, points in ((1, 120), (2, 350), (3, 90)):
        buys(tx, who, who, points, after(1))
    bronze = (
        Tier(name="Member", threshold=0),
        Tier(name="Bronze", threshold=80),
        Tier(name="Silver", threshold=200),
        Tier(name="Gold", threshold=1000),
    )

    open_club(tx, having(one_set(tiers=bronze), one_set("new", tiers=tiers(300))), at=after(10), version=2)

    assert [held(tx, who)[0] for who in (1, 2, 3)] == [3, 4, 2]  # Silver and Gold by name; Bronze is reached.
    assert [held(tx, who, "new")[0] for who in (1, 2, 3)] == [1, 2, 1]
    assert changes(tx, 2) == [(1, 4, "collected", after(1))]  # Numbers are those of the newest version.
    assert [tier_at(tx, 2, at) for at in (after(1), after(9))] == [1, 4]
    seen = foresee_refresh(tx, "club", "club", after(11))
    assert [(one.before, one.after, one.members) for one in seen.shifts] == [(3, 2, 1), (4, 3, 1)]
    assert [one.customer_id for one in seen.who] == [2, 1]
    with pytest.raises(access.NotAllowed):
        refresh_tiers(tx, agent(tx, 2), "club", "club", reason="spring", at=after(11))
    done = refresh_tiers(tx, agent(tx), "club", "club", reason="spring", at=after(11))
    again = refresh_tiers(tx, agent(tx, 5), "club", "club", reason="spring", at=after(11))
    assert ((done.lifted, done.lowered), (again.lifted, again.lowered)) == ((0, 2), (0, 0))
    assert [held(tx, who)[0] for who in (1, 2, 3)] == [2, 3, 2]


def test_who_is_placed_by_hand_stays_by_wish_and_an_invitation_ends_when_it_is_said(tx: Tx) -> None:
    know(tx, [1, 2])
    asked = one_set("asked", counts="invitation", tiers=tiers(1))
    open_club(tx, having(one_set(window="calendar", window_months=1, downgrade="to_figures"), asked))
    for who in (1, 2):
        buys(tx, who, who, 1, after(1))
    ada = agent(tx)
    place = {"programme": "club", "tier": "Silver", "reason": "a good friend"}

    place_by_hand(tx, ada, Placing(customer_id=1, tier_set="club", exempt=True, **place), at=after(2))
    place_by_hand(tx, ada, Placing(customer_id=2, tier_set="club", until=after(20), **place), at=after(2))
    place_by_hand(tx, ada, Placing(customer_id=1, tier_set="asked", **place), at=after(2))

    assert (review_tiers(tx, after(200)), held(tx, 1)[0], held(tx, 2)[0], held(tx, 1, "asked")) == (
        1, 2, 1, (2, None),
    )  # fmt: skip
    ends = {"reason": "moved away", "at": after(201)}
    assert end_by_hand(tx, ada, "club", 1, "asked", **ends) == "Member"
    assert end_by_hand(tx, ada, "club", 1, "club", **ends) == "Member"
    assert len([one for one in audit.entries(tx).items if one.action == "loyalty.place"]) == 5
    with pytest.raises(Invalid, match="has no tier 'Diamond'"):
        place_by_hand(
            tx, ada, Placing(customer_id=1, tier_set="club", **place | {"tier": "Diamond"}), at=after(3)
        )


def test_merged_profiles_lend_each_other_the_better_tier_of_each_set(tx: Tx) -> None:
    know(tx, [1, 2])
    tx.execute("update log.clock set mode = 'standing', stands_at = %s", (after(5),))
    open_club(tx, having(one_set("points"), one_set("visits", counts="orders", tiers=tiers(2, 3))))
    buys(tx, 1, 1, 350, after(1))
    for position in (2, 3, 4):
        buys(tx, position, 2, 20, after(position))

    regroup(tx, {2: 1}, [orders.follow, follow])
    together = [held(tx, 1, key)[0] for key in ("points", "visits")]
    regroup(tx, {2: 2}, [orders.follow, follow])

    assert together == [3, 3]
    assert [held(tx, who, key)[0] for who in (1, 2) for key in ("points", "visits")] == [3, 1, 1, 3]


def test_an_order_that_comes_back_takes_its_tier_along_where_the_set_says_so(tx: Tx) -> None:
    know(tx, [1])
    strict = one_set("strict", returns_demote=True)
    open_club(
        tx, having(strict, one_set("mild"), earning=(EarningRule(key="s", points=1, per="1", money="USD"),))
    )
    lines = (("tea", 15_000), ("milk", 20_000))
    put_sales(tx, [Sale(position=1, customer=1, at=after(1), minor=35_000, lines=lines)])
    accrue(tx, after=0, to=1)

    returned(tx, 1, {2: 20_000})
    touch(tx, 1)
    partly = held(tx, 1, "strict")[0]
    returned(tx, 1, {1: 15_000, 2: 20_000})
    touch(tx, 1)

    assert (partly, held(tx, 1, "strict")[0], held(tx, 1, "mild")[0]) == (2, 1, 3)
    assert tx.execute("select sum(collected) from loyalty.transfer").fetchone() == (0,)
