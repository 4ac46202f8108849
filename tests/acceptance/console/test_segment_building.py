"""Building a segment by keyboard, by mouse and without script; lists; what publishing and retiring do."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from regulars import log
from regulars.app import App
from regulars.console.segments.kinds import KINDS
from regulars.db import Database, drop_database
from tests.acceptance.console import corner_shop, office
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.looking import client_of, serious
from tests.conftest import TestServer

SHOWN = (
    "order_sum",
    "sequence",
    "not_followed",
    "trait_date",
    "in_stage",
    "bucket",
    "consented",
    "off_rhythm",
)
PEOPLE = ("Ada Abbott", "Alan Almeida", "Alma Baker", "Bianca Chen", "Carlos Costa")
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def shop(server: TestServer) -> Iterator[App]:
    """Five customers: the first n-1 bought n times, and each has a plan."""
    dsn = server.clone()
    with Database(dsn) as database:
        app = office.build(database)
        with database.transaction() as tx:
            log.append(tx, list(told()))
        app.advance(office.AT)
        app.sequencer.close()
        yield app
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def told() -> Iterator[log.NewEvent]:
    for place, name in enumerate(PEOPLE):
        key, at = f"u{place}", office.AT - timedelta(days=40 - place)
        traits = {"name": name, "email": f"{key}@example.invalid", "plan": "gold" if place % 2 else "silver"}
        yield corner_shop.identify(key, at, traits)
        for number in range(place):
            yield corner_shop.order(key, office.AT - timedelta(days=3 * number + 1), 2_000, number)


@pytest.fixture(scope="module")
def shop_address(shop: App) -> Iterator[str]:
    with serving(shop.database.dsn) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, shop_address: str) -> Iterator[Visit]:
    complaints: list[str] = []
    opened: list[BrowserContext] = []

    def come(who: str = "lea", **options: Any) -> Page:
        window = {"viewport": {"width": 1440, "height": 900}}
        context = browser.new_context(base_url=shop_address, **{**window, **options})
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


def at(page: Page, path: str) -> Any:
    return page.locator(f"[id='f-condition{path}']")


def press(page: Page, do: str) -> None:
    """Open the menu the button stands in, if it stands in one, and press it by keyboard."""
    button = page.locator(f"#build button[value='{do}']").first
    page.locator("#builder:not(.htmx-request)").wait_for()  # One step at a time.
    button.wait_for(state="attached")
    menu = button.locator("xpath=ancestor::details[1]")
    if menu.count():
        menu.locator("summary").first.focus()
        page.keyboard.press("Enter")
    button.focus()
    page.keyboard.press("Enter")


def test_a_nested_segment_is_built_by_keyboard_and_goes_live(visit: Visit) -> None:
    page = visit()
    page.goto("/segments")
    page.get_by_role("link", name="New segment").focus()
    page.keyboard.press("Enter")
    page.locator("#f-name").focus()
    page.keyboard.type("Gold who buy")
    press(page, "add condition order_count")
    expect(at(page, ".conditions[0].is")).to_be_focused()
    at(page, ".conditions[0].number").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    expect(page.locator("#means .sentence")).to_contain_text("bought at least 2 times in the last 30 days")
    expect(page.locator("#size")).to_contain_text("3 customers")

    press(page, "add condition any")
    press(page, "add condition.conditions[1] trait_equals")
    expect(at(page, ".conditions[1].conditions[0].trait")).to_be_focused()
    expect(page.locator("#means")).to_contain_text("still to be filled in")
    page.keyboard.type("plan")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("gold")
    expect(page.locator("#means .sentence")).to_contain_text("plan is “gold”")
    expect(page.locator("#size")).to_contain_text("1 customer")
    expect(page.locator("#rows .wrong")).to_have_count(0)
    expect(page.locator("#kept-words")).to_contain_text("Draft saved")
    page.wait_for_url("**/segments/gold-who-buy/edit")

    press(page, "save")
    page.wait_for_url("**/segments/gold-who-buy")
    expect(page.locator("#size")).to_contain_text("would enter")
    page.get_by_role("button", name="Publish it").press("Enter")
    expect(page.locator("#said")).to_contain_text("is live")
    expect(page.get_by_role("region", name="Customers in Gold who buy")).to_contain_text("Bianca Chen")
    expect(page.locator("#reach")).to_contain_text("E-mail")


def test_steps_are_undone_moved_and_turned_around_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = visit()
    page.goto("/segments/new")
    press(page, "add condition order_count")
    press(page, "add condition trait_equals")
    expect(at(page, ".conditions[1].trait")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(at(page, ".conditions[0].trait")).to_be_visible()
    press(page, "negate condition.conditions[1]")
    expect(page.locator("[id='n-condition.conditions[1]']")).to_contain_text("Not:")
    press(page, "undo")
    press(page, "undo")
    expect(at(page, ".conditions[0].number")).to_be_visible()
    press(page, "redo")
    expect(at(page, ".conditions[0].trait")).to_be_visible()

    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/segments/build", slowly)
    at(page, ".conditions[0].is").select_option("trait_in")
    at(page, ".conditions[0].trait").fill("typed meanwhile")
    expect(at(page, ".conditions[0].values")).to_be_visible()

    expect(at(page, ".conditions[0].trait")).to_have_value("typed meanwhile")

    press(page, "negate condition.conditions[1]")
    press(page, "undo")  # While the step before is under way: it takes its turn.
    expect(page.locator("#redo")).to_be_enabled(timeout=10_000)
    expect(page.locator("[id='n-condition.conditions[1]']")).not_to_contain_text("Not:")


def test_names_nobody_has_seen_and_empty_filters_are_doubted_at_their_place(visit: Visit) -> None:
    page = visit()
    page.goto("/segments/new")
    press(page, "add condition measured:event")
    at(page, ".conditions[0].name").fill("Order Complete")
    expect(page.locator("#rows .doubt")).to_contain_text("Did you mean Order Completed?")
    at(page, ".conditions[0].name").fill("Order Completed")
    expect(page.locator("#rows .doubt")).to_have_count(0)
    press(page, "more condition.conditions[0].where")
    at(page, ".conditions[0].where[0].property").fill("coupon")
    at(page, ".conditions[0].where[0].value").fill('""')
    expect(page.locator("#rows .doubt")).to_contain_text("Value: nothing is filled in")
    page.goto("/segments/approaches")
    expect(page.locator("nav.tabs a[aria-current], .tabs [aria-current]")).to_have_text("Approaches")


def test_two_who_edit_one_draft_see_each_other_and_lose_nothing(visit: Visit) -> None:
    max_, lea = visit("max"), visit("lea")
    max_.goto("/segments/new?name=Both&condition={%22is%22:%22all%22,%22conditions%22:[]}")
    press(max_, "save")
    max_.wait_for_url("**/segments/both")
    max_.goto("/segments/both/edit")
    lea.goto("/segments/both/edit")
    lea.fill("#f-description", "By Lea")
    press(lea, "save")
    lea.wait_for_url("**/segments/both")

    max_.fill("#f-description", "By Max")
    press(max_, "save")
    expect(max_.locator("#kept")).to_contain_text("Lea Leads saved version 1 while you worked")
    expect(max_.locator("#kept .diff")).to_contain_text("By Lea")
    expect(max_.locator("#f-description")).to_have_value("By Max")
    max_.get_by_role("button", name="Save mine over it").click()
    max_.wait_for_url("**/segments/both")

    expect(max_.locator("main")).to_contain_text("By Max")


def test_without_script_the_same_buttons_send_the_page(visit: Visit) -> None:
    page = visit("lea", java_script_enabled=False)
    page.goto("/segments/new")
    page.fill("#f-name", "Without script")
    page.locator("summary[id='add-condition']").click()
    page.locator("button[value='add condition measured:event']").click()
    at(page, ".conditions[0].name").fill("Order Completed")
    page.locator("button[value='more condition.conditions[0].where']").click()
    at(page, ".conditions[0].where[0].property").fill("store_id")
    at(page, ".conditions[0].where[0].value").fill('"7"')
    page.get_by_role("button", name="Show what it means").last.click()

    expect(page.locator("#means .sentence")).to_contain_text("Order Completed")
    expect(page.locator("#size")).to_contain_text("4 customers")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("h1")).to_contain_text("Without script")


def test_a_list_reports_whom_it_did_not_find_and_is_kept_and_retired(visit: Visit) -> None:
    page = visit()
    page.goto("/segments/lists/new")
    page.fill("#f-name", "Guests")
    page.fill("#f-pasted", "email\nu0@example.invalid\nU1@example.invalid\nnobody@example.invalid\n")
    page.get_by_role("button", name="Make the list").click()
    expect(page.locator("h1")).to_contain_text("2 customers put on Guests")
    expect(page.locator("main")).to_contain_text("nobody@example.invalid")

    page.get_by_role("link", name="See the list").click()
    expect(page.get_by_role("region", name="Customers in Guests")).to_contain_text("Ada Abbott")
    page.get_by_role("button", name="Take Ada Abbott off the list").click()
    expect(page.locator("#said")).to_contain_text("Taken off the list")
    page.fill("#snapshot-name", "Guests as they were")
    page.get_by_role("button", name="Make the list").click()
    expect(page.locator("#said")).to_contain_text("holds 1 customer")

    page.goto(
        "/segments/new?name=At+the+party&condition={%22is%22:%22in_segment%22,%22segment%22:%22guests%22}"
    )
    press(page, "save")
    page.wait_for_url("**/segments/at-the-party")
    page.get_by_role("button", name="Publish it").click()
    expect(page.locator("#said")).to_contain_text("is live")
    page.goto("/segments/guests")
    page.get_by_role("button", name="Take it out of use with 1 thing").click()
    expect(page.locator("#retire")).to_contain_text("At the party")
    page.fill("#retire-name", "Guests")
    page.locator("#retire").get_by_role("button", name="Take it out of use").click()
    expect(page.locator("#said")).to_contain_text("and with it 1 that used it")


def test_who_is_ticked_or_found_among_customers_is_put_on_a_list(visit: Visit) -> None:
    page = visit("lea", java_script_enabled=False)
    page.goto("/segments/lists/new")
    page.fill("#f-name", "Chosen")
    page.get_by_role("button", name="Make the list").click()
    page.goto("/customers?q=a")
    everybody = page.locator("#results tbody tr").count()
    page.get_by_label("Tick Ada Abbott").check()
    page.locator("summary", has_text="Put on a list").click()
    page.get_by_label("List", exact=True).select_option(label="Chosen")
    page.get_by_role("button", name="Put those ticked on it").click()
    expect(page.locator("#said")).to_contain_text("1 customer put on “Chosen”")

    page.locator("summary", has_text="Put on a list").click()
    page.get_by_label("List", exact=True).select_option(label="Chosen")
    page.get_by_role("button", name="Put all").click()

    expect(page.locator("#said")).to_contain_text(f"It holds {everybody} now")
    assert page.url.endswith("/customers?q=a")


def test_who_may_only_look_builds_nothing(shop_address: str) -> None:
    with client_of(shop_address, "ada") as client:
        shown = client.get("/segments/new")
        token = client.get("/you").text.partition('csrf_token" value="')[2].partition('"')[0]
        made = client.post("/segments/lists", data={"name": "No", "csrf_token": token})

    assert "Save the draft" not in shown.text
    assert made.status_code == 403


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_builder_and_its_pages_are_accessible_and_fit(visit: Visit, width: int, theme: str) -> None:
    page = visit("lea", viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "regulars-theme", "value": theme, "url": page.url}])
    asked = {"is": "all", "conditions": [KINDS[kind].new for kind in SHOWN] + [{"is": "nonsense"}]}
    for path in (
        f"/segments/new?condition={quote(json.dumps(asked))}",
        "/segments",
        "/segments/lists/new",
        "/segments?show=lists",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert serious(page) == [], path
