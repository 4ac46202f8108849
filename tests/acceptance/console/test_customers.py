"""Customers: searching, narrowing, exporting, and a profile with all that happened and why."""

import csv
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from regulars import audit, exports
from regulars.app import App
from tests.acceptance.console import corner_shop
from tests.acceptance.console.looking import client_of, serious

Visit = Callable[..., Page]


def open_ada(page: Page) -> None:
    page.goto("/customers?q=ada")
    page.click(".chip >> text=Ada Abbott")
    page.wait_for_url("**/customers/cus_*")


def test_results_come_as_one_types_and_stay_in_the_address(visit_shop: Visit) -> None:
    page = visit_shop()
    page.goto("/customers")

    page.get_by_placeholder("Name, id, e-mail or phone").press_sequentially("al")

    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.wait_for_url("**/customers?q=al*")
    expect(page.locator("#results")).to_contain_text("2 of 67 customers")


def test_filters_narrow_a_search_and_an_address_can_be_sent(visit_shop: Visit) -> None:
    page = visit_shop()

    page.goto("/customers?q=past&stage=won-back")

    expect(page.locator("#results")).to_contain_text("20 of 67 customers")
    expect(page.locator("select[name=stage]")).to_have_value("won-back")


def test_search_works_without_script(visit_shop: Visit) -> None:
    page = visit_shop(java_script_enabled=False)
    page.goto("/customers")

    page.fill("input[name=q]", "alma bak")
    page.keyboard.press("Enter")

    expect(page.locator("#results")).to_contain_text("Alma Baker")


def test_pages_follow_each_other(visit_shop: Visit) -> None:
    page = visit_shop()
    page.goto("/customers")
    first = page.locator("#results tbody tr .chip-name").all_inner_texts()

    page.click("text=Next page")
    expect(page.locator("#results tbody tr")).to_have_count(17)
    second = page.locator("#results tbody tr").all_inner_texts()

    assert len(first) == 50
    assert len(second) == 17


def test_nobody_fits_says_what_to_do(visit_shop: Visit) -> None:
    page = visit_shop()

    page.goto("/customers?q=zzz")

    expect(page.locator("#results")).to_contain_text("Nobody fits")
    expect(page.get_by_role("link", name="Show everybody")).to_be_visible()


def test_contacts_are_masked_with_the_reason_unless_the_function_needs_them(visit_shop: Visit) -> None:
    marketer, agent = visit_shop("lea"), visit_shop("ana")
    for page in (marketer, agent):
        open_ada(page)

    expect(marketer.locator("main")).to_contain_text("p…@s….invalid")
    marketer.locator(".why", has_text="Why?").last.locator("summary").click()
    expect(marketer.locator("main")).to_contain_text(
        "may see contact details unmasked; you work in marketing"
    )
    expect(agent.locator("main")).to_contain_text("person-1@shop.invalid")


def test_the_export_is_what_is_seen_and_is_audited(shop_app: App, shop_url: str, tmp_path: Path) -> None:
    with client_of(shop_url, "lea") as client:
        shown = client.get("/customers?q=past&stage=won-back").text
        href = re.search(r'href="(/data/exports/new[^"]+)"', shown)
        assert href
        form = client.get(html.unescape(href[1])).text
    asked = parse_qs(urlsplit(html.unescape(href[1])).query)
    names = [name for name in asked if name not in ("listing", "column")]
    wanted = exports.Wanted(
        listing=asked["listing"][0],
        columns=tuple(asked["column"]),
        filter={name: asked[name][0] for name in names},
    )
    with shop_app.database.transaction() as tx:
        lea = corner_shop.actor(tx, "lea@example.invalid")
    exports.export_now(shop_app.database, shop_app.exports, lea, wanted, tmp_path / "file.csv")

    assert 'value="won-back"' in form and "Contact details are masked" in form
    rows = list(csv.DictReader(io.StringIO((tmp_path / "file.csv").read_text(), newline="")))
    assert len(rows) == 20
    assert {row["stage"] for row in rows} == {"won-back"}
    assert {row["spent"] for row in rows} == {"21.00"}
    assert all("…" in row["email"] for row in rows)
    with shop_app.database.transaction() as tx:
        entry = audit.entries(tx, action="exports.made").items[0]
    assert entry.actor_name == "Lea Leads"


