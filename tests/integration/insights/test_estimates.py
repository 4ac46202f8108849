"""Before saving: numbers that agree with what rooms say one by one, and nobody waits for an outdated estimate."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations
from threading import Event
from time import monotonic, sleep

import pytest
from psycopg import sql

from regulars import customers, definitions, insights, log, messaging, orders, segments
from regulars.access import SYSTEM
from regulars.conditions import Condition, Not, OrderCount, TraitEquals, matching
from regulars.customers import CONSENT_CHANNELS, Statement
from regulars.db import Database, value, values
from regulars.insights import Editing, Replaced, TooManyAtOnce, estimating
from regulars.kernel import Invalid, NotFound
from regulars.messaging import Subject
from regulars.segments import SEGMENT, SegmentBody
from regulars.wiring import KINDS

AT = datetime(2025, 3, 5, 12, tzinfo=UTC)
PEOPLE = 40
GOLD = TraitEquals(trait="plan", value="gold")
BUYER = OrderCount(comparison="at_least", number=1)
REFRESHED = (customers.reader(), orders.READER)
ESTIMATES = sql.SQL(
    "select count(*) from pg_stat_activity where starts_with(application_name, 'regulars estimate ')"
)


def settle(database: Database) -> None:
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, one) for one in REFRESHED], AT)
    sequencer.close()


def people() -> list[log.NewEvent]:
    told = []
    for n in range(PEOPLE):
        traits: dict[str, object] = {"plan": "gold" if n % 3 == 0 else "basic"}
        if n % 5:
            traits["email"] = f"p{n // 2 * 2}@example.invalid"  # Each address is two people's.
        if n % 4 == 0:
            traits["phone"] = f"+49301234{n:02}"
        told.append(
            log.NewEvent(
                message_id=f"i{n}", type="identify", name="identify", occurred_at=AT - timedelta(days=9),
                user_id=f"u{n}", properties=traits,
            )
        )  # fmt: skip
        if n % 2:
            bought = {"order_id": f"o{n}", "currency": "EUR", "total": 10}
            told.append(
                log.NewEvent(
                    message_id=f"o{n}", name="Order Completed", occurred_at=AT - timedelta(days=3),
                    user_id=f"u{n}", properties=bought,
                )
            )  # fmt: skip
    return told


def publish(database: Database, key: str, condition: Condition) -> None:
    with database.transaction() as tx:
        definitions.save_draft(
            tx, SYSTEM, SEGMENT, key, SegmentBody(name=key.title(), condition=condition), at=AT
        )
        definitions.publish(tx, SYSTEM, SEGMENT, key, at=AT)


@pytest.fixture
def shop(database: Database) -> Database:
    assert KINDS  # With them, the rooms' sources are registered.
    with database.transaction() as tx:
        log.append(tx, people())
    settle(database)
    with database.transaction() as tx:
        first, second = values(
            tx, sql.SQL("select customer_id from customers.fact_customer order by 1 limit 2")
        )
        customers.record(tx, first, [Statement(given=False, channel="sms")], at=AT)
        customers.record(
            tx, second, [Statement(about="pause", given=False, until=AT + timedelta(days=1))], at=AT
        )
        messaging.suppress(tx, ["p6@example.invalid"], reason="complaint", at=AT)
    settle(database)
    return database


def ask(
    database: Database, condition: Condition, key: str = "", editing: Editing | None = None
) -> insights.Estimate:
    return insights.estimate(database, condition, AT, zone="UTC", key=key, editing=editing)


def test_an_estimate_agrees_with_what_each_room_says(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(shop, "vip", Not(condition=GOLD))

    found = ask(shop, BUYER, key="vip")

    with shop.transaction() as tx:
        inside = set(
            values(tx, sql.SQL("select customer_id from segments.fact_membership where left_at is null"))
        )
        match = set(matching(tx, BUYER, AT))
        reach = {
            channel: len(
                match - messaging.refusals(tx, list(match), Subject(medium=channel, targeted=True), AT).keys()
            )
            for channel in CONSENT_CHANNELS
        }
    assert (found.people, found.matching, found.is_exact) == (PEOPLE, len(match), True)
    assert (found.entering, found.leaving) == (len(match - inside), len(inside - match))
    assert found.entering and found.leaving
    assert found.reachable == reach
    assert 0 < reach["email"] < len(match)
    assert set(found.sample) <= match and len(found.sample) == 8
    assert found.after_holdout["email"] == round(found.addresses["email"] * 0.9)
    everybody = ask(shop, Not(condition=TraitEquals(trait="plan", value="none")))
    assert everybody.addresses["email"] < everybody.reachable["email"]  # A message goes to an address once.

    monkeypatch.setattr(estimating, "EVERYBODY_MAX", 10)
    monkeypatch.setattr(estimating, "PEOPLE_ASKED", 20)
    reckoned = ask(shop, BUYER)
    assert (reckoned.people, reckoned.asked, reckoned.is_exact) == (PEOPLE, 20, False)
    assert reckoned.matching % 2 == 0


def test_a_later_request_of_the_same_editing_cancels_the_earlier_on_the_server(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "SECONDS_MAX", 60)  # What waits for the lock below is not what is slow.

    def turn(number: int, token: str = "page") -> Editing:
        return Editing(token=token, person=7, turn=number)

    def running() -> int:
        with shop.transaction() as tx:
            return int(value(tx, ESTIMATES))

    def waited_for(count: int) -> None:
        ends = monotonic() + 30
        while running() != count:
            assert monotonic() < ends
            sleep(0.02)

    with ThreadPoolExecutor(4) as pool, shop.connect() as holding:
        holding.execute("lock table orders.customer_total in access exclusive mode")  # Nothing gets further.
        other = pool.submit(ask, shop, BUYER, "", turn(1, "another page"))
        first = pool.submit(ask, shop, BUYER, "", turn(1))
        waited_for(2)

        second = pool.submit(ask, shop, BUYER, "", turn(2))
        with pytest.raises(Replaced):
            first.result(timeout=30)
        waited_for(2)
        with pytest.raises(Replaced):  # What comes late by another way does not stop the latest.
            ask(shop, BUYER, "", turn(1))
        holding.rollback()

        assert second.result(timeout=30).matching == other.result(timeout=30).matching == PEOPLE // 2
    waited_for(0)  # Their connections are closed.


def test_a_cancel_at_any_moment_says_that_a_later_one_came(shop: Database) -> None:
    editing = Editing(token="hurried", person=7, turn=1)
    over = Event()

    def cancelling() -> None:
        with shop.connect() as tx:
            while not over.is_set():
                value(tx, estimating.SQL.cancel_older, name=editing.name, turn=editing.turn)
                tx.rollback()

    replaced = 0
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(cancelling)
        try:
            for _ in range(20):
                try:
                    ask(shop, BUYER, "", editing)
                except Replaced:
                    replaced += 1
        finally:
            over.set()
        later.result(timeout=30)
    assert replaced  # And nothing else was raised.


def test_so_many_estimates_at_once_and_no_more(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "SECONDS_MAX", 60)
    monkeypatch.setattr(estimating, "SECONDS_WAITING", 0.1)
    with ThreadPoolExecutor(estimating.AT_ONCE_MAX) as pool, shop.connect() as holding:
        holding.execute("lock table orders.customer_total in access exclusive mode")  # Nothing gets further.
        running = [pool.submit(ask, shop, BUYER) for _ in range(estimating.AT_ONCE_MAX)]
        ends = monotonic() + 30
        while estimating._TURNS.acquire(blocking=False):
            estimating._TURNS.release()
            assert monotonic() < ends
            sleep(0.02)
        with pytest.raises(TooManyAtOnce, match="Ask again"):
            ask(shop, BUYER)
        holding.rollback()
        assert {one.result(timeout=30).matching for one in running} == {PEOPLE // 2}
    assert ask(shop, BUYER).matching == PEOPLE // 2


def naive(members: dict[str, set[int]], keys: Sequence[str]) -> dict[tuple[str, ...], int]:
    every = set().union(*members.values())
    found: dict[tuple[str, ...], int] = {}
    for one in every:
        here = tuple(key for key in keys if one in members[key])
        found[here] = found.get(here, 0) + 1
    return found


def test_overlaps_are_counted_as_sets_would(shop: Database) -> None:
    keys = ["gold", "buyers", "both", "nobody"]
    for key, condition in zip(
        keys, (GOLD, BUYER, Not(condition=BUYER), TraitEquals(trait="plan", value="none")), strict=True
    ):
        publish(shop, key, condition)
    with shop.transaction() as tx:
        members = {
            key: {one.customer_id for one in segments.members(tx, key, limit=200).items} for key in keys
        }

        found = insights.overlap(tx, keys)

        assert {one.keys: one.people for one in found.combinations} == naive(members, keys)
        assert {one.key: one.members for one in found.segments} == {key: len(members[key]) for key in keys}
        for one, (a, b) in zip(found.pairs, combinations(keys, 2), strict=True):
            both, either = members[a] & members[b], members[a] | members[b]
            assert (one.one, one.other, one.both, one.either) == (a, b, len(both), len(either))
            assert one.jaccard == pytest.approx(len(both) / len(either) if either else 0)
        assert found.people == len(set().union(*members.values()))
        with pytest.raises(NotFound):
            insights.overlap(tx, ["gold", "weather"])
        with pytest.raises(Invalid):
            insights.overlap(tx, ["gold", "gold"])
