"""Deliveries of shops: believed, mapped, appended once; kept as rejects, mended and replayed; counted."""

import json
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from standardwebhooks.webhooks import Webhook

from regulars import connections, events, log
from regulars.app import App
from regulars.connections import NoSuchConnection
from regulars.kernel import WallClock
from tests.integration.connections.shop import (
    AT,
    connected,
    deliver,
    logged,
    publish,
    rejects,
    sample,
    secret,
    signed,
)


def tallies(app: App) -> dict[tuple[str, str], int]:
    with app.database.transaction() as tx:
        return {(one.topic, one.outcome): one.count for one in connections.tallies(tx, "web-shop")}


def test_a_shopify_order_becomes_an_order_with_exact_amounts(app: App) -> None:
    connected(app)

    done = deliver(app, sample("shopify-order"))

    assert (done.outcome, done.events) == ("taken", 1)
    (event,) = logged(app)
    assert (event["name"], event["user_id"], event["source"]) == (
        "Order Completed",
        "7123456789012",
        "web-shop",
    )
    told = event["properties"]
    assert told["order_id"] == "6200407294252" and told["order_number"] == "#1071"
    assert (told["total"], told["discount"], told["coupon"]) == (45.60, 4.10, "SPRING10")
    assert [line["line_id"] for line in told["products"]] == ["15518907892012", "15518907924780"]
    assert [line["total"] for line in told["products"]] == [16.02, 24.68]
    with app.database.transaction() as tx:
        kept = tx.execute("select properties ->> 'total' from log.event").fetchone()
    assert kept == ("45.60",)


def test_a_guest_is_known_by_the_order_and_the_address_is_kept(app: App) -> None:
    connected(app)

    deliver(app, sample("shopify-guest"))

    (event,) = logged(app)
    assert (event["user_id"], event["anonymous_id"]) == (None, "guest:6200407294999")
    assert event["properties"]["email"] == event["context"]["traits"]["email"] == "guest@mail.invalid"


def test_a_refund_names_the_lines_and_what_went_back(app: App) -> None:
    connected(app)

    deliver(app, sample("shopify-refund"), "refunds/create")

    (event,) = logged(app)
    assert (event["name"], event["user_id"], event["anonymous_id"]) == ("Order Refunded", None, None)
    told = event["properties"]
    assert (told["order_id"], told["refund_id"], told["amount"]) == ("6200407294252", "929361464012", 24.68)
    assert told["products"][0]["line_id"] == "15518907924780"


def test_a_refund_without_lines_or_transactions_gives_nothing_back(app: App) -> None:
    connected(app)
    refund = {"id": 1, "order_id": 2, "refund_line_items": [], "transactions": [], "created_at": None}

    deliver(app, refund, "refunds/create")

    (event,) = logged(app)
    assert event["properties"]["amount"] == 0


@pytest.mark.parametrize("key", ["shopify-customer", "shopify-product", "woocommerce-customer"])
def test_each_sample_is_taken(app: App, key: str) -> None:
    shape = key.split("-", maxsplit=1)[0]
    connected(app, shape)
    one = next(one for one in connections.samples() if one.key == key)

    assert deliver(app, one.payload, one.topic, shape=shape).outcome == "taken"


def test_consent_is_given_once_however_often_the_customer_is_sent(app: App) -> None:
    connected(app)

    for number in range(3):
        deliver(app, sample("shopify-customer"), "customers/update", f"d-{number}")

    names = [event["name"] for event in logged(app)]
    assert names.count("Consent Given") == 1 and names.count("identify") == 3