def test_who_may_not_export_reads_why(visit_shop: Visit) -> None:
    page = visit_shop("ana")
    page.goto("/customers")

    page.locator(".why", has=page.locator("text=may export")).locator("summary").click()

    expect(page.locator("#results")).to_contain_text("you work in customer service")
    assert page.request.get("/data/exports/new?listing=customers").status == 403


def test_a_profile_tells_everything_in_sentences(visit_shop: Visit) -> None:
    page = visit_shop()
    open_ada(page)

    expect(page.locator("main h1")).to_contain_text("Ada Abbott")
    expect(page.locator(".figures")).to_contain_text("20")
    expect(page.locator(".figures")).to_contain_text("5 days")
    expect(page.locator("#past")).to_contain_text("Used a coupon")
    expect(page.locator("#past")).to_contain_text("at store 7 · order u1-19 · earned 11 points")
    expect(page.get_by_role("complementary")).to_contain_text("35-44")
    expect(page.get_by_role("complementary")).to_contain_text("till, 24 Nov 2024")


def test_the_timeline_is_narrowed_by_kind_and_goes_back(visit_shop: Visit) -> None:
    page = visit_shop()
    open_ada(page)

    page.click(".tabs >> text=Orders")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Orders")
    expect(page.locator("#past .moment")).to_have_count(21)
    page.click(".tabs >> text=Everything")
    expect(page.locator(".tabs [aria-current]")).to_have_text("Everything")
    before = page.locator("#past .moment").count()
    page.click("text=Show earlier")

    expect(page.locator("#past")).to_contain_text("Joined the programme")
    assert page.locator("#past .moment").count() > before


def test_an_order_opens_beside_with_its_lines(visit_shop: Visit) -> None:
    page = visit_shop()
    open_ada(page)

    page.locator(".moment-title a", has_text="Bought 2 products").first.click()

    expect(page.locator("#drawer")).to_contain_text("Product bread")
    expect(page.locator("#drawer")).to_contain_text("$8.50")
    page.keyboard.press("Escape")
    expect(page.locator("#side")).not_to_be_visible()


def test_why_a_customer_is_in_a_stage_is_one_click_away(visit_shop: Visit) -> None:
    page = visit_shop()
    open_ada(page)

    page.get_by_role("complementary").get_by_role("link", name="Why?").first.click()

    expect(page.locator("#drawer h2")).to_have_text("Why is Ada Abbott in Loyal?")
    expect(page.locator("#drawer")).to_contain_text("Bought at least 16 times in the last 84 days")
    expect(page.locator("#drawer")).to_contain_text("holds: 16 orders")


def test_an_order_of_somebody_else_is_not_shown(shop_url: str) -> None:
    with client_of(shop_url, "lea") as client:
        found = (client.get("/customers/cus_1")).text
        order = found.split("/orders/")[1].split('"')[0]

        assert (client.get(f"/customers/cus_1/orders/{order}")).status_code == 200
        assert (client.get(f"/customers/cus_2/orders/{order}")).status_code == 404
        assert (client.get("/customers/cus_zzz")).status_code == 404


def test_the_palette_finds_customers_and_segments(visit_shop: Visit) -> None:
    page = visit_shop()

    page.keyboard.press("Control+k")
    expect(page.locator(".palette input")).to_be_focused()
    page.keyboard.type("bianca")

    expect(page.locator(".palette [role=option]").first).to_contain_text("Bianca Chen")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_customers_are_accessible_and_fit(visit_shop: Visit, theme: str, width: int) -> None:
    page = visit_shop("lea", viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "regulars-theme", "value": theme, "url": page.url}])
    for path in ("/customers", "/customers?q=zzz", "/customers/cus_1", "/customers/cus_1/why/lapsed"):
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page) == [], path
