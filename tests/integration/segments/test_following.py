"""Profiles are merged and split: who is in is asked again at once, and the past stays as it was."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from regulars import log, orders, segments
from regulars.conditions import HasBeen, InSegment, OrderCount
from regulars.db import Database
from regulars.segments import LIFECYCLE, SEGMENT, SEGMENTATION, SegmentBody
from tests.integration.people import regroup
from tests.integration.segments.test_segments import AT, WEEK, WEEKLY, Shop

DAY = timedelta(days=1)
FOLLOW = (orders.follow, segments.follow)
TWICE = SegmentBody(name="Twice", condition=OrderCount(comparison="at_least", number=2))


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    with database.transaction() as tx:
        log.stand(tx, AT)
    yield made
    made.sequencer.close()


def regrouped(shop: Shop, people: dict[str, str]) -> None:
    with shop.database.transaction() as tx:
        known = tx.execute(
            "select value, customer_id from customers.identifier where kind = 'user_id'"
        ).fetchall()
        ids = dict(known)
        regroup(tx, {ids[one]: ids[other] for one, other in people.items()}, FOLLOW)
    log.catch_up(shop.database, shop.sequencer, shop.runners, AT)


def moved_on(shop: Shop, at: datetime) -> None:
    with shop.database.transaction() as tx:
        log.stand(tx, at)
    segments.wake_due(shop.database, at)
    log.catch_up(shop.database, shop.sequencer, shop.runners, at)


def present(shop: Shop, key: str) -> list[int]:
    with shop.database.transaction() as tx:
        return [one.customer_id for one in segments.members(tx, key).items]


def test_the_person_is_in_by_what_both_profiles_did_and_a_split_asks_both(shop: Shop) -> None:
    shop.buys("a", AT - DAY)
    shop.buys("b", AT - 2 * DAY)
    shop.buys("c", AT - 2 * DAY)
    shop.publish(SEGMENT, "twice", TWICE, AT - WEEK)
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.refresh(AT)
    a, b, c = shop.id("a"), shop.id("b"), shop.id("c")
    assert (present(shop, "twice"), present(shop, "weekly")) == ([], [a, b, c])

    regrouped(shop, {"b": "a"})

    assert (present(shop, "twice"), present(shop, "weekly")) == ([a], [a, c])
    regrouped(shop, {"b": "b"})
    assert (present(shop, "twice"), present(shop, "weekly")) == ([], [a, b, c])
    shop.refresh(AT)
    assert (present(shop, "twice"), present(shop, "weekly")) == ([], [a, b, c])


def test_nothing_is_told_of_who_was_in_as_somebody_else(shop: Shop) -> None:
    shop.buys("a", AT - 100 * DAY)
    shop.buys("b", AT - DAY)
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.publish(SEGMENT, "twice", TWICE, AT - WEEK)
    shop.refresh(AT)
    told = len(shop.events())

    regrouped(shop, {"b": "a"})
    regrouped(shop, {"b": "b"})

    new = shop.events()[told:]
    assert new == ["regulars.segments.entered twice", "regulars.segments.left twice"]


def test_what_asks_of_stays_sees_those_that_end_and_begin_in_silence(shop: Shop) -> None:
    shop.buys("a", AT - 100 * DAY)
    shop.buys("b", AT - DAY)
    lasting = HasBeen(condition=InSegment(segment="weekly"), days=2)
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.publish(SEGMENT, "lasting", SegmentBody(name="Lasting", condition=lasting), AT - WEEK)
    shop.refresh(AT)
    a, b = shop.id("a"), shop.id("b")
    regrouped(shop, {"b": "a"})
    moved_on(shop, AT + 3 * DAY)
    assert (present(shop, "weekly"), present(shop, "lasting")) == ([a], [a])

    regrouped(shop, {"b": "b"})

    assert (present(shop, "weekly"), present(shop, "lasting")) == ([b], [])
    moved_on(shop, AT + 5 * DAY)
    assert (present(shop, "weekly"), present(shop, "lasting")) == ([b], [b])
    assert shop.refresh(AT + 5 * DAY).entered == {}


def test_the_past_stays_with_the_profile_and_shows_with_the_person(shop: Shop) -> None:
    shop.buys("a", AT - 100 * DAY)
    shop.buys("b", AT - DAY)
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.refresh(AT)
    a, b = shop.id("a"), shop.id("b")
    with shop.database.transaction() as tx:
        log.stand(tx, AT + DAY)

    regrouped(shop, {"b": "a"})

    with shop.database.transaction() as tx:
        assert segments.was_member(tx, "weekly", b, AT)
        assert segments.was_member(tx, "weekly", a, AT)
        stays = [(one.entered_at, one.left_at) for one in segments.stays(tx, a) if one.key == "weekly"]
    assert stays == [(AT + DAY, None), (AT, AT + DAY)]


@pytest.mark.parametrize("order", list(permutations("bcd")))
def test_merges_in_any_order_end_in_the_same_stages(shop: Shop, order: tuple[str, ...]) -> None:
    for who, ago in (("a", 200), ("b", 3), ("c", 40), ("d", 90)):
        shop.buys(who, AT - ago * DAY)
    shop.publish(SEGMENTATION, "lifecycle", LIFECYCLE, AT - WEEK)
    shop.publish(SEGMENT, "twice", TWICE, AT - WEEK)
    shop.refresh(AT)

    for away in order:
        regrouped(shop, {away: "a"})

    with shop.database.transaction() as tx:
        open_stays = [
            (one.key, one.left_at) for one in segments.stays(tx, shop.id("a")) if one.left_at is None
        ]
    shop.refresh(AT)
    assert sorted(key for key, _ in open_stays) == ["lifecycle.active", "twice"]
    assert {key: size for key, size in shop.sizes().items() if size} == {"lifecycle.active": 1, "twice": 1}


def test_a_size_counts_who_came_and_went_with_profiles_in_that_hour(shop: Shop) -> None:
    for who in ("a", "b", "c"):
        shop.buys(who, AT - DAY)
    shop.publish(SEGMENT, "weekly", WEEKLY, AT - WEEK)
    shop.publish(SEGMENT, "twice", TWICE, AT - WEEK)
    shop.refresh(AT)
    regrouped(shop, {"b": "a"})

    shop.refresh(AT + DAY)

    with shop.database.transaction() as tx:
        for key, moved in (("weekly", (3, 1)), ("twice", (1, 0))):
            before, that_hour, last = segments.size_over_time(tx, key)
            assert that_hour.members == before.members + that_hour.entered - that_hour.departed
            assert (that_hour.entered, that_hour.departed) == moved
            assert (last.members, last.entered, last.departed) == (that_hour.members, 0, 0)


def test_what_history_says_of_somebody_is_told_as_history(shop: Shop) -> None:
    shop.buys("a", AT - 100 * DAY)
    shop.buys("b", AT - 100 * DAY)
    shop.publish(SEGMENT, "twice", TWICE, AT - WEEK)
    shop.refresh(AT)
    told = len(shop.events())
    old = log.NewEvent(
        message_id="old",
        name="Order Completed",
        user_id="a",
        occurred_at=AT - 300 * DAY,
        properties={"order_id": "old", "currency": "USD", "total": 1},
        history=True,
    )
    with shop.database.transaction() as tx:
        log.append(tx, [old])
    shop.buys("b", AT)

    shop.refresh(AT + DAY)

    assert sorted(shop.events()[told:]) == [
        "regulars.segments.entered twice",
        "regulars.segments.entered twice of old",
    ]
