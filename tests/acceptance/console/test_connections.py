"""The pages of connections and file drops, as the people who run them use them."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from regulars import access, connections, definitions
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.connections import Delivery
from regulars.db import Database
from regulars.jobs import Worker
from regulars.settings import read_settings
from tests.acceptance.console.office import AT, PASSWORD, Person, actor, build

KEY = "web-shop"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    build(database)
    with database.transaction() as tx:
        one = access.add_person(
            tx,
            SYSTEM,
            email="eng@example.invalid",
            name="Eng Connects",
            level=5,
            function="engineering",
            at=AT,
        )
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    made = assemble(read_settings(workspace="pages", home=tmp_path / "home"), database)
    yield made
    made.sequencer.close()


def walking(app: App, walk: Callable[[Person], Awaitable[None]], email: str = "eng@example.invalid") -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in(email))

    asyncio.run(run())


def sample(key: str) -> connections.Sample:
    return next(one for one in connections.samples() if one.key == key)


def send(app: App, raw: bytes, topic: str = "orders/create", secret: str = "first-secret") -> str:
    seal = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {"x-shopify-topic": topic, "x-shopify-hmac-sha256": seal, "x-shopify-webhook-id": "d1"}
    with app.database.transaction() as tx:
        sent = Delivery(headers=headers, raw=raw)
        return connections.receive(tx, app.vault, KEY, sent, now=app.wall.now()).outcome


def test_a_shop_is_connected_in_one_step_and_shows_what_came(app: App) -> None:
    async def walk(person: Person) -> None:
        assert "No connection yet" in await person.see("/data/connections")
        answer = await person.send(
            "/data/connections", title="Web shop", shape="shopify", secret="first-secret"
        )
        assert answer.headers["location"] == f"/data/connections/{KEY}"
        shown = await person.see(f"/data/connections/{KEY}")
        assert "Live" in shown and f"/v1/webhooks/{KEY}" in shown and "Nothing has come yet" in shown
        assert "first-secret" not in shown

        assert send(app, sample("shopify-order").text.encode()) == "taken"
        assert send(app, b"{}", "carts/update") == "ignored"
        assert send(app, b'{"id": "x"}') == "rejected"
        assert send(app, b"{}", secret="wrong") == "refused"
        shown = await person.see(f"/data/connections/{KEY}")
        assert "carts/update" in shown and "Topics that are ignored" in shown
        assert "The signature does not fit" in shown and "It is missing." in shown
        listed = await person.see("/data/connections")
        assert "Web shop" in listed and "ready-made rules" in listed

    walking(app, walk)


def test_the_secret_is_rotated_and_never_shown(app: App) -> None:
    async def walk(person: Person) -> None:
        await person.send("/data/connections", title="Web shop", shape="shopify", secret="first-secret")
        await person.send(f"/data/connections/{KEY}/secret", secret="second-secret")
        shown = await person.see(f"/data/connections/{KEY}")
        assert "counts for a while yet" in shown and "second-secret" not in shown
        assert send(app, b"{}", "carts/update") == "ignored"
        assert send(app, b"{}", "carts/update", "second-secret") == "ignored"
        assert (await person.send(f"/data/connections/{KEY}/secret", secret=" ")).status_code == 422
        wrong = await person.send(f"/data/connections/{KEY}/secret/forget", confirm="Other")
        assert wrong.status_code == 422
        await person.send(f"/data/connections/{KEY}/secret/forget", confirm="Web shop")
        assert "No secret is set" in await person.see(f"/data/connections/{KEY}")
        assert send(app, b"{}", "carts/update", "second-secret") == "refused"
        for place in ("/audit", f"/definitions/connection/{KEY}", f"/definitions/connection/{KEY}/file"):
            shown = await person.see(place)
            assert "second-secret" not in shown and "first-secret" not in shown

    walking(app, walk)


def test_a_payload_is_tried_and_nothing_is_written(app: App) -> None:
    async def walk(person: Person) -> None:
        await person.send("/data/connections", title="Web shop", shape="shopify", secret="first-secret")
        place = f"/data/connections/{KEY}/try"
        assert "Nothing tried yet" in await person.see(place)
        shown = await person.see(f"{place}?sample=shopify-order")
        assert "It becomes 1 event." in shown and "Order Completed of 7123456789012" in shown
        assert "45.60" in shown

        broken = json.loads(sample("shopify-order").text) | {"total_price": "<b>forty</b>", "currency": None}
        answer = await person.send(place, topic="orders/create", payload=json.dumps(broken))
        assert "$.total_price" in answer.text and "$.currency" in answer.text
        assert "<b>forty</b>" not in answer.text and "would be kept among the rejects" in answer.text
        for payload, said in (("{", "not JSON"), ("[" * 5000, "nested deeper"), ("7", "JSON object is")):
            answer = await person.send(place, topic="orders/create", payload=payload)
            assert said in answer.text and answer.status_code == 200
        answer = await person.send(place, topic="other/topic", payload="{}")
        assert "no rule is for" in answer.text

        with app.database.transaction() as tx:
            assert tx.execute("select count(*) from log.inbox").fetchone() == (0,)
            assert connections.tallies(tx, KEY) == []

    walking(app, walk)


def test_what_really_came_is_tried_with_contacts_masked_and_can_be_erased(app: App) -> None:
    async def walk(person: Person) -> None:
        await person.send("/data/connections", title="Web shop", shape="shopify", secret="first-secret")
        send(app, sample("shopify-order").text.encode())
        place = f"/data/connections/{KEY}/try"
        assert "last=orders/create" in await person.see(place)
        shown = await person.see(f"{place}?last=orders/create")
        assert "ada.example@mail.invalid" not in shown and "are masked" in shown
        assert "It becomes 1 event." in shown and "#1071" in shown
        await person.send(f"{place.removesuffix('/try')}/payloads/erase")
        assert "last=orders/create" not in await person.see(place)

    walking(app, walk)


def test_a_wrong_connection_keeps_what_was_typed(app: App) -> None:
    async def walk(person: Person) -> None:
        answer = await person.send("/data/connections", title="Web shop", shape="shopify", source="Not A Key")
        assert answer.status_code == 422 and "Write the source as its key" in answer.text
        assert 'value="Web shop"' in answer.text
        assert (await person.send("/data/connections", title="!!!", shape="shopify")).status_code == 422
        assert (await person.send("/data/connections", title="x", shape="magento")).status_code == 422

    walking(app, walk)


def test_who_may_not_look_sees_nothing(app: App) -> None:
    async def walk(person: Person) -> None:
        for place in ("/data/connections", f"/data/connections/{KEY}", "/data/drops", "/data/drops/new"):
            await person.see(place, 403)

    walking(app, walk, "cas@example.invalid")


def test_a_file_drop_is_made_looked_at_and_shows_its_files(app: App) -> None:
    folder = app.settings.drops / "nightly"
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text("order_id,userId,timestamp,total,currency\n1,u1,2025-12-27,5.00,EUR\n")
    (folder / "copy.csv").write_text("order_id,userId,timestamp,total,currency\n1,u1,2025-12-27,5.00,EUR\n")
    (folder / "bad.csv").write_bytes(b"PK\x03\x04\x00\x00 not what its name says")

    async def walk(person: Person) -> None:
        assert "No file drop yet" in await person.see("/data/drops")
        wrong = await person.send(
            "/data/drops", title="Nightly", place="../etc", pattern="*.csv", what="orders", every="never"
        )
        assert wrong.status_code == 422 and "Name a folder below the root" in wrong.text
        answer = await person.send(
            "/data/drops",
            title="Nightly",
            place="nightly",
            pattern="*.csv",
            what="orders",
            every="daily at 03:00",
            source="tills",
        )
        assert answer.headers["location"] == "/data/drops/nightly"
        await person.send("/data/drops/nightly/look")
        await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)
        shown = await person.see("/data/drops/nightly")
        assert shown.count("/data/imports/imp_") == 1 and "Same content as before" in shown
        assert "Could not be used" in shown
        (number,) = re.findall(r"/files/(\d+)/import[^>]*>(?:(?!/files/).)*Import it all the same", shown)
        await person.send(f"/data/drops/nightly/files/{number}/import")
        await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)
        assert (await person.see("/data/drops/nightly")).count("/data/imports/imp_") == 2
        assert "Nightly" in await person.see("/data/drops")

    walking(app, walk)


def test_starting_bodies_can_be_published_as_they_are(app: App) -> None:
    with app.database.transaction() as tx:
        for key, body in connections.starting_connections():
            who, at = actor(app, "eng"), app.now(tx)
            definitions.save_draft(tx, who, connections.CONNECTION, key, body, at=at)
            definitions.publish(tx, who, connections.CONNECTION, key, at=at)
        assert len(definitions.all_live(tx, connections.CONNECTION)) == 3
