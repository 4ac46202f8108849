"""The preference centre in a real browser on a real server, wide and on a phone, and one click by a mail program."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from regulars.app import App
from regulars.db import Database
from regulars.kernel import WallClock
from tests.acceptance.console.office import serving
from tests.acceptance.console.seeing import serious
from tests.integration.preferences.given import (
    agree,
    links,
    shop,
    write_to,
)

SIZES = {"phone": (390, 844), "desk": (1440, 900)}


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = shop(database, wall=WallClock())
    yield made
    made.sequencer.close()


def looks_right(page: Page, name: str) -> None:
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious(page) == []
    if folder := os.environ.get("REGULARS_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_customers_choose_see_and_leave_on_a_phone_and_at_a_desk(
    app: App, chromium: Browser, tmp_path: Path
) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (link,) = links(app)
    with serving(app, tmp_path) as url:
        for name, (width, height) in SIZES.items():
            context = chromium.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                java_script_enabled=False,
                locale="en-GB",
            )
            page = context.new_page()
            complaints: list[str] = []
            page.on(
                "console", lambda one, kept=complaints: kept.append(one.text) if one.type == "error" else None
            )
            page.goto(link)
            looks_right_without_script(page)
            context.close()
            assert complaints == []
            context = chromium.new_context(
                base_url=url, viewport={"width": width, "height": height}, locale="de-DE"
            )
            page = context.new_page()
            page.goto(link)
            looks_right(page, f"page-{name}")
            page.goto(f"{link}/unsubscribe")
            looks_right(page, f"leaving-{name}")
            page.goto("/p/")
            looks_right(page, f"asking-{name}")
            context.close()


def looks_right_without_script(page: Page) -> None:
    page.get_by_label("by e-mail").first.uncheck()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**said=saved**")
    assert not page.get_by_label("by e-mail").first.is_checked()
    page.get_by_label("by e-mail").first.check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("by e-mail").first.is_checked()
