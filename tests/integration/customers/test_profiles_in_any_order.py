"""Profiles do not depend on the order of arrival, on how ranges are cut, or on who works at the same time."""

import random
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest

from regulars import customers, log
from regulars.customers import Enrichment
from regulars.db import Database
from tests.integration.customers.shop import AT, COMPUTING, READERS, Shop

HOUR = timedelta(hours=1)
ORDERS = 12


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def told(shop: Shop, user: str, at: int, event_type: str, **more: Any) -> log.NewEvent:
    return shop.event(user, at=AT + at * HOUR, type=event_type, name=more.pop("name", event_type), **more)


def life(shop: Shop, user: str) -> list[log.NewEvent]:
    """Traits with equal and different values, things that do not fit, groups come and gone, consents."""
    plans = ["tin", "gold", "gold", None, "tin", "silver"]
    until = {"provenance": {"kind": "enrichment", "expires_at": (AT + 90 * HOUR).isoformat()}}
    return [
        *(told(shop, user, n, "identify", properties={"plan": plan, "n": n}) for n, plan in enumerate(plans)),
        told(shop, user, 4, "identify", properties={"age": "old"}),
        told(shop, user, 3, "identify", properties={"age": "41"}),
        told(shop, user, 9, "identify", properties={"income": "high"}, context=until),
        told(shop, user, 2, "identify", properties={"income": "low"}),
        told(shop, user, 1, "group", context={"groupId": "g"}, properties={"name": "One"}),
        told(shop, user, 5, "group", context={"groupId": "g"}, properties={"name": "Two"}),
        told(shop, user, 7, "track", name="Group Left", properties={"group_id": "g"}),
        told(shop, user, 1, "track", name="Consent Given", properties={"channel": "sms"}),
        told(shop, user, 6, "track", name="Consent Withdrawn", properties={"channel": "sms"}),
        *(told(shop, user, n, "track", name="Product Viewed", properties={"p": n % 3}) for n in range(7)),
    ]


def state(shop: Shop, user: str) -> tuple[Any, ...]:
    with shop.database.transaction() as tx:
        person = shop.id(user)
        ages = [(one.value, one.fits) for one in customers.trait_history(tx, person, "age")]
        return (
            customers.get(tx, person).traits,
            ages,
            [one.value for one in customers.trait_history(tx, person, "income")],
            customers.groups_of(tx, person),
            [(one.channel, one.given) for one in customers.consents(tx, person)],
        )


def test_any_order_and_any_cut_give_one_profile_before_and_after_what_expires(shop: Shop) -> None:
    shop.publish(customers.TRAIT, "age", {"name": "Age", "trait": "age", "type": "integer"})
    body = {"name": "F", "measure": "most_frequent", "event": "Product Viewed", "value": "p"}
    shop.publish(COMPUTING.kind, "favourite", body)
    chance = random.Random(7)
    for number in range(ORDERS):
        events = life(shop, f"u{number}")
        chance.shuffle(events)
        while events:
            cut = chance.randint(1, len(events))
            shop.tell(*events[:cut])
            events = events[cut:]

    states = [state(shop, f"u{number}") for number in range(ORDERS)]
    traits = {"plan": "silver", "n": 5, "age": 41, "income": "high", "favourite": 0}
    assert states[0] == (traits, [("old", False), (41, True)], ["high", "low"], [], [("sms", False)])
    assert all(one == states[0] for one in states)

    with shop.database.transaction() as tx:
        assert customers.expire_traits(tx, AT + 90 * HOUR) == ORDERS
    assert {shop.traits(f"u{number}")["income"] for number in range(ORDERS)} == {"low"}


def test_publishing_while_events_arrive_misses_none_and_counts_none_twice(shop: Shop) -> None:
    people, each = 20, 60
    published = Event()

    def arrive() -> None:
        for number in range(each):
            events = [
                log.NewEvent(
                    message_id=f"v{user}-{number}",
                    name="Product Viewed",
                    user_id=f"u{user}",
                    occurred_at=AT + number * HOUR,
                )
                for user in range(people)
            ]
            with shop.database.transaction() as tx:
                log.append(tx, events)

    def read() -> None:
        runners = [log.ReaderRunner(shop.database, reader) for reader in READERS]
        while not published.is_set():
            shop.sequencer.run_once(AT)
            for runner in runners:
                runner.run_once()

    threads = [Thread(target=arrive), Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        body = {"name": "Views", "measure": "count", "event": "Product Viewed"}
        shop.publish(COMPUTING.kind, "views", body)
        threads[0].join()
    finally:
        published.set()
        threads[1].join()
    shop.read()

    assert {shop.traits(f"u{user}")["views"] for user in range(people)} == {each}


def test_a_merge_mixes_traits_with_their_history_and_a_group_once(shop: Shop) -> None:
    visitor: dict[str, Any] = {"anonymous_id": "a1"}
    shop.tell(
        shop.event(None, at=AT, type="identify", name="identify", properties={"plan": "tin"}, **visitor),
        shop.event("7", at=AT - HOUR, type="identify", name="identify", properties={"plan": "gold", "b": 1}),
    )
    shop.tell(shop.event("7", at=AT, name="Product Viewed", **visitor))

    assert shop.traits("7") == {"plan": "tin", "b": 1}
    assert shop.history("7", "plan") == ["tin", "gold"]
    with shop.database.transaction() as tx:
        row = Enrichment(kind="customer", identifier=str(shop.id("7")), traits={"c": 2}, source="census")
        customers.enrich(tx, [row], at=AT + HOUR)
    shop.read()
    assert shop.traits("7") == {"plan": "tin", "b": 1, "c": 2}
