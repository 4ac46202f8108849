"""The small shop with full profiles: declared, computed, corrected and expiring traits, groups, consents."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from regulars import customers, definitions, log
from regulars.access import SYSTEM
from regulars.app import App
from regulars.customers import Enrichment
from regulars.db import Database
from regulars.wiring import COMPUTING
from tests.acceptance.console import corner_shop
from tests.acceptance.console.corner_shop import END

AT = END - timedelta(days=2)
DAY = timedelta(days=1)


def build(database: Database) -> App:
    app = corner_shop.build(database)
    publish(app, customers.TRAIT, "age", {"name": "Age", "trait": "age", "type": "integer"})
    publish(
        app,
        customers.TRAIT,
        "allergy",
        {"name": "Allergy", "trait": "allergy", "type": "text", "personal": "sensitive"},
    )
    policy = customers.STARTING["consent-policy"][customers.CONSENT_POLICY_KEY]
    publish(app, customers.CONSENT_POLICY, customers.CONSENT_POLICY_KEY, definitions.canonical(policy))
    publish(app, COMPUTING.kind, "views", {"name": "Views", "measure": "count", "event": "Product Viewed"})
    with app.database.transaction() as tx:
        log.append(tx, list(events()))
    app.catch_up(END)
    with app.database.transaction() as tx:
        income = Enrichment(
            kind="user_id",
            identifier="u1",
            traits={"income": "high"},
            source="census",
            expires_at=END + 30 * DAY,
        )
        customers.enrich(tx, [income], at=AT)
    app.catch_up(END)
    app.sequencer.close()
    return app


def publish(app: App, kind: definitions.Kind[Any], key: str, body: dict[str, Any]) -> None:
    with app.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT)
        definitions.publish(tx, SYSTEM, kind, key, at=AT)


def events() -> Iterator[log.NewEvent]:
    address = {"street": "1 Long Road", "city": "Oslo", "postal_code": "0150"}
    yield told("t0", "identify", at=AT - DAY, income="low")
    yield told("t1", "identify", plan="tin", allergy="nuts", interests=["tea", "mugs"], address=address)
    yield told("t2", "identify", at=AT + DAY, plan="gold", vip=True)
    for number, key in enumerate(("h1", "acme")):
        kind = "household" if key == "h1" else "account"
        traits = {"type": kind, "name": "The Abbotts" if key == "h1" else "Acme Ltd"}
        for user in ("u1", "u2", "u3")[: 3 - number]:
            yield told(f"g-{key}-{user}", "group", user=user, context={"groupId": key}, **traits)
    server, wording = {"server": True}, "Yes, write to me about new teas"
    asked = {"asked_at": (AT - DAY).isoformat(), "asked_ip": "192.0.2.6", "ip": "192.0.2.7"}
    news = {"channel": "email", "topic": "news", "wording": wording, "basis": "consent"}
    yield told("c1", "Consent Given", context=server, **news, **asked)
    yield told("c2", "Consent Given", context=server, channel="sms", source="till")
    yield told("c3", "Consent Withdrawn", at=AT + DAY, channel="sms")
    yield told("c4", "Consent Given", channel="post")
    yield told("c5", "Messages Paused", user="u2", until=(END + 30 * DAY).isoformat())
    for number in range(3):
        yield told(f"v{number}", "Product Viewed", product_id="bread", source_of="web")
    yield told("w1", "Wished", note="write to hidden@mail.example", phone="0171 555 0199")
    yield told("r1", "Order Refunded", order_id="u1-2", currency="USD", total=2.5)


def told(key: str, event: str, *, user: str = "u1", at: Any = AT, context: Any = None, **more: Any) -> Any:
    kind = event if event in ("identify", "group") else "track"
    return log.NewEvent(
        message_id=f"p-{key}", type=kind, name=event, user_id=user, occurred_at=at, properties=more,
        context=context, source="shop-web",
    )  # fmt: skip
