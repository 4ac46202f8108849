"""A workspace with connections, and a shop that signs what it sends."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from regulars import connections, definitions, log
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.connections import Delivery, Received
from regulars.db import Database
from regulars.settings import read_settings

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECRET = "shop-secret"


def open_workspace(database: Database, home: Path) -> App:
    return assemble(read_settings(home=home), database)


def publish(app: App, key: str, kind: definitions.Kind[Any] = connections.CONNECTION, **body: Any) -> None:
    with app.database.transaction() as tx:
        before = definitions.versions(tx, kind, key)
        etag = before[0].etag if before else None
        definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT, etag=etag)
        definitions.publish(tx, SYSTEM, kind, key, at=AT)


def secret(app: App, name: str, text: str = SECRET, now: datetime = AT, place: str = "") -> None:
    with app.database.transaction() as tx:
        connections.set_secret(tx, SYSTEM, app.vault, name, text, at=AT, now=now, place=place)


def connected(app: App, shape: str = "shopify", key: str = "web-shop") -> None:
    publish(app, key, title="The shop", source="web-shop", shape=shape)
    secret(app, f"connection/{key}")


def raw_of(payload: Any) -> bytes:
    if isinstance(payload, bytes):
        return payload
    return json.dumps(payload, default=str).encode()


def signed(
    raw: bytes, topic: str, delivery: str = "d-1", text: str = SECRET, shape: str = "shopify"
) -> dict[str, str]:
    seal = base64.b64encode(hmac.new(text.encode(), raw, hashlib.sha256).digest()).decode()
    if shape == "shopify":
        return {
            "x-shopify-topic": topic,
            "x-shopify-webhook-id": delivery,
            "x-shopify-hmac-sha256": seal,
            "x-shopify-shop-domain": "north.myshopify.invalid",
        }
    return {
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-delivery-id": delivery,
        "x-wc-webhook-signature": seal,
    }


def deliver(
    app: App,
    payload: Any,
    topic: str = "orders/create",
    delivery: str = "d-1",
    *,
    key: str = "web-shop",
    headers: Mapping[str, str] | None = None,
    now: datetime = AT,
    **more: str,
) -> Received:
    raw = raw_of(payload)
    sent = Delivery(headers=headers or signed(raw, topic, delivery, **more), raw=raw)
    with app.database.transaction() as tx:
        return connections.receive(tx, app.vault, key, sent, now=now)


def logged(app: App) -> list[dict[str, Any]]:
    """Every event of the log, after the sequencer."""
    while app.sequencer.run_once(AT):
        pass
    with app.database.transaction() as tx:
        cursor = tx.execute(
            "select name, type, user_id, anonymous_id, message_id, occurred_at, source, properties, context "
            "from log.event order by position"
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def rejects(app: App) -> list[log.Reject]:
    with app.database.transaction() as tx:
        found = log.rejects(tx)
        return [log.reject(tx, one.reject_id) for one in found]


def sample(key: str) -> Any:
    return next(one.payload for one in connections.samples() if one.key == key)
