"""The member's own page on a real server, in browsers without script: a friend's, and the member's telephone."""

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
from tests.acceptance.test_preferences import DESK, PHONE, tab
from tests.integration.portal.club import club, links
from tests.integration.preferences.given import AT, write_to

OWN = ("Ada", "500", "79927398713", "A-17")


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = club(database, wall=WallClock())
    yield made
    made.sequencer.close()


def looks_right(page: Page, name: str) -> None:
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious(page) == []
    if folder := os.environ.get("REGULARS_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"member-{name}.png", full_page=True)


def test_a_forwarded_link_shows_nothing_and_a_proved_telephone_shows_and_redeems(
    app: App, chromium: Browser, tmp_path: Path
) -> None:
    write_to(app, "ada")
    (letter,) = links(app)
    with serving(app, tmp_path) as url:
        with tab(chromium, url, DESK, java_script_enabled=False) as friend:
            friend.goto(f"{letter}?programme=club")
            assert not [word for word in OWN if word in friend.locator("main").inner_text()]
            friend.get_by_role("button", name="Send me a link").click()
            assert "a link is on its way" in friend.get_by_role("status").inner_text()
        app.send(AT)
        fresh = links(app)[-1]
        with tab(chromium, url, PHONE, java_script_enabled=False) as phone:
            phone.goto(fresh)
            phone.get_by_role("button", name="Open my page").click()
            assert all(word in phone.content() for word in OWN)
            phone.get_by_role("link", name="Redeem: Five off").click()
            phone.get_by_role("button", name="Yes, redeem it").click()
            told = phone.get_by_role("status")
            assert "“Five off” is yours." in told.inner_text()
            code = told.locator(".code").inner_text()
            assert phone.get_by_text(code).count() == 2  # Also among the vouchers.
            assert phone.get_by_text("Redeemed: Five off").is_visible()
            kept = phone.context.storage_state()
        looks: tuple[tuple[str, tuple[int, int], str, str], ...] = (
            ("phone", PHONE, "dark", "de-DE"),
            ("desk", DESK, "light", "en-GB"),
        )
        for name, size, scheme, locale in looks:
            options = {"color_scheme": scheme, "locale": locale, "storage_state": kept}
            with tab(chromium, url, size, **options) as page:
                for place in ("/m/", "/m/rewards/five")[: 2 if name == "phone" else 1]:
                    page.goto(place)
                    looks_right(page, f"{place.strip('/').replace('/', '-')}-{name}")
            with tab(chromium, url, size, color_scheme=scheme, locale=locale) as page:
                for number, place in enumerate((letter, "/m/")[: 2 if name == "phone" else 1]):
                    page.goto(place)
                    looks_right(page, f"stranger-{number}-{name}")
