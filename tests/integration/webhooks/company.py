"""A workspace that tells others: a clock that can be set ahead, webhooks, customers, and what happens to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from regulars import definitions, log, webhooks
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.kernel import Clock
from regulars.log import NewEvent
from regulars.settings import read_settings
from regulars.webhooks import WEBHOOK, Sent


class Ahead(Clock):
    """The wall clock, set ahead by what a test does not want to wait for."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def open_company(database: Database, home: Path, *places: str, wall: Clock | None = None) -> App:
    made = assemble(read_settings(home=home, outgoing_allow=" ".join(places)), database)
    return replace(made, wall=wall or Ahead())


def tell(app: App, key: str, url: str, **body: Any) -> str:
    """Publish a webhook and make its secret; gives it."""
    whole = {"title": key, "url": url, "events": ["Order Completed"], **body}
    now = app.wall.now()
    with app.database.transaction() as tx:
        before = definitions.versions(tx, WEBHOOK, key)
        etag = before[0].etag if before else None
        definitions.save_draft(tx, SYSTEM, WEBHOOK, key, whole, at=now, etag=etag)
        definitions.publish(tx, SYSTEM, WEBHOOK, key, at=now)
        return webhooks.new_secret(tx, SYSTEM, app.vault, key, at=now, now=now)


def happen(app: App, *events: NewEvent) -> None:
    """Append, and let the readers take it."""
    with app.database.transaction() as tx:
        log.append(tx, events)
    app.catch_up(app.wall.now())


def order(number: int, user: str = "u-1", **more: Any) -> NewEvent:
    properties = {"order_id": str(number), "currency": "EUR", "total": 12.5, "products": []}
    return NewEvent(
        message_id=f"order-{number}",
        name="Order Completed",
        occurred_at=datetime(2025, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=number),
        user_id=user,
        source=more.pop("source", "web-shop"),
        properties=properties | more.pop("properties", {}),
        **more,
    )


def sent(app: App, key: str = "shop") -> list[Sent]:
    """The log of a webhook, the first first."""
    with app.database.transaction() as tx:
        return list(reversed(webhooks.deliveries(tx, key, limit=200).items))
