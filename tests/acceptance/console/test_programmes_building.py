"""Building a programme: from a ready-made one to live, by those who draft and those who approve."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from regulars import definitions
from regulars.app import App
from regulars.loyalty import PROGRAMME
from tests.acceptance.console import office
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.programme_shop import open_shop
from tests.acceptance.console.seeing import looks_right
from tests.conftest import TestServer

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def shop(server: TestServer) -> Iterator[App]:
    with open_shop(server) as app:
        yield app


@pytest.fixture(scope="module")
def address(shop: App) -> Iterator[str]:
    with serving(shop.database.dsn) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    complaints: list[str] = []
    opened: list[BrowserContext] = []

    def come(who: str = "tom", **options: Any) -> Page:
        window = {"viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(base_url=address, **{**window, **options})
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/sign-in")
        page.fill("#f-email", f"{who}@example.invalid")
        page.fill("#f-password", office.PASSWORD)
        page.click("button")
        page.wait_for_url("**/")
        return page

    yield come
    for context in opened:
        context.close()
    assert complaints == []


def blank(page: Page, place: str) -> Any:
    return page.locator(f"[id='f-{place}']")


def press(page: Page, do: str) -> None:
    """Open the menu the button stands in, if it stands in one, and press it by keyboard."""
    page.locator("#builder:not(.htmx-request)").wait_for()
    button = page.locator(f"#build button[value='{do}']").first
    button.wait_for(state="attached")
    menu = button.locator("xpath=ancestor::details[1]")
    if menu.count():
        menu.locator("summary").first.focus()
        page.keyboard.press("Enter")
    button.focus()
    page.keyboard.press("Enter")
    page.locator("#builder:not(.htmx-request)").wait_for()


def said(page: Page) -> Any:
    return page.locator("#means .p-sentences")


def test_a_programme_goes_from_ready_made_to_live(visit: Visit, shop: App) -> None:
    page = visit("tom")
    page.goto("/loyalty")
    page.get_by_role("link", name="New programme").first.click()
    page.locator("a.p-start[href$='start=club']").click()
    expect(said(page)).to_contain_text("1 point for every 1.00 USD")
    blank(page, "name").fill("Corner club")
    blank(page, "earning[0].points").fill("2")
    expect(said(page)).to_contain_text("2 points for every 1.00 USD")

    press(page, "more left_out.categories")
    blank(page, "left_out.categories").fill("Gift cards, Delivery")
    expect(said(page)).to_contain_text("Gift cards")
    press(page, "rule orders")
    expect(blank(page, "earning[1].points")).to_be_visible()
    press(page, "more earning[1].orders.weekdays")
    page.locator("[id='f-earning[1].orders.weekdays'] input[value=sunday]").check()
    expect(said(page)).to_contain_text("Sunday")
    expect(page.locator("#kept-words")).to_contain_text("Draft saved")
    page.wait_for_url("**/loyalty/corner-club/edit")

    page.locator("button[value=save]").click()
    page.wait_for_url("**/loyalty/corner-club/draft")
    page.get_by_role("link", name="Try it with a basket").click()
    for place, (product, paid) in enumerate((("bread", "40"), ("card", "10.00"), ("van", "3.20"))):
        page.locator(f"#f-product-{place}").fill(product)
        page.locator(f"#f-total-{place}").fill(paid)
        if place < 2:
            page.get_by_role("button", name="Another line").click()
            page.locator(f"#f-product-{place + 1}").wait_for()
    page.locator("#f-member").fill("Ada Abbott")
    page.locator("#f-at").fill("2025-12-28T12:00")  # A Sunday.
    page.locator("#trial .t-who").get_by_role("button", name="Say what happens").click()
    rows = page.locator("#told tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("80 points")
    expect(rows.nth(1)).to_contain_text("Gift card")
    expect(rows.nth(1)).to_contain_text("Not by")
    expect(page.locator("#told h2")).to_contain_text("130 points, by the draft")

    ask_and_approve(page, visit)
    with shop.database.transaction() as tx:
        live = definitions.live(tx, PROGRAMME, "corner-club")
    assert live is not None
    assert live.body.left_out is not None
    assert live.body.left_out.categories == ("Gift cards", "Delivery")
    assert [rule.counts for rule in live.body.earning] == ["money", "orders"]


def ask_and_approve(page: Page, visit: Visit) -> None:
    page.goto("/loyalty/corner-club/draft")
    page.get_by_role("button", name="Ask to publish it").click()
    expect(page.locator("main")).to_contain_text("Waits for approval")

    other = visit("eve")
    page_of_request = page.get_by_role("link", name="See the request").get_attribute("href")
    other.goto(str(page_of_request))
    other.get_by_role("button", name="Approve").first.click()
    expect(other.locator("#said")).to_contain_text("live")
    other.goto("/loyalty/corner-club")
    expect(other.locator("h1")).to_contain_text("Live")


def test_steps_are_undone_and_errors_stand_at_their_field(visit: Visit) -> None:
    page = visit("tom")
    page.goto("/loyalty/programmes/new?start=club")
    press(page, "rule events")
    expect(page.locator("[id='n-earning[1]']")).to_be_visible()
    press(page, "up earning[1]")
    expect(blank(page, "earning[0].counts")).to_have_value("events")
    press(page, "copy earning[0]")
    expect(blank(page, "earning[2].counts")).to_have_value("money")
    for _ in range(3):
        press(page, "undo")
    expect(page.locator("[id='n-earning[1]']")).to_have_count(0)
    press(page, "redo")
    expect(page.locator("[id='n-earning[1]']")).to_have_count(1)

    blank(page, "earning[0].points").fill("many")
    expect(page.locator("[id='f-earning[0].points-wrong']")).to_contain_text("Write a number")
    expect(blank(page, "earning[0].points")).to_have_attribute("aria-invalid", "true")
    blank(page, "earning[0].points").fill("3")
    expect(page.locator("[id='f-earning[0].points-wrong']")).to_have_count(0)
    blank(page, "earning[0].per").fill("0")
    expect(page.locator("[id='f-earning[0].per-wrong']")).to_contain_text("above zero")
    blank(page, "tier_set.tiers[2].threshold").fill("200")
    expect(page.locator("[id='f-tier_set.tiers[2].threshold-wrong']")).to_contain_text("Silver")


def test_a_rule_asks_conditions_of_customers(visit: Visit) -> None:
    page = visit("tom")
    page.goto("/loyalty/programmes/new?start=club")
    press(page, "more earning[0].who")
    press(page, "add earning[0].who order_count")
    blank(page, "earning[0].who.conditions[0].number").fill("3")
    expect(said(page)).to_contain_text("bought at least 3 times")
    press(page, "remove earning[0].who")
    expect(said(page)).not_to_contain_text("bought at least")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_are_accessible_and_fit(visit: Visit, width: int, theme: str) -> None:
    page = visit("tom")
    looks_right(page, "/loyalty/programmes/new", width, theme)
    looks_right(page, "/loyalty/programmes/new?start=club", width, theme)


def test_who_may_not_draft_is_told_why(visit: Visit) -> None:
    page = visit("cas")
    page.goto("/loyalty/programmes/new?start=club")
    expect(page.locator("main")).to_contain_text("You may look at programmes")
