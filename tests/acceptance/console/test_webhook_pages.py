"""The pages of webhooks, as the people who run them use them; the API beside, and the pages in a browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from regulars import access, log
from regulars.access import SYSTEM
from regulars.api import create_api
from regulars.app import App, assemble
from regulars.db import Database
from regulars.jobs import Worker
from regulars.settings import read_settings
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving
from tests.integration.webhooks.company import order, sent, tell
from tests.integration.webhooks.receiver import Answer, Receiver, receiving

KEY, HERE = "points-to-the-shop", "/data/webhooks/points-to-the-shop"
MAIL = "jane.doe@example.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def app(database: Database, tmp_path: Path, receiver: Receiver) -> Iterator[App]:
    build(database)
    with database.transaction() as tx:
        one = access.add_person(
            tx, SYSTEM, email="eng@example.invalid", name="Eng Connects", level=5, function="engineering", at=AT
        )  # fmt: skip
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    settings = read_settings(workspace="pages", home=tmp_path / "home", outgoing_allow=receiver.place)
    made = assemble(settings, database)
    made.catch_up(AT)
    yield made
    made.sequencer.close()


def walking(app: App, walk: Callable[[Person], Awaitable[None]], email: str = "eng@example.invalid") -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in(email))

    asyncio.run(run())


def happen(app: App, *events: log.NewEvent) -> None:
    with app.database.transaction() as tx:
        log.append(tx, events)
    app.catch_up(AT)
    app.deliverer().run_dry()


async def make(person: Person, receiver: Receiver, **more: str) -> str:
    """Make the webhook by its form; gives the secret, which is shown this once."""
    given = {"title": "Points to the shop", "url": receiver.url(), "events": "Order Completed", **more}
    shown = await person.send("/data/webhooks", **given)
    assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store", shown.text[-1500:]
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", shown.text)
    assert found
    return found.group()


def test_a_webhook_is_made_tried_looked_at_and_sent_again(app: App, receiver: Receiver) -> None:
    async def walk(person: Person) -> None:
        assert "No other system is told yet" in await person.see("/data/webhooks")
        wrong = await person.send("/data/webhooks", title="x", url="shop", events="a*b")
        assert wrong.status_code == 422 and "Write the whole address" in wrong.text
        assert "is no event" in wrong.text
        given = {"title": "All of it", "url": receiver.url(), "events": "Order Completed", "contacts": "on"}
        refused = await person.send("/data/webhooks", **given)
        assert refused.status_code == 403 and "cannot be published by you" in refused.text
        secret = await make(person, receiver)
        assert secret not in await person.see(HERE)

        trial = await person.send(f"{HERE}/test")
        assert "Arrived" in trial.text and "webhook-signature" in trial.text and "thanks" in trial.text
        assert receiver.got[0].verified(secret)["type"] == "regulars.webhooks.test"

        receiver.answer = lambda _got: Answer(body=f"thank you {MAIL}".encode())
        happen(app, order(1, properties={"email": MAIL}))
        receiver.answer = lambda _got: Answer(status=500, body=b"no")
        happen(app, order(2))
        shown = await person.see(HERE)
        assert "It answered 500." in shown and "Live, failing" in shown and "Arrived" in shown
        listed = await person.see("/data/webhooks")
        assert "1 arrived" in listed and "1 attempt did not" in listed
        assert "It answered 500." not in await person.see(f"{HERE}?state=delivered")
        by_id = await person.see(f"{HERE}?q={sent(app, KEY)[1].message_id}")
        assert sent(app, KEY)[1].public_id in by_id and sent(app, KEY)[2].public_id not in by_id
        assert "Nothing fits" in await person.see(f"{HERE}?q=Order%20Refunded&span=24")

        first = f"{HERE}/deliveries/{sent(app, KEY)[1].public_id}"
        one = await person.see(first)
        assert MAIL not in one and "j…@e….com" in one and "thank you" in one
        exported = await person.see(f"{HERE}/deliveries.csv?state=delivered")
        assert exported.count("\r\n") == 3 and "webhook_id" in exported

        receiver.answer = lambda _got: Answer()
        await person.send(f"{first}/replay")
        app.deliverer().run_dry()
        assert receiver.got[-1].id == sent(app, KEY)[1].message_id and len(receiver.got) == 4
        await person.send(f"{HERE}/replay", position="1")
        assert "A job goes through" in await person.see(HERE)
        await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)
        app.deliverer().run_dry()
        assert len(receiver.got) == 6 and {one.state for one in sent(app, KEY)} == {"delivered"}
        assert "is no instant" in (await person.send(f"{HERE}/replay", since="yesterday")).text
        await person.send(f"{HERE}/replay", failed_of="168")
        assert "0 deliveries that failed go out again" in await person.see(HERE)

    walking(app, walk)


def test_a_webhook_is_held_gone_on_with_and_stopped_when_it_is_gone(app: App, receiver: Receiver) -> None:
    async def walk(person: Person) -> None:
        await make(person, receiver)
        rotated = await person.send(f"{HERE}/secret")
        assert "signs beside it for 24 hours" in rotated.text and "whsec_" in rotated.text
        await person.send(f"{HERE}/pause")
        assert "Eng Connects paused it." in await person.see(HERE)
        happen(app, order(3))
        assert sent(app, KEY)[-1].state == "waiting"
        await person.send(f"{HERE}/resume")
        app.deliverer().run_dry()
        assert sent(app, KEY)[-1].state == "delivered"

        receiver.answer = lambda _got: Answer(status=410)
        happen(app, order(4))
        assert "is stopped" in await person.see("/") and "410" in await person.see(HERE)

    walking(app, walk)


def test_who_may_not_publish_asks_and_who_may_not_look_is_told(app: App, receiver: Receiver) -> None:
    async def applies(person: Person) -> None:
        given = {"title": "Points to the shop", "url": receiver.url(), "events": "Order Completed"}
        await person.send("/data/webhooks", **given)
        shown = await person.see(HERE)
        assert "Draft" in shown and "waits for approval" in shown and "Send what failed" not in shown
        assert (await person.send(f"{HERE}/test")).status_code == 403
        assert (await person.send(f"{HERE}/replay", failed_of="24")).status_code == 403
        assert (await person.send(f"{HERE}/secret")).status_code == 403

    async def cashier(person: Person) -> None:
        for path in ("/data/webhooks", HERE, f"{HERE}/deliveries.csv", f"{HERE}/deliveries/whd_1"):
            await person.see(path, 403)

    walking(app, applies, "max@example.invalid")
    walking(app, cashier, "cas@example.invalid")


def test_the_api_tells_and_sends_again(app: App, receiver: Receiver) -> None:
    server = FastAPI()
    create_api(app, server)
    with app.database.transaction() as tx:
        person = access.person_by_email(tx, "eng@example.invalid")
        assert person
        owner = access.actor_of(tx, person.person_id, "console")
        made = access.make_key(
            tx, owner, name="k", kind="api", level=5, function="engineering", scope=None, at=AT
        )

    async def run(person: Person) -> None:
        await make(person, receiver)
        receiver.answer = lambda _got: Answer(status=500)
        happen(app, order(1, MAIL))
        headers = {"Authorization": f"Bearer {made.text}"}
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1", headers=headers) as api:
            (one,) = (await api.get("/webhooks")).json()["items"]
            assert (one["state"], one["waiting"], one["failed_last_day"], one["secrets"]) == (
                "active",
                1,
                1,
                1,
            )
            (delivery,) = (await api.get(f"/webhooks/{KEY}/deliveries", params={"state": "waiting"})).json()[
                "items"
            ]
            whole = (await api.get(f"/webhooks/{KEY}/deliveries/{delivery['id']}")).json()
            assert whole["attempts_made"][0]["status"] == 500 and MAIL not in whole["body"]
            receiver.answer = lambda _got: Answer()
            again = await api.post(f"/webhooks/{KEY}/deliveries/{delivery['id']}/replay")
            assert again.json() == {"deliveries": 1, "job": None}
            app.deliverer().run_dry()
            assert (await api.get(f"/webhooks/{KEY}/deliveries")).json()["items"][0]["state"] == "delivered"
            since = await api.post(f"/webhooks/{KEY}/replay", json={"position": 1})
            assert since.json()["job"].startswith("job_")
            failed = await api.post(f"/webhooks/{KEY}/replay", json={"failed_since": "2025-01-01T00:00:00Z"})
            assert failed.json()["deliveries"] == 0
            for wrong in ({}, {"position": 1, "since": "2025-01-01T00:00:00Z"}, {"position": 0}, {"x": 1}):
                assert (await api.post(f"/webhooks/{KEY}/replay", json=wrong)).status_code == 422
            assert (await api.get(f"/webhooks/{KEY}/deliveries", params={"state": "lost"})).status_code == 422
            assert (await api.get("/webhooks/none")).status_code == 404
            assert (await api.get(f"/webhooks/{KEY}/deliveries/whd_0")).status_code == 404
            assert (await api.post(f"/webhooks/{KEY}/resume")).status_code == 409
            assert (await api.post(f"/webhooks/{KEY}/pause")).json()["state"] == "paused"
            assert (await api.post(f"/webhooks/{KEY}/secret")).json()["valid"] == 2
            assert (await api.post(f"/webhooks/{KEY}/test")).json()["status"] == 200

    walking(app, run)


def test_the_pages_in_a_browser_are_whole_and_accessible(
    app: App, receiver: Receiver, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(app, KEY, receiver.url(), title="Points to the shop")
    happen(app, *(order(number, f"u-{number}") for number in range(1, 30)))
    receiver.answer = lambda _got: Answer(status=500, body=b'{"error": "try later"}')
    happen(app, *(order(number, f"u-{number}") for number in range(30, 40)))
    monkeypatch.setenv("REGULARS_OUTGOING_ALLOW", receiver.place)
    complaints: list[str] = []
    with serving(app, app.settings.home) as url:
        context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/sign-in")
        page.fill("#f-email", "eng@example.invalid")
        page.fill("#f-password", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/")
        for path in (
            "/data/webhooks",
            "/data/webhooks/new",
            HERE,
            f"{HERE}/deliveries/{sent(app, KEY)[-1].public_id}",
        ):
            page.goto(path)
            assert serious(page) == [], path
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(HERE)
        page.select_option("select[name=state]", "waiting")
        page.wait_for_url("**state=waiting**")
        page.wait_for_selector("#results .list tbody tr")
        assert page.locator("#results .list tbody tr").count() == 10
        page.click("text=Send a test")
        page.wait_for_selector("text=Did not arrive")
        context.close()
    assert complaints == []
