"""A key in a page is public: what pages say of an order stands behind what the shop's servers say."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from regulars import customers, log, orders
from regulars.db import Database
from regulars.events import Policy, Reception, Refusal, read
from tests.integration.orders.counter import AT, Counter, line

PAGE, SERVER = Policy(), Policy(server=True)
THREE = [line("milk", 30, 3, line_id="a")]
FORGED = [line("gold", 9000, 1, line_id="x")]


@pytest.fixture
def counter(database: Database) -> Iterator[Counter]:
    made = Counter(database)
    yield made
    made.sequencer.close()


def sent(
    policy: Policy,
    name: str = "Order Completed",
    *,
    minutes: float = 0,
    user: str = "buyer",
    history_before: Any = None,
    **properties: Any,
) -> log.NewEvent:
    """As it comes in: read with what the source declares, and with a mark that the sender puts there himself."""
    at = AT + timedelta(minutes=minutes)
    item = {
        "type": "track",
        "event": name,
        "messageId": f"{policy.server} {name} {minutes} {user}",
        "timestamp": at.isoformat(),
        "context": {"server": True},
        "properties": {"order_id": "o-1", "currency": "USD", **properties},
        **({"anonymousId": user} if user.startswith("guest:") else {"userId": user}),
    }
    source = "webhook" if policy.server else "page"
    reception = Reception(source=source, received_at=at, policy=policy, history_before=history_before)
    event = read(item, reception)
    assert isinstance(event, log.NewEvent), event
    return event


def webhook(**more: Any) -> log.NewEvent:
    return sent(SERVER, **{"products": THREE, "total": 30, "discount": 2, "revision": 1, **more})


def page(**more: Any) -> log.NewEvent:
    forged = {"products": FORGED, "total": 9000, "discount": 500, "revision": 900_000, "minutes": 5}
    return sent(PAGE, **{**forged, **more})


def stands(counter: Counter) -> tuple[Any, ...]:
    order = counter.order()
    lines = [one.product_key for one in counter.lines()]
    return order.source, order.revision, order.total_minor, order.discount_minor, order.occurred_at, lines


WEBHOOKS = ("webhook", 1, 3000, 200, AT, ["milk"])


def user_of(counter: Counter) -> str | None:
    with counter.database.transaction() as tx:
        return customers.get(tx, counter.order().customer_id).user_id


def test_a_page_with_a_greater_revision_does_not_replace_what_the_webhook_told(counter: Counter) -> None:
    counter.tell(webhook())
    counter.tell(page())

    assert stands(counter) == WEBHOOKS


def test_a_webhook_replaces_what_a_page_told_before(counter: Counter) -> None:
    counter.tell(page(minutes=-5))
    counter.tell(webhook())

    assert stands(counter) == WEBHOOKS


def test_what_only_a_page_tells_stands(counter: Counter) -> None:
    counter.tell(page(total=45, discount=1, minutes=0))

    assert stands(counter) == ("page", 900_000, 4500, 100, AT, ["gold"])


def test_both_are_seen_to_have_reported_the_order(counter: Counter) -> None:
    counter.tell(page(), webhook())

    with counter.database.transaction() as tx:
        seen = orders.sightings(tx, counter.order().order_id)
    assert [(one.source, one.total_minor, one.stands) for one in seen] == [
        ("page", 900_000, False),
        ("webhook", 3000, True),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_of_arrival_the_server_stands(counter: Counter, order: tuple[int, ...]) -> None:
    told = [
        page(minutes=-400, user="thief"),
        webhook(),
        sent(SERVER, "Order Updated", minutes=2, products=THREE, total=28, discount=4, revision=2),
        page(name="Order Updated", minutes=9, user="thief"),
    ]
    counter.tell_each(told[number] for number in order)

    assert stands(counter) == ("webhook", 2, 2800, 400, AT, ["milk"])
    assert user_of(counter) == "buyer"
    assert counter.set_aside() == []


def test_page_and_server_of_one_source_are_told_apart(counter: Counter) -> None:
    both = [page(), webhook()]
    counter.tell(*(log.NewEvent(**{**fields_of(event), "source": "shop"}) for event in both))

    assert stands(counter) == ("shop", *WEBHOOKS[1:])


def fields_of(event: log.NewEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}


def test_a_guests_order_is_theirs_when_a_page_names_the_user(counter: Counter) -> None:
    counter.tell(webhook(user="guest:o-1"))
    counter.tell(page())

    assert user_of(counter) == "buyer"
    assert stands(counter) == WEBHOOKS


def test_a_page_fills_what_no_server_told(counter: Counter) -> None:
    counter.tell(sent(SERVER, total=30))
    counter.tell(page(coupon="SPRING"))

    order = counter.order()
    assert (order.total_minor, order.discount_minor, order.coupon, order.line_count) == (3000, 0, "SPRING", 1)


def test_a_page_makes_no_news_of_an_order_that_a_server_told_as_history(counter: Counter) -> None:
    counter.tell(webhook(history_before=AT + timedelta(days=1)))
    counter.tell(page())

    assert counter.order().history


def test_a_page_refunds_and_cancels_nothing(counter: Counter) -> None:
    for name in ("Order Refunded", "Order Cancelled"):
        item = {"type": "track", "event": name, "userId": "u", "properties": {"order_id": "o-1"}}
        said = read(item, Reception(source="page", received_at=AT))
        assert isinstance(said, Refusal) and said.code == "events.not_from_pages"


def test_of_one_refund_the_servers_report_stands(counter: Counter) -> None:
    server = sent(SERVER, "Order Refunded", minutes=1, refund_id="r", amount=10)
    unmarked = {**fields_of(server), "message_id": "late", "context": None, "source": "till"}
    properties = {**server.properties, "amount": 30, "revision": 7}
    counter.tell(webhook(), server, log.NewEvent(**{**unmarked, "properties": properties}))

    (refund,) = counter.refunds()
    assert (refund.source, refund.refunded_minor, counter.order().status) == (
        "webhook",
        1000,
        "part_refunded",
    )
