"""The preference centre on a real server: a browser without script, wide and on a phone, and a mail program."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from regulars import access
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database
from regulars.kernel import WallClock, public_id
from tests.acceptance.console.office import PASSWORD, serving
from tests.acceptance.console.seeing import serious
from tests.integration.preferences.given import (
    AT,
    agree,
    letters,
    links,
    number,
    said,
    shop,
    write_to,
)

PHONE, DESK = (390, 844), (1440, 900)
STAFF = (
    ("Ada Admin", 7, "administration"),
    ("Pia Private", 4, "privacy"),
    ("Sam Serves", 2, "service_agent"),
)


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = shop(database, wall=WallClock())
    with database.transaction() as tx:
        for name, level, function in STAFF:
            email = f"{name[:3].lower()}@example.invalid"
            one = access.add_person(tx, SYSTEM, email=email, name=name, level=level, function=function, at=AT)
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    yield made
    made.sequencer.close()


@contextmanager
def tab(chromium: Browser, url: str, size: tuple[int, int], **options: Any) -> Iterator[Page]:
    """A page; what the browser complains about fails the test."""
    width, height = size
    options = {"locale": "en-GB", **options, "viewport": {"width": width, "height": height}}
    context = chromium.new_context(base_url=url, **options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def looks_right(page: Page, path: str, name: str) -> None:
    """It fits, has one heading, and axe finds nothing serious."""
    page.goto(path)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious(page) == []
    if folder := os.environ.get("REGULARS_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_customers_choose_without_script_and_every_page_fits_a_phone_and_a_desk(
    app: App, chromium: Browser, tmp_path: Path
) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (letter,) = links(app)
    with serving(app, tmp_path) as url:
        with tab(chromium, url, PHONE, java_script_enabled=False) as page:
            chooses(page, letter)
            asks(page, letter, "both@example.com")
        app.send(AT)
        own, shared = links(app)[-2:]
        with tab(chromium, url, DESK, java_script_enabled=False) as page:
            page.goto(own)
            assert page.get_by_text("Ada Byron").is_visible()
            page.get_by_role("link", name="Erase my data").click()
            page.get_by_role("button", name="Yes, erase my data").click()
            assert page.get_by_text("Your request has been received").is_visible()
            page.goto(shared)
            page.get_by_role("link", name="2. C …").click()
            assert page.get_by_role("heading", name="What you hear of").is_visible()
        pages = {"letter": letter, "own": own, "shared": shared, "asking": "/p/", "wrong": "/p/nothing"}
        pages |= {"leaving": f"{letter}/unsubscribe", "erasing": f"{own}/erase"}
        for width, size in (("phone", PHONE), ("desk", DESK)):
            dark = "dark" if width == "phone" else "light"
            with tab(chromium, url, size, locale="de-DE", color_scheme=dark) as page:
                for name, path in pages.items():
                    if name != "wrong":  # The browser itself complains of its status.
                        looks_right(page, path, f"{name}-{width}")
    assert said(app)[:2] == [("Consent Withdrawn", "email", "news"), ("Consent Given", "email", "club")]


def chooses(page: Page, letter: str) -> None:
    page.goto(letter)
    page.get_by_text("Why did I get this?").click()
    assert page.get_by_text("You agreed to “News” on 2 March 2026.").is_visible()
    page.get_by_role("group", name="News").get_by_label("by e-mail").uncheck()
    page.get_by_role("group", name="Club").get_by_label("by e-mail").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    assert not page.get_by_role("group", name="News").get_by_label("by e-mail").is_checked()
    assert page.get_by_role("group", name="Club").get_by_label("by e-mail").is_checked()


def asks(page: Page, letter: str, other: str) -> None:
    page.goto(letter)
    page.get_by_role("button", name="Send me a link").click()
    assert "a link is on its way" in page.get_by_role("status").inner_text()
    page.goto("/p/")
    page.get_by_label("E-mail address").fill(other)
    page.wait_for_timeout(2100)  # Whoever is faster is a machine.
    page.get_by_role("button", name="Send me a link").click()
    assert "a link is on its way" in page.get_by_role("status").inner_text()


def test_a_mail_program_unsubscribes_by_one_request_and_a_scanner_by_none(app: App, tmp_path: Path) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    headers = letters(app)[0][2]
    path = re.sub(r"^<http://[^/]+|>$", "", headers["List-Unsubscribe"])
    with serving(app, tmp_path) as url, httpx.Client(base_url=url) as client:
        for scanned in (path, path.removesuffix("/unsubscribe")):
            seen = client.get(scanned)
            assert seen.status_code == 200
            assert seen.headers["cache-control"] == "no-store"
            assert seen.headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in seen.headers["content-security-policy"]
        assert said(app) == []
        body = "List-Unsubscribe=One-Click"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        clicked = client.post(path, content=body, headers=kind)
        assert (clicked.status_code, len(client.cookies)) == (200, 0)
    assert said(app) == [("Consent Withdrawn", "email", "news")]


def test_staff_see_it_used_hand_over_a_link_and_withdraw_all_of_them(
    app: App, chromium: Browser, tmp_path: Path
) -> None:
    write_to(app, "ada", topic="offers")
    (letter,) = links(app)
    who = f"/customers/{public_id('cus', number(app, 'ada'))}"
    with serving(app, tmp_path) as url:
        httpx.post(f"{url}{letter}/unsubscribe", data={"List-Unsubscribe": "One-Click"})
        with tab(chromium, url, DESK) as page:
            sign_in(page, "pia")
            looks_right(page, "/data/preferences", "console-desk")
            assert page.get_by_role("row", name="Offers email, sms 1").is_visible()
            assert page.get_by_role("row", name="Withdrew a topic 1 1").is_visible()
            with page.expect_popup() as opened:
                page.get_by_role("link", name="Ihre Einstellungen").click()
            assert opened.value.get_by_text("Ada Example").is_visible()
            looks_right(page, f"{who}/preferences-link", "link-desk")
            page.get_by_role("button", name="Make a link").click()
            handed = page.locator("#the-link").inner_text().partition("/p/")[2]
            assert httpx.get(f"{url}/p/{handed}").status_code == 200
            page.goto("/data/preferences")
            page.get_by_role("button", name="Withdraw all links…").click()
            page.get_by_label("To go on, type").fill("all links")
            page.get_by_role("button", name="Withdraw them").click()
            assert page.get_by_text("No link that was made before opens any more.").is_visible()
        assert httpx.get(f"{url}/p/{handed}").status_code == 409
        with tab(chromium, url, PHONE) as page:
            sign_in(page, "sam")
            looks_right(page, "/data/preferences", "console-phone")
            assert page.get_by_role("button", name="Withdraw all links…").count() == 0
    with app.database.transaction() as tx:
        told = {
            row[0] for row in tx.execute("select action from audit.entry where action like 'preferences.%'")
        }
    assert told == {"preferences.link", "preferences.withdraw_links"}


def sign_in(page: Page, who: str) -> None:
    page.goto("/sign-in")
    page.fill("#f-email", f"{who}@example.invalid")
    page.fill("#f-password", PASSWORD)
    page.click("button")
    page.wait_for_url("**/")