def test_a_woocommerce_order_and_its_refunds(app: App) -> None:
    connected(app, "woocommerce")

    deliver(app, sample("woocommerce-order"), "order.created", "a", shape="woocommerce")
    deliver(app, sample("woocommerce-refund"), "order.updated", "b", shape="woocommerce")
    deliver(app, sample("woocommerce-refund"), "order.updated", "c", shape="woocommerce")

    made = logged(app)
    assert [event["name"] for event in made] == [
        "Order Completed", "Order Updated", "Order Refunded", "Order Updated",
    ]  # fmt: skip
    assert made[0]["occurred_at"].isoformat() == "2026-03-02T10:08:31+00:00"
    assert made[0]["properties"]["products"][0]["discount"] == 2.00
    assert made[2]["properties"] | {"refund_id": "1201", "amount": 22.00} == made[2]["properties"]


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("pending", []),
        ("on-hold", ["Order Updated"]),
        ("cancelled", ["Order Cancelled"]),
        ("failed", ["Order Cancelled"]),
        ("refunded", ["Order Updated", "Order Refunded"]),
    ],
)
def test_woocommerces_status_says_what_happened(app: App, status: str, names: list[str]) -> None:
    connected(app, "woocommerce")
    order = deepcopy(sample("woocommerce-order")) | {"status": status, "customer_id": 0}

    done = deliver(app, order, "order.updated", shape="woocommerce")

    assert done.outcome == ("taken" if names else "ignored")
    made = logged(app)
    assert [event["name"] for event in made] == names
    assert all(event["anonymous_id"] == "guest:1194" for event in made)


def test_sent_again_it_is_one_event(app: App) -> None:
    connected(app)

    first = deliver(app, sample("shopify-order"))
    again = deliver(app, sample("shopify-order"))

    assert (first.outcome, again.outcome) == ("taken", "again")
    assert len(logged(app)) == 1


