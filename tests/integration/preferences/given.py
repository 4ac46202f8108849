"""A small shop with three customers, two of whom share an address, and somebody at a browser without script."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI

from regulars import customers, definitions, log, messaging, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.intake import create_preferences
from regulars.kernel import Clock
from regulars.log import NewEvent
from regulars.settings import read_settings

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASE = "http://shop.test"
POLICY = {
    "title": "Ours",
    "topics": [
        {
            "key": "news",
            "title": "News",
            "description": "What is new, once a month.",
            "purpose": "advertising",
            "wordings": {"1": "Yes, write to me about news."},
        },
        {"key": "offers", "title": "Offers", "basis": "legitimate_interest", "channels": ["email", "sms"]},
        {"key": "club", "title": "Club", "double_opt_in": True},
        {"key": "orders", "title": "Orders", "basis": "contract"},
    ],
}
HELLO = templates.Template(
    title="Hello", subject="Hello", text="See {{ preferences_url }}", purpose="transactional"
)
PEOPLE = {
    "ada": {"email": "ada@example.com", "name": "Ada Byron", "phone": "+442079460018"},
    "ben": {"email": "both@example.com", "name": "Ben Both"},
    "cleo": {"email": "both@example.com", "name": "Cleo Both"},
}


@dataclass
class Hand:
    """The wall clock, moved by the test."""

    at: datetime = field(default_factory=lambda: AT)

    def now(self) -> datetime:
        return self.at


def shop(database: Database, *, wall: Clock | None = None, home: Path | None = None) -> App:
    settings = read_settings(workspace="preferences", public_url=BASE, home=home)
    app = replace(assemble(settings, database), wall=wall or Hand())
    with database.transaction() as tx:
        log.stand(tx, AT)
        publish(tx, customers.CONSENT_POLICY, customers.CONSENT_POLICY_KEY, POLICY)
        publish(tx, templates.TEMPLATE, "hello", HELLO)
        log.append(
            tx,
            [
                NewEvent(
                    message_id=f"known-{who}",
                    type="identify",
                    name="identify",
                    occurred_at=AT - timedelta(days=40),
                    user_id=who,
                    properties=traits,
                )
                for who, traits in PEOPLE.items()
            ],
        )
    app.catch_up(AT)
    return app


def publish(tx: Any, kind: Any, key: str, body: Any) -> None:
    read = msgspec.convert(body, kind.body) if isinstance(body, dict) else body
    definitions.save_draft(tx, SYSTEM, kind, key, read, at=AT, etag=None)
    definitions.publish(tx, SYSTEM, kind, key, at=AT)


def number(app: App, who: str) -> int:
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", who)
    assert found is not None
    return found


def write_to(app: App, *who: str, topic: str = "news", version: int = 1) -> None:
    """A campaign about a topic, to these people."""
    name = messaging.SourceName(kind="campaign", key="spring", version=version)
    people = {number(app, one): "treated" for one in who}
    with app.database.transaction() as tx:
        source = messaging.open_source(
            tx, name, channel="recording", template_key="hello", template_version=1, at=AT, topic=topic
        )
        messaging.enqueue(tx, source, people, at=AT)
    messaging.carry_on(app.database, app.sender, name, at=AT)


def agree(app: App, who: str, topic: str = "news") -> None:
    with app.database.transaction() as tx:
        said = [customers.Statement(given=True, channel="email", topic=topic)]
        customers.record(tx, number(app, who), said, at=AT, via="import", source="a file")
    app.catch_up(AT)


def tell(app: App, who: str, **traits: str) -> None:
    """What another system tells of somebody now."""
    told = NewEvent(
        message_id=f"told-{who}-{traits}", type="identify", name="identify", occurred_at=AT, user_id=who,
        properties=traits,
    )  # fmt: skip
    with app.database.transaction() as tx:
        log.append(tx, [told])
    app.catch_up(AT)


def letters(app: App) -> list[tuple[str, str, dict[str, str]]]:
    """Address, text and headers of every message, in order."""
    with app.database.transaction() as tx:
        return list(tx.execute("select address, text_body, headers from messaging.recorded order by send_id"))


def links(app: App) -> list[str]:
    return [found for _, text, _ in letters(app) for found in re.findall(rf"{BASE}(/p/\S+)", text)]


def statements(app: App) -> list[tuple[str, dict[str, Any]]]:
    """What the preference centre told the log: name and properties, in order."""
    app.catch_up(AT)
    with app.database.transaction() as tx:
        found = tx.execute(
            "select name, properties from log.event where source in ('preferences', 'preference-centre') "
            "order by position"
        )
        return list(found)


def said(app: App) -> list[tuple[str, str, str]]:
    return [(name, p.get("channel", ""), p.get("topic", "")) for name, p in statements(app)]


@dataclass(frozen=True)
class Reader:
    """Somebody at a browser without script."""

    app: App
    client: httpx.AsyncClient

    async def see(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text[-1500:]
        return answer.text

    async def asks(self, address: str, waits_s: float = 20, **typed: str) -> httpx.Response:
        """Types an address where a link is asked for."""
        nonce = re.search(r'name="nonce" value="([^"]+)"', await self.see("/p/"))
        hand = self.app.wall
        assert nonce
        assert isinstance(hand, Hand)
        hand.at += timedelta(seconds=waits_s)
        return await self.client.post("/p/", data={"nonce": nonce[1], "address": address, **typed})

    async def save(self, path: str, page: str = "", **changes: Any) -> httpx.Response:
        """Send the form of a page as it stands, with these fields changed; `on` and `off` switch boxes."""
        sent = fields(page or await self.see(path))
        sent["on"] = sorted({*sent.get("on", ()), *changes.pop("on", ())} - set(changes.pop("off", ())))
        for name, content in changes.items():
            if content is None:
                sent.pop(name, None)
            else:
                sent[name] = [content]
        return await self.client.post(path, data=sent)


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form that saves."""
    form = page.partition('name="version"')[2].partition("</form>")[0]
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    version = re.search(r'value="([^"]+)"', form)
    assert nonce and version
    sent: dict[str, list[str]] = {"nonce": [nonce[1]], "version": [version[1]], "do": ["save"]}
    for found in re.finditer(
        r"<input type=\"(hidden|checkbox|radio)\" name=\"([\w-]+)\" value=\"([^\"]*)\"([^>]*)>", form
    ):
        kind, name, value, rest = found.groups()
        if kind == "hidden" or "checked" in rest:
            sent.setdefault(name, []).append(value)
    return sent


def reading(app: App, walk: Callable[[Reader], Awaitable[None]]) -> None:
    async def run() -> None:
        server = FastAPI()
        server.include_router(create_preferences(app))
        transport = httpx.ASGITransport(app=server, client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            await walk(Reader(app, client))

    asyncio.run(run())
