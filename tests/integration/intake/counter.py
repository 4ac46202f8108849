"""A shop that sends to the tracking API, in this process, and what is then in the database."""

import asyncio
import base64
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import psycopg

from regulars import access, customers, definitions, events, log
from regulars.app import assemble
from regulars.db import Database, Tx
from regulars.intake import Tracking
from regulars.settings import Settings

T = TypeVar("T")
NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    database: Database
    actor: access.Actor
    key: str
    key_id: int

    def during(self, work: Callable[[httpx.AsyncClient], Awaitable[T]], **settings: Any) -> T:
        """Run with the tracking API started, and let it drain at the end."""

        async def whole() -> T:
            tracking = Tracking(assemble(Settings(**settings), self.database))
            async with tracking.running():
                transport = httpx.ASGITransport(app=tracking)
                async with httpx.AsyncClient(transport=transport, base_url="http://shop.invalid") as client:
                    return await work(client)

        return asyncio.run(whole())

    def post(self, path: str, body: Any, *, key: str | None = "", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json", **headers}
        if key is not None:
            given["authorization"] = basic(key or self.key)

        async def one(client: httpx.AsyncClient) -> httpx.Response:
            return await client.post(path, content=content, headers=given)

        return self.during(one)

    def stands_on_servers(self) -> None:
        """Let its key send for a source whose keys no page shows."""
        body = {"title": "Backend", "server": True}
        with self.database.transaction() as tx:
            if definitions.live(tx, events.SOURCE, "backend") is None:
                definitions.save_draft(tx, access.SYSTEM, events.SOURCE, "backend", body, at=NOW)
                definitions.publish(tx, access.SYSTEM, events.SOURCE, "backend", at=NOW)
            events.assign_key(tx, access.SYSTEM, self.key_id, "backend", at=NOW)

    def inbox(self) -> list[dict[str, Any]]:
        with self.database.connect(row_factory=psycopg.rows.dict_row) as tx:
            return tx.execute("select * from log.inbox order by arrival").fetchall()

    def rejects(self) -> list[log.Reject]:
        with self.database.transaction() as tx:
            return list(reversed(log.rejects(tx, limit=200)))

    def sequence(self) -> None:
        sequencer = log.Sequencer(self.database, customers.resolve)
        while sequencer.run_once(datetime.now(UTC)):
            pass
        sequencer.close()

    def events(self) -> list[log.Event]:
        with self.database.transaction() as tx:
            return log.events(tx, after=0, to=1_000_000)


def opened(database: Database) -> Shop:
    with database.transaction() as tx:
        known = access.person_by_email(tx, "eve@shop.example")
        eve = (known or _hired(tx)).actor("console")
        made = access.make_key(tx, eve, name="Shop", kind="tracking", at=NOW)
    return Shop(database=database, actor=eve, key=made.text, key_id=made.key.key_id)


def _hired(tx: Tx) -> access.Person:
    return access.add_person(
        tx, access.SYSTEM, email="eve@shop.example", name="Eve", level=4, function="engineering", at=NOW
    )


def basic(key: str, colon: str = ":") -> str:
    return "Basic " + base64.b64encode(f"{key}{colon}".encode()).decode()


def track(number: int | str = 1, **more: Any) -> dict[str, Any]:
    return {"type": "track", "messageId": f"m-{number}", "userId": "u-1", "event": "Product Viewed", **more}


def packed(body: Any) -> bytes:
    return gzip.compress(json.dumps(body).encode())