def test_sent_twice_at_once_it_is_one_event(app: App) -> None:
    connected(app)
    threads = [Thread(target=deliver, args=(app, sample("shopify-order"))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(logged(app)) == 1
    assert sum(tallies(app).values()) == 8


def test_without_an_id_of_the_sender_the_content_is_the_id(app: App) -> None:
    connected(app)
    raw = json.dumps(sample("shopify-guest"), default=str).encode()
    headers = signed(raw, "orders/create")
    del headers["x-shopify-webhook-id"]

    deliver(app, raw, headers=headers)
    deliver(app, raw, headers=headers)

    assert len(logged(app)) == 1


def test_a_wrong_signature_is_refused_and_counted_and_nothing_of_it_kept(app: App) -> None:
    connected(app)
    raw = b'{"id": 1, "marker": "forged-body"}'

    done = deliver(app, raw, text="another secret")

    assert done.outcome == "refused" and "signature" in done.reason
    assert tallies(app) == {("", "refused"): 1}
    assert logged(app) == [] and rejects(app) == []
    with app.database.transaction() as tx:
        rows = tx.execute("select d::text from connections.delivery d").fetchall()
        assert "forged" not in str(rows) and tx.execute("select 1 from connections.sample").fetchall() == []


@pytest.mark.parametrize(
    "header", ["", "AAAA", "not base64!", "é", "A" * 10_000, "=" * 44, "sha256=" + "0" * 64]
)
def test_a_signature_that_is_none_is_refused(app: App, header: str) -> None:
    connected(app)

    done = deliver(app, b"{}", headers={"x-shopify-hmac-sha256": header, "x-shopify-topic": "orders/create"})

    assert done.outcome == "refused"


def test_without_a_secret_nothing_is_believed(app: App) -> None:
    publish(app, "web-shop", title="The shop", source="web-shop", shape="shopify")

    done = deliver(app, sample("shopify-order"), text="")

    assert (done.outcome, done.reason) == ("refused", "No secret is set for this connection.")


def test_a_draft_receives_nothing(app: App) -> None:
    with pytest.raises(NoSuchConnection):
        deliver(app, {})


def test_refused_deliveries_are_bounded_and_push_nothing_out(app: App) -> None:
    connected(app)
    deliver(app, sample("shopify-order"))
    for _ in range(60):
        deliver(app, {}, text="wrong")

    with app.database.transaction() as tx:
        kept = connections.deliveries(tx, "web-shop", limit=500)
    outcomes = [one.outcome for one in kept]
    assert outcomes.count("refused") <= 51 and outcomes.count("taken") == 1
    assert tallies(app)["", "refused"] == 60


def test_during_a_rotation_both_secrets_are_taken_and_after_it_the_new_one(app: App) -> None:
    connected(app)
    secret(app, "connection/web-shop", "next-secret")

    assert deliver(app, sample("shopify-order"), delivery="old").outcome == "taken"
    assert deliver(app, sample("shopify-order"), delivery="new", text="next-secret").outcome == "taken"
    later = AT + timedelta(days=1, minutes=1)
    assert deliver(app, sample("shopify-order"), delivery="late", now=later).outcome == "refused"
    assert deliver(app, sample("shopify-order"), text="next-secret", now=later).outcome == "taken"


def test_an_unknown_topic_is_counted_and_not_kept(app: App) -> None:
    connected(app)

    done = deliver(app, {"id": 1}, "carts/update")

    assert done.outcome == "ignored"
    assert tallies(app) == {("carts/update", "ignored"): 1} and rejects(app) == []


def test_what_cannot_be_mapped_is_kept_with_every_place_and_replayed_once_mended(app: App) -> None:
    connected(app)
    broken = deepcopy(sample("shopify-order")) | {"total_price": "forty", "currency": None}

    done = deliver(app, broken)

    assert done.outcome == "rejected" and "total_price" in done.reason
    (reject,) = rejects(app)
    assert (reject.stage, reject.source, reject.code) == ("webhook", "web-shop", "mapping.money")
    assert reject.path == "payload.total_price" and "And 1 more" in reject.reason

    envelope = json.loads(reject.payload or "")
    envelope["payload"] |= {"total_price": "45.60", "currency": "EUR"}
    with app.database.transaction() as tx:
        made = connections.replay(tx, json.dumps(envelope), received_at=AT)
        assert not isinstance(made, events.Refusal)
        log.append(tx, made)
    (event,) = logged(app)
    assert event["properties"]["total"] == 45.60
    assert deliver(app, sample("shopify-order")).outcome == "again"  # Of the same delivery, and so the same.
    assert len(logged(app)) == 1


def test_a_replay_of_what_is_still_broken_says_what(app: App) -> None:
    connected(app)
    deliver(app, {"id": 1}, "orders/create")
    (reject,) = rejects(app)

    with app.database.transaction() as tx:
        again = connections.replay(tx, reject.payload or "", received_at=AT)
        gone = connections.replay(tx, "{}", received_at=AT)

    assert isinstance(again, events.Refusal) and again.path == reject.path
    assert isinstance(gone, events.Refusal) and gone.code == "webhook.envelope"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "webhook.json"),
        (b"{", "webhook.json"),
        (b'{"id": NaN}', "webhook.json"),
        (b'{"id": 1e99999}', "webhook.json"),
        (b'{"id": ' + b"9" * 5000 + b"}", "webhook.json"),
        (b"\xff\xfe", "webhook.encoding"),
        (b'"text"', "webhook.json"),
        (b"[" * 100_000, "webhook.depth"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "webhook.depth"),
        (b'{"id": 1, "a": "\x00"}', "webhook.json"),
        (b"id=1&x=<script>", "webhook.json"),
    ],
)
def test_what_is_no_json_is_kept_with_its_place(app: App, raw: bytes, code: str) -> None:
    connected(app)

    assert deliver(app, raw).outcome == "rejected"

    (reject,) = rejects(app)
    assert reject.code == code and reject.payload


@pytest.mark.parametrize("text", ["nul \\u0000", "half \\ud800", "<b>'; drop table log.event; --"])
def test_texts_no_database_holds_do_not_get_in_the_way(app: App, text: str) -> None:
    connected(app)
    raw = json.dumps(sample("shopify-order"), default=str).replace("Espresso beans", text).encode()

    done = deliver(app, raw)

    assert done.outcome == ("taken" if text.startswith("<b>") else "rejected")
    assert deliver(app, sample("shopify-guest"), delivery="good").outcome == "taken"


