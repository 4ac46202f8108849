"""Channels as people set them up, as providers answer them, and as customers' pages ask them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from regulars import access, channels, connections, definitions, log, messaging
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.channels.twilio import signature
from regulars.db import Database
from regulars.settings import read_settings
from regulars.web import application
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, actor, build, serving
from tests.integration.channels import fakes, setting_up
from tests.integration.channels.channel_maker import message

NUMBER, TOKEN = "+15005550001", "s3cret-token"
OURS = "https://engage.shop.example"


@pytest.fixture
def places() -> Iterator[tuple[fakes.Fake, fakes.Fake]]:
    with fakes.smtp() as mail, fakes.http() as service:
        yield mail, service


@pytest.fixture
def app(database: Database, tmp_path: Path, places: tuple[fakes.Fake, fakes.Fake]) -> Iterator[App]:
    build(database)
    allow = " ".join(one.place for one in places)
    settings = read_settings(workspace="pages", home=tmp_path, outgoing_allow=allow, public_url=OURS)
    made = assemble(settings, database)
    with database.transaction() as tx:
        log.let_run(tx)
        one = access.add_person(
            tx, SYSTEM, email="eng@example.invalid", name="Eng Connects", level=6, function="engineering", at=AT
        )  # fmt: skip
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    yield made
    made.sequencer.close()


def publish(app: App, key: str, body: Any) -> None:
    setting_up.publish(app, actor(app, "eng"), key, body)


def walking(app: App, walk: Callable[[Person], Awaitable[None]]) -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in("eng@example.invalid"))

    asyncio.run(run())


def test_a_channel_is_set_up_tried_and_its_trouble_is_shown(
    app: App, places: tuple[fakes.Fake, fakes.Fake]
) -> None:
    mail, service = places
    letters = {
        "title": "Letters", "medium": "email", "from_address": "news@shop.example", "from_name": "Our shop",
        "dkim": [{"domain": "shop.example", "selector": "r1"}],
        "providers": [
            {"type": "smtp", "name": "main", "host": "127.0.0.1", "port": mail.port, "security": "none"},
            {"type": "ses", "name": "spare", "region": "eu-central-1", "access_key_id": "A" * 16, "url": service.url},
        ],
    }  # fmt: skip

    async def walk(person: Person) -> None:
        assert "Nothing leaves yet" in await person.see("/channels")
        publish(app, "letters", letters)
        seen = await person.see("/channels/letters")
        assert "Its secret access key is not set" in seen
        assert "Letters are not signed for shop.example/r1" in seen
        done = await person.send("/channels/letters/providers/spare/secret", secret="abc")
        assert done.status_code == 303
        tried = await person.send("/channels/letters/test", provider="main", address="ada@example.com")
        assert "“main” took it." in tried.text, tried.text[-3000:]
        data = mail.taken[0][1]
        assert (
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in data
            and b"List-Unsubscribe: <https://engage" in data
        )
        refused = await person.send(
            "/channels/letters/test", provider="main", address="refused-1@example.com"
        )
        assert "“main” refused it:" in refused.text and "&lt;…&gt;" in refused.text
        spare = await person.send("/channels/letters/test", provider="spare", address="ada@example.com")
        assert "“spare” took it." in spare.text and len(service.taken) == 1
        wrong = await person.send("/channels/letters/test", address="no address")
        assert "no address that mail can be sent to" in wrong.text
        with app.database.transaction() as tx:
            tx.execute(
                "update channels.health set failures = 3, open_until = now() + interval '1 hour' where provider = 'main'"
            )
        assert "By the next provider" in await person.see("/channels")
        assert "It is mended" in await person.see("/channels/letters")
        await person.send("/channels/letters/providers/main/ask-again")
        assert "Does well" in await person.see("/channels/letters")
        await person.send("/channels/letters/providers/spare/forget")
        assert "is not set: nothing is sent by it" in await person.see("/channels/letters")

    walking(app, walk)
    with app.database.transaction() as tx:
        sending = app.sender.channel_of(tx, "letters")
    [receipt] = sending.deliver(None, [message(7, "bob@example.com")])
    assert receipt.outcome == "sent" and mail.taken[-1][0] == "bob@example.com"
    with app.database.transaction() as tx:
        log.stand(tx, app.wall.now())
        assert app.sender.channel_of(tx, "letters").atomic, "a demonstration only records"


def test_texts_that_come_in_stop_and_start_and_pages_of_customers_read_their_cards(  # noqa: PLR0915
    app: App, places: tuple[fakes.Fake, fakes.Fake]
) -> None:
    texts = {
        "title": "Texts", "medium": "sms", "texting": {"help": "Our shop & more. STOP ends it."},
        "providers": [{"type": "twilio", "name": "main", "account": "AC1", "sender": "+15005550006", "url": places[1].url}],
    }  # fmt: skip
    publish(app, "texts", texts)
    publish(
        app, "cards", {"title": "Cards", "medium": "inbox", "providers": [{"type": "inbox", "name": "main"}]}
    )
    publish(app, "push", {"title": "Push", "medium": "push", "providers": [{"type": "webpush", "name": "main", "contact": "mailto:a@shop.example"}]})  # fmt: skip
    ada = setting_up.person(app, "ada", phone=NUMBER)
    with app.database.transaction() as tx:
        for key, secret in (("texts", TOKEN), ("push", "")):
            connections.set_channel_secret(
                tx, actor(app, "eng"), app.vault, key, "main", secret, at=app.now(tx), now=app.wall.now()
            )

    async def run() -> None:
        transport = httpx.ASGITransport(app=application(app))
        async with httpx.AsyncClient(transport=transport, base_url=OURS) as client:
            await told(client)

    async def told(client: httpx.AsyncClient) -> None:
        async def text(
            word: str, *, path: str = "/ch/texts/texts/main", token: str = TOKEN, **more: str
        ) -> httpx.Response:
            form = {"From": NUMBER, "Body": word, "MessageSid": f"SM{word}", **more}
            mark = signature(token, f"{OURS}{path}", form)
            return await client.post(path, data=form, headers={"x-twilio-signature": mark})

        assert (await text("STOP", token="wrong")).status_code == 404
        helped = await text("help")
        assert "Our shop &amp; more" in helped.text and helped.headers["content-type"].startswith("text/xml")
        assert (await text("Stop")).text.endswith("<Response></Response>")
        with app.database.transaction() as tx:
            stands = messaging.suppression_of(tx, NUMBER, channel="sms")
        assert stands and stands.reason == "stop"
        app.catch_up(app.wall.now())
        assert (await text("start")).status_code == 200
        with app.database.transaction() as tx:
            assert messaging.suppression_of(tx, NUMBER, channel="sms") is None
            messaging.suppress(tx, [NUMBER], reason="complaint", at=AT, channel="sms")
        await text("START", MessageSid="SM2")
        with app.database.transaction() as tx:
            assert messaging.suppression_of(tx, NUMBER, channel="sms"), "only what was stopped so is lifted"
        status = await text("", path="/ch/texts/texts/main/status", MessageStatus="delivered")
        assert status.status_code == 204

        with app.database.transaction() as tx:
            ends = app.wall.now().replace(year=2099)
            token = channels.customer_token(tx, "cards", ada, ends_at=ends)
            pushing = channels.customer_token(tx, "push", ada, ends_at=ends)
        bearer = {"authorization": f"Bearer {token}"}
        assert (await client.get("/ch/cards/cards")).status_code == 401
        assert (
            await client.get("/ch/cards/cards", headers={"authorization": f"Bearer {pushing}"})
        ).status_code == 401
        found = await client.get("/ch/cards/cards", headers=bearer)
        assert found.json() == {"unread": 0, "cards": []}, found.text
        assert found.headers["access-control-allow-origin"] == "*"
        assert (await client.options("/ch/cards/cards")).status_code == 204
        bad = await client.post("/ch/cards/cards/read", headers=bearer, content=b'{"cards": [7]}')
        assert bad.status_code == 422
        public = (await client.get("/ch/push/push/key")).json()["key"]
        assert len(public) == 87
        given = {
            "endpoint": "https://push.example/1",
            "keys": {"p256dh": public, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        }
        push = {"authorization": f"Bearer {pushing}"}
        assert (await client.post("/ch/push/push/subscriptions", headers=push, json=given)).status_code == 204
        wrong = await client.post("/ch/push/push/subscriptions", headers=push, json={"endpoint": "x"})
        assert wrong.status_code == 422
        with app.database.transaction() as tx:
            assert channels.count_subscriptions(tx, "push") == 1
        gone = await client.request("DELETE", "/ch/push/push/subscriptions", headers=push, json=given)
        assert gone.status_code == 204
        for script in ("/ch/messages.js", "/ch/worker.js"):
            assert (await client.get(script)).headers["content-type"].startswith("text/javascript")

    asyncio.run(run())


def test_the_pages_of_channels_look_right_wide_and_narrow(
    app: App, places: tuple[fakes.Fake, fakes.Fake], chromium: Browser, tmp_path: Path
) -> None:
    body = channels.READY_MADE["amazon-ses"]
    publish(app, "amazon-ses", definitions.canonical(body))
    publish(app, "texts", definitions.canonical(channels.READY_MADE["texts"]))
    publish(app, "push", definitions.canonical(channels.READY_MADE["push"]))
    with app.database.transaction() as tx:
        tx.execute(
            "insert into channels.health (channel_key, provider, failures, trips, open_until, last_ok_at, last_error_at, last_error, sent, failed, deferred) "
            "values ('amazon-ses', 'ses', 3, 1, now() + interval '2 minutes', now(), now(), 'SendingPausedException: the account is paused', 12345, 21, 7), "
            "('amazon-ses', 'spare', 0, 0, null, now(), null, '', 321, 0, 1)"
        )
        tx.execute(
            "insert into channels.problem (channel_key, provider, at, outcome, detail, messages) values ('amazon-ses', 'ses', now(), 'failed', '550 5.1.1 <…> is not known here', 14)"
        )
        tx.execute(
            "insert into channels.domain_tally (channel_key, day, domain, sent, failed) values ('amazon-ses', current_date, 'example.com', 9000, 12), ('amazon-ses', current_date, 'mail.example', 3345, 9)"
        )
    with serving(app, app.settings.home) as url:
        page = chromium.new_page(base_url=url, viewport={"width": 1440, "height": 900})
        page.goto("/sign-in")
        page.fill("#f-email", "eng@example.invalid")
        page.fill("#f-password", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/")
        for path in ("/channels", "/channels/amazon-ses", "/channels/texts", "/channels/push"):
            page.goto(path)
            assert serious(page) == [], path
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                page.screenshot(
                    path=str(tmp_path / f"{path.strip('/').replace('/', '-')}-{width}.png"), full_page=True
                )
            page.set_viewport_size({"width": 1440, "height": 900})
        page.close()
