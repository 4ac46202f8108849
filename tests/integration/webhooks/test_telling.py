"""What is written down and what leaves: the right events, once, signed, in the standard's form."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from regulars import access, definitions, webhooks
from regulars.access import SYSTEM
from regulars.app import App
from regulars.log import NewEvent
from regulars.webhooks import WEBHOOK
from tests.integration.webhooks.company import happen, order, sent, tell
from tests.integration.webhooks.receiver import Receiver

AT = datetime(2025, 3, 1, 9, tzinfo=UTC)


def test_what_happens_is_told_once_in_the_form_of_the_standard(app: App, receiver: Receiver) -> None:
    secret = tell(app, "shop", receiver.url(), headers={"X-Stage": "live"}, properties=["order_id", "total"])
    happen(
        app,
        NewEvent(
            message_id="i", type="identify", name="identify", user_id="u-1", occurred_at=order(0).occurred_at,
            properties={"email": "jane.doe@example.com", "name": "Jane Doe"},
        ),
        order(1, properties={"total": 12.30}),
    )  # fmt: skip

    app.deliverer().run_dry()
    app.deliverer().run_dry()

    (got,) = receiver.got
    told = got.verified(secret)
    assert told["type"] == "Order Completed" and told["timestamp"] == "2025-03-01T09:01:00Z"
    data = told["data"]
    assert data["properties"] == {"order_id": "1", "total": 12.3} and data["source"] == "web-shop"
    assert data["customer"] == {"id": data["customer"]["id"], "user_id": "u-1"}
    assert re.fullmatch("msg_[0-9a-f]{32}", got.id) and got.headers["x-stage"] == "live"
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        got.verified("whsec_" + "A" * 44)
    (logged,) = sent(app)
    assert (logged.state, logged.attempts, logged.status, logged.message_id) == ("delivered", 1, 200, got.id)
    with app.database.transaction() as tx:
        (attempt,) = webhooks.attempts(tx, logged.delivery_id)
        assert webhooks.delivery(tx, "shop", logged.delivery_id).body == got.raw.decode()
    assert (attempt.outcome, attempt.answer) == ("delivered", "thanks")


def test_only_what_is_wanted_is_written_down(app: App, receiver: Receiver) -> None:
    tell(app, "shop", receiver.url(), sources=["web-shop"])
    tell(app, "points", receiver.url(), events=["regulars.loyalty.*", "100%.*"])
    tell(app, "all", receiver.url(), events=["*"])
    at = order(0).occurred_at
    happen(
        app,
        order(1),
        order(2, source="till"),
        order(3, history=True),  # History is not news.
        order(4, hops=8),  # It looks like a circle.
        NewEvent(message_id="a", name="regulars.loyalty.joined", occurred_at=at, user_id="u-1"),
        NewEvent(message_id="b", name="regularsXloyalty.joined", occurred_at=at, user_id="u-1"),
        NewEvent(message_id="c", name="regulars.webhooks.stopped", occurred_at=at),
        NewEvent(message_id="d", name="100 per cent.", occurred_at=at, user_id="u-1"),
    )

    def names(key: str) -> list[str]:
        return [one.event for one in sent(app, key)]

    assert names("shop") == ["Order Completed"]
    assert names("points") == ["regulars.loyalty.joined"]
    assert names("all") == [
        "Order Completed", "Order Completed", "regulars.loyalty.joined", "regularsXloyalty.joined", "100 per cent.",
    ]  # fmt: skip


def test_contact_details_are_sent_by_whoever_may_see_them_only(app: App, receiver: Receiver) -> None:
    def person(name: str, function: str) -> access.Actor:
        with app.database.transaction() as tx:
            added = access.add_person(
                tx, SYSTEM, email=f"{name}@shop.test", name=name, level=4, function=function, at=AT
            )
            return access.actor_of(tx, added.person_id, "console")

    engineer, officer = person("ed", "engineering"), person("pia", "privacy")
    open_ = {"title": "Open", "url": receiver.url("/mine"), "events": ["Order Completed"], "contacts": True}
    with app.database.transaction() as tx:
        definitions.save_draft(tx, engineer, WEBHOOK, "open", open_, at=AT)
    with pytest.raises(access.NotAllowed, match="sends contact details"), app.database.transaction() as tx:
        definitions.publish(tx, engineer, WEBHOOK, "open", at=AT)
    with app.database.transaction() as tx:
        assert definitions.live(tx, WEBHOOK, "open") is None
        definitions.publish(tx, officer, WEBHOOK, "open", at=AT)
        masked = open_ | {"contacts": False}
        etag = definitions.versions(tx, WEBHOOK, "open")[0].etag
        definitions.save_draft(tx, engineer, WEBHOOK, "open", masked, at=AT, etag=etag)
        definitions.publish(tx, engineer, WEBHOOK, "open", at=AT)


def test_contact_details_leave_only_where_that_is_said(app: App, receiver: Receiver) -> None:
    quiet = tell(app, "quiet", receiver.url("/quiet"))
    open_ = tell(app, "open", receiver.url("/open"), contacts=True)
    at = order(0).occurred_at
    happen(
        app,
        NewEvent(
            message_id="i", type="identify", name="identify", user_id="jane.doe@example.com", occurred_at=at,
            properties={"email": "jane.doe@example.com", "phone": "+15550104477", "name": "Jane Doe"},
        ),
        order(1, "jane.doe@example.com", properties={"email": "jane.doe@example.com", "note": "call +15550104477"}),
    )  # fmt: skip

    app.deliverer().run_dry()

    told = {got.path: got.verified(quiet if got.path == "/quiet" else open_) for got in receiver.got}
    assert "jane.doe" not in str(told["/quiet"]) and "15550104477" not in str(told["/quiet"])
    customer = told["/open"]["data"]["customer"]
    assert customer["email"] == "jane.doe@example.com" and customer["name"] == "Jane Doe"
    assert customer["phone"] == "+15550104477" and customer["user_id"] == "jane.doe@example.com"
    assert told["/open"]["data"]["properties"]["note"] == "call +15550104477"


def test_numbers_leave_exactly_and_signs_of_all_sorts_too(app: App, receiver: Receiver) -> None:
    secret = tell(app, "shop", receiver.url())
    odd = {"big": 2**70, "huge": 10**200, "small": 0.1, "text": 'Zoë \u2028 "quoted" 🛒', "none": None}
    happen(app, order(1, properties=odd))

    app.deliverer().run_dry()

    properties = receiver.got[0].verified(secret)["data"]["properties"]
    assert {name: properties[name] for name in odd} == odd


def test_while_the_secret_changes_both_sign(app: App, receiver: Receiver) -> None:
    former = tell(app, "shop", receiver.url())
    now = app.wall.now()
    with app.database.transaction() as tx:
        secret = webhooks.new_secret(tx, SYSTEM, app.vault, "shop", at=now, now=now)
    happen(app, order(1))
    app.deliverer().run_dry()

    (got,) = receiver.got
    assert got.verified(secret) == got.verified(former)

    app.wall.by = timedelta(days=1, minutes=1)  # type: ignore[attr-defined]
    happen(app, order(2))
    app.deliverer().run_dry()
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1


def test_what_is_erased_leaves_the_log_and_is_not_sent(app: App, receiver: Receiver) -> None:
    tell(app, "shop", receiver.url(), contacts=True)
    happen(app, order(1, "u-1"))
    app.deliverer().run_dry()
    happen(app, order(2, "u-1"), order(3, "u-2"), order(4, "u-3", properties={"note": 'for JANE "J." Doe'}))
    mine = sent(app)[0].customer_id
    assert mine is not None
    with app.database.transaction() as tx:
        ((_title, rows),) = webhooks.held(tx, [mine])
        count = webhooks.erase(tx, [mine], ['Jane "J." Doe'])

    app.deliverer().run_dry()

    assert len(rows) == 2 and count == 3
    assert [one.state for one in sent(app)] == ["delivered", "cancelled", "delivered", "cancelled"]
    assert [got.told["data"]["properties"]["order_id"] for got in receiver.got] == ["1", "3"]
    with app.database.transaction() as tx:
        assert webhooks.delivery(tx, "shop", sent(app)[0].delivery_id).body is None
        assert webhooks.attempts(tx, sent(app)[0].delivery_id)[0].answer == ""
        assert next(iter(webhooks.held(tx, [mine])))[1] == []
        webhooks.expiry(4)(tx, app.wall.now() + timedelta(days=5))
    assert sent(app) == []


def test_of_whom_processing_is_restricted_nothing_leaves_but_that(app: App, receiver: Receiver) -> None:
    tell(app, "all", receiver.url(), events=["*"])
    happen(app, order(1, "u-1"), order(2, "u-2"))
    at = order(3).occurred_at
    asked = NewEvent(
        message_id="r",
        name="Processing Restricted",
        occurred_at=at,
        user_id="u-1",
        context={"server": True},
    )
    happen(app, asked)
    happen(app, order(4, "u-1"), order(5, "u-2"))

    told = [(one.event, one.customer_id) for one in sent(app, "all")]
    restricted, free = told[0][1], told[1][1]
    assert told == [
        ("Order Completed", restricted),
        ("Order Completed", free),
        ("Processing Restricted", restricted),
        ("Order Completed", free),
    ]
