"""The home page: what changed, what needs somebody, and the figures with their plots."""

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from regulars import access
from regulars.access import SYSTEM
from regulars.app import assemble
from regulars.db import Database
from regulars.settings import read_settings
from tests.acceptance.console import corner_shop
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.looking import client_of, serious

Visit = Callable[..., Page]


def test_what_changed_is_told_in_sentences_with_figures(visit_shop: Visit) -> None:
    page = visit_shop()

    expect(page.locator("#news")).to_contain_text("1 moved from Prospect to New")
    expect(page.locator("#news")).to_contain_text("from 7 customers in")
    page.click("#news nav a >> text=Yesterday")

    expect(page.locator("#news h2")).to_have_text("What changed since yesterday")
    expect(page.locator("#news [aria-current]")).to_have_text("Yesterday")
    assert page.url.endswith("/?since=day")


def test_what_needs_somebody_is_what_they_can_decide(visit_shop: Visit) -> None:
    lea, sam = visit_shop("lea"), visit_shop("sam")

    needs = lea.get_by_role("region", name="What needs you")
    expect(needs).to_contain_text("Max Applies asks to publish segments")
    expect(needs).to_contain_text("Take on the draft of “Sam's idea”")
    expect(sam.get_by_role("region", name="What needs you")).to_contain_text("All is well")
    needs.get_by_role("link", name="Take on the draft").click()

    lea.wait_for_url("**/definitions/segment/idea")


def test_the_plots_come_after_the_page_each_with_its_table(visit_shop: Visit) -> None:
    page = visit_shop()

    for key in ("sales-by-week", "buyers-by-week", "lifecycle-over-time", "points-by-month", "campaign-lift"):
        page.locator(f"#{key}").scroll_into_view_if_needed()
        page.locator(f"#{key} [data-drawn] svg").wait_for()
    page.locator("#lifecycle-over-time summary", has_text="table").click()

    expect(page.locator("#lifecycle-over-time thead")).to_contain_text("Loyal")
    expect(page.locator("#figures")).to_contain_text("percentage points")
    expect(page.locator("#figures")).not_to_contain_text("being worked out")
    expect(page.locator("#coming")).to_contain_text("points of")


def test_without_script_the_plots_have_a_page_of_their_own(visit_shop: Visit) -> None:
    page = visit_shop(java_script_enabled=False)

    page.goto("/home/figures")

    expect(page.locator("h1")).to_have_text("The main figures")
    expect(page.locator("#sales-by-week")).to_contain_text("Sales by week")


def test_stages_of_the_plot_add_up_to_everybody_in_its_file(shop_url: str) -> None:
    with client_of(shop_url, "sam") as client:
        answer = client.get("/home/charts/lifecycle-over-time?format=csv")
        picture = client.get("/home/charts/sales-by-week?format=svg")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 15
    assert {sum(int(row[name]) for name in row if name not in ("Day", "Together")) for row in rows[1:]} == {
        67
    }
    assert picture.text.startswith("<svg")


def test_an_empty_workspace_says_what_to_do_first(database: Database) -> None:
    app = assemble(read_settings(workspace="fresh"), database)
    with database.transaction() as tx:
        at = app.now(tx)
        one = access.add_person(
            tx, SYSTEM, email="lea@example.invalid", name="Lea", level=5, function="marketing", at=at
        )
        access.give_password(tx, SYSTEM, one.person_id, corner_shop.PASSWORD, at=at)
    with serving(database.dsn) as url, client_of(url, "lea") as client:
        home, figures = client.get("/"), client.get("/home/figures")
        customers, segments = client.get("/customers"), client.get("/segments")

    assert "What to do first" in home.text
    assert "regulars demo" in home.text
    assert 'href="/data/connect"' in home.text
    assert 'href="/data/imports/new"' in home.text
    assert "Too early for figures" in figures.text
    assert "No customers yet" in customers.text
    assert "No segment is live yet" in segments.text


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_home_is_accessible_and_fits(visit_shop: Visit, theme: str, width: int) -> None:
    page = visit_shop("lea", viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "regulars-theme", "value": theme, "url": page.url}])
    page.goto("/")
    page.locator("#sales-by-week").scroll_into_view_if_needed()
    page.locator("#sales-by-week [data-drawn] svg").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
