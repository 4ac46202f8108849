"""The sending policy in the console: set by who may, looked at, previewed, published by who directs policies."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from regulars import access, messaging
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving

HERE, EDIT = "/settings/sending", "/settings/sending/edit"
DEFINITION = "/definitions/sending-policy/main"
CAPS = {
    "cap_n": ["1", "3", ""],
    "cap_per": ["day", "hours", "week"],
    "cap_hours": ["", "72", ""],
    "cap_channel": ["", "email", ""],
    "cap_topic": ["", "-", ""],
}
QUIET = {
    "quiet_starts": ["21:00", ""],
    "quiet_ends": ["08:00", ""],
    "quiet_then": ["hold", "hold"],
    "quiet_channel": ["", ""],
}
REST = {
    "title": "How often",
    "competing_hours": "6",
    "past_hour": "now",
    "holdout_percent": "2.5 %",
    "holdout_salt": "global-holdout",
    "test_addresses": "ann@example.com\nbob@example.com",
}


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = build(database)
    with database.transaction() as tx:
        mail = "dir@example.invalid"
        one = access.add_person(
            tx, SYSTEM, email=mail, name="Dir Directs", level=6, function="marketing", at=AT
        )
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    yield made
    made.sequencer.close()


def test_the_policy_is_set_by_rows_and_holds_once_it_is_published(app: App) -> None:
    async def walk() -> None:
        lea = await Person(app).sign_in("lea@example.invalid")
        assert "as often as it likes" in await lea.see(HERE)
        assert "Change it" not in await (await Person(app).sign_in("sam@example.invalid")).see(HERE)
        form = await lea.see(EDIT)
        assert 'value="21:00"' in form  # It starts from what is ready-made.

        async def send(**changed: object) -> tuple[int, str]:
            data = {**CAPS, **QUIET, **REST, **changed, "csrf_token": await lea.token(EDIT)}
            answer = await lea.client.post(EDIT, data=data)
            return answer.status_code, answer.text

        status, text = await send(cap_n=["1", "three", ""])
        assert status == 422
        assert "is no whole number" in text
        assert 'value="three"' in text
        status, text = await send(quiet_starts=["25:00", ""], holdout_percent="many")
        assert status == 422
        assert "is no share" in text
        assert (await send())[0] == 303
        status, text = await send(title="Another")  # Somebody saved in between: what was typed is kept.
        assert status == 409
        assert 'value="Another"' in text
        shown = await lea.see(DEFINITION)
        assert "3 e-mails about nothing in particular in 72 hours" in shown
        assert "A draft waits" in await lea.see(HERE)

        directs = await Person(app).sign_in("dir@example.invalid")
        data = {"csrf_token": await directs.token(DEFINITION), "etag": etag_of(app)}
        assert (await directs.client.post(f"{DEFINITION}/publish", data=data)).status_code == 303

        page = await directs.see(HERE)
        assert "2.5% of customers" in page
        assert "bob@example.com" in page

    asyncio.run(walk())
    with app.database.transaction() as tx:
        body = messaging.sending_policy(tx)
        assert [cap.n for cap in body.caps] == [1, 3]
        assert (body.caps[1].hours, body.caps[1].topic, body.caps[1].channel) == (72, "", "email")
        assert (body.competing_hours, body.past_hour, body.holdout_percent) == (6, "now", 2.5)


def etag_of(app: App) -> str:
    from regulars import definitions

    with app.database.transaction() as tx:
        found = definitions.draft(tx, messaging.SENDING_POLICY, messaging.POLICY_KEY)
        assert found
        return found.etag


def test_both_pages_can_be_read_and_used_on_a_phone(app: App, browser: Browser, tmp_path: Path) -> None:
    shots = Path(os.environ.get("REGULARS_SHOTS", tmp_path))
    with serving(app, tmp_path) as url:
        for width in (1440, 390):
            context = browser.new_context(viewport={"width": width, "height": 900}, base_url=url)
            tab = context.new_page()
            tab.goto("/sign-in")
            tab.fill("input[name=email]", "dir@example.invalid")
            tab.fill("input[name=password]", PASSWORD)
            tab.click("form[action='/sign-in'] button, .door form button")
            for name, path in (("policy", HERE), ("policy-form", EDIT)):
                tab.goto(path)
                tab.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
                assert serious(tab) == []
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
            context.close()
