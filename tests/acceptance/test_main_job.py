"""The main job, walked in a browser on the whole demonstration as the people who work in it."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.acceptance.cli.command import until
from tests.acceptance.conftest import Year

PAGES = [
    "/",
    "/customers",
    "/customers?q=ada",
    "/segments",
    "/segments/lapsed",
    "/loyalty",
    "/loyalty/grocer-club",
    "/campaigns",
    "/campaigns/win-back",
    "/experiments",
    "/approvals",
    "/definitions",
    "/definitions/programme/grocer-club",
    "/people",
    "/settings",
]
SERIOUS = {"serious", "critical"}


@dataclass
class Visit:
    """Somebody signed in, and all that their browser asked for or complained of."""

    page: Page
    base: str
    strangers: list[str] = field(default_factory=list)  # Addresses that are not ours.
    complaints: list[str] = field(default_factory=list)

    def to(self, path: str) -> Page:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page


@dataclass(frozen=True)
class Console:
    browser: Browser
    base: str
    password: str

    @contextmanager
    def visit(self, who: str, **options: object) -> Iterator[Visit]:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        visit = Visit(page=context.new_page(), base=self.base)

        def guard(route: Route) -> None:
            if route.request.url.startswith((self.base, "data:", "blob:", "about:")):
                route.continue_()
            else:
                visit.strangers.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on(
            "console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None
        )
        visit.to("/sign-in")
        visit.page.fill("input[name=email]", f"{who}@grocer.invalid")
        visit.page.fill("input[name=password]", self.password)
        visit.page.press("input[name=password]", "Enter")
        visit.page.wait_for_url(re.compile("/$"))
        yield visit
        context.close()
        assert visit.strangers == []
        assert visit.complaints == []


@pytest.fixture(scope="module")
def console(year: Year, chromium: Browser) -> Iterator[Console]:
    """`regulars demo` on a year that is loaded already, ended by Ctrl-C with nothing left running."""
    with year.place.started("demo") as process:
        year.place.wait_until_ready()
        yield Console(browser=chromium, base=year.place.url, password=year.password)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "marta@grocer.invalid" in err
    assert year.password in err
    until(lambda: not year.place.left(), 10)


@pytest.mark.last
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_page_is_accessible_and_fits_and_asks_nobody_else(
    console: Console, path: str, width: int, scheme: str
) -> None:
    with console.visit("olga", color_scheme=scheme, reduced_motion="reduce") as visit:
        visit.page.set_viewport_size({"width": width, "height": 900})
        page = visit.to(path)
        expect(page.locator("h1")).to_have_count(1)
        page.wait_for_timeout(300)

        found = Axe().run(page).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert [(f["id"], f["nodes"][0]["html"][:120]) for f in found if f["impact"] in SERIOUS] == []
    assert wide <= 0


@pytest.mark.last
@pytest.mark.timeout(600)
def test_a_customer_is_found_and_every_point_of_theirs_is_explained(console: Console) -> None:
    with console.visit("lina") as visit:
        page = visit.to("/customers?q=household-900%40grocer.invalid")
        page.locator("main a[href^='/customers/cus_']").first.click()
        expect(page.locator("main")).to_contain_text("household-900@grocer.invalid")
        expect(page.locator("main")).to_contain_text("Order")

        page.locator("a[href^='/loyalty/grocer-club/members/']").first.click()
        expect(page.locator("main")).to_contain_text("expire")


@pytest.mark.last
def test_contact_details_are_masked_for_whom_they_are_none_of_the_business(console: Console) -> None:
    with console.visit("sam") as visit:
        page = visit.to("/customers?q=household-900%40grocer.invalid")

        assert "household-900@grocer.invalid" not in page.locator("main tbody").inner_text()


@pytest.mark.last
def test_the_campaign_says_that_nobody_saw_it_and_shows_a_detection_beside_it(console: Console) -> None:
    with console.visit("marta") as visit:
        main = visit.to("/campaigns/win-back").locator("main")

        expect(main).to_contain_text("No difference seen")
        expect(main).to_contain_text("500")
        expect(main).to_contain_text(re.compile("invented", re.IGNORECASE))
        expect(main).to_contain_text("Nobody saw these messages")


@pytest.mark.last
@pytest.mark.timeout(600)
def test_a_draft_is_asked_for_approved_and_sent_and_a_day_goes_by(console: Console) -> None:
    with console.visit("noah") as visit:
        page = visit.to("/campaigns/new")
        page.fill("[name=title]", "Thank the loyal")
        page.fill("[name=purpose]", "Find out whether thanks are noticed.")
        page.select_option("[name=segment]", "loyal")
        page.select_option("[name=template]", "we-miss-you")
        page.get_by_role("button", name="Save the draft").click()
        expect(page.locator("#said")).to_contain_text("The draft is saved")
        page.goto(f"{visit.base}/campaigns/thank-the-loyal/launch")
        page.locator("form[action$='/campaigns/thank-the-loyal/launch'] button").click()
        expect(page.locator("#said")).to_contain_text("Asked for")

    with console.visit("marta") as visit:
        page = visit.to("/approvals")
        expect(page.locator("main")).to_contain_text("Thank the loyal")
        page.get_by_role("button", name=re.compile("^(Approve|Launch|Send)")).first.click()
        expect(page.locator("#said")).to_contain_text("is launched")
        stood = page.locator(".clock-day").first.inner_text()

        page.locator("details.clock summary").click()
        page.get_by_role("button", name="Advance a day").click()
        until(lambda: visit.to("/").locator(".clock-day").first.inner_text() != stood, 60)

        until(
            lambda: "Waiting" not in visit.to("/campaigns/thank-the-loyal").locator("main").inner_text(), 60
        )
        expect(page.locator("main")).to_contain_text("Too early to say")

    with console.visit("olga") as visit:
        main = visit.to("/audit").locator("main")
        expect(main).to_contain_text("Marta Lind")
        expect(main).to_contain_text("Noah Reyes")