def test_half_a_pair_in_a_topic_or_an_id_does_not_get_in_the_way(app: App) -> None:
    publish(
        app,
        "till",
        title="Till",
        source="till",
        shape="mapping",
        signature={"scheme": "token", "header": "x-token"},
        topic="$.kind",
        delivery="$.id",
        rules=[{"to": "track", "event": "Sold", "user_id": "$.who"}],
    )
    secret(app, "connection/till", "till-token")
    headers = {"x-token": "till-token"}

    for number, raw in enumerate((b'{"kind": "a\\ud800", "id": "\\u0000", "who": 1}', b'{"who": "\\ud800"}')):
        done = deliver(app, raw, key="till", headers=headers)
        assert done.outcome == ("taken", "rejected")[number]


def test_a_large_order_is_taken_whole(app: App) -> None:
    connected(app)
    order = deepcopy(sample("shopify-order"))
    order["line_items"] = [order["line_items"][0] | {"id": number} for number in range(900)]

    assert deliver(app, order).outcome == "taken"
    (event,) = logged(app)
    assert len(event["properties"]["products"]) == 900


def test_a_mapping_of_ones_own_with_github_like_signatures(app: App) -> None:
    publish(
        app,
        "till",
        title="Till",
        source="till-north",
        shape="mapping",
        signature={"scheme": "hmac-sha256", "header": "X-Signature-256", "prefix": "sha256="},
        topic="$.kind",
        delivery="$.number",
        rules=[
            {
                "when": {"topic": "receipt", "all": [{"value": "$.void", "not_in": [True]}]},
                "to": "track",
                "event": "Order Completed",
                "user_id": "$.card",
                "timestamp": {"time": "$.at", "zone": "Europe/Vienna"},
                "properties": {
                    "order_id": {"text": "till-7/{$.number}"},
                    "total": {"money": "$.sum"},
                    "currency": "EUR",
                },
            }
        ],
    )
    secret(app, "connection/till", "till-secret")
    import hashlib
    import hmac

    raw = b'{"kind":"receipt","number":9,"card":77,"at":"2026-03-01 13:00","sum":0.10}'
    seal = hmac.new(b"till-secret", raw, hashlib.sha256).hexdigest()
    sent = {"x-signature-256": f"sha256={seal}"}

    assert deliver(app, raw, key="till", headers=sent).outcome == "taken"
    assert deliver(app, raw, key="till", headers={"x-signature-256": seal}).outcome == "refused"
    (event,) = logged(app)
    assert event["user_id"] == "77" and event["properties"]["total"] == float(Decimal("0.1"))
    assert event["occurred_at"].isoformat() == "2026-03-01T12:00:00+00:00"


def test_standard_webhooks_are_believed_for_five_minutes(app: App) -> None:
    publish(
        app,
        "payments",
        title="Payments",
        source="payments",
        shape="mapping",
        signature={"scheme": "standard-webhooks"},
        topic="$.type",
        rules=[{"to": "track", "event": "$.type", "user_id": "$.data.user"}],
    )
    text = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz"
    secret(app, "connection/payments", text)
    raw = '{"type":"Invoice Paid","data":{"user":"u1"}}'
    now = WallClock().now()

    def headers(at: object) -> dict[str, str]:
        seal = Webhook(text).sign("msg_1", at, raw)
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": f"v1,AAAA {seal}",
        }

    assert deliver(app, raw.encode(), key="payments", headers=headers(now), now=now).outcome == "taken"
    old = headers(now - timedelta(minutes=6))
    refused = deliver(app, raw.encode(), key="payments", headers=old, now=now)
    assert refused.outcome == "refused" and "old" in refused.reason
    garbled = headers(now) | {"webhook-signature": "nonsense"}
    assert deliver(app, raw.encode(), key="payments", headers=garbled, now=now).outcome == "refused"


def test_the_last_payload_of_each_topic_can_be_tried_and_goes_after_days(app: App) -> None:
    connected(app)
    deliver(app, sample("shopify-order"))

    with app.database.transaction() as tx:
        (kept,) = connections.last_payloads(tx, "web-shop", now=AT)
        assert kept.topic == "orders/create" and "6200407294252" in kept.payload
        assert "x-shopify-hmac-sha256" not in kept.headers
        assert connections.last_payloads(tx, "web-shop", now=AT + timedelta(days=8)) == []
