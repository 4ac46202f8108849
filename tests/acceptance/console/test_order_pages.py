"""Orders, catalogue, stores and reconciliation in a browser, on the corner shop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.console.seeing import looks_right

FIGURES = "date,orders,total\n2025-02-27,6,90.00\n2025-03-01,1,15.00\n"


@pytest.mark.parametrize(
    "path",
    [
        "/data/orders", "/data/catalogue", "/data/catalogue/new", "/data/stores", "/data/stores/new",
        "/data/reconciliation", "/data/reconciliation/new",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_page_is_accessible_and_fits(
    visit_shop: Callable[..., Page], path: str, width: int, theme: str
) -> None:
    looks_right(visit_shop("lea"), path, width, theme)


def test_an_order_says_its_lines_and_who_told_it(visit_shop: Callable[..., Page]) -> None:
    page = visit_shop("lea")
    page.goto("/data/orders?q=u1-0")
    page.click("table.list tbody a >> nth=0")

    expect(page.locator("h1")).to_contain_text("Order u1-0")
    expect(page.locator("main")).to_contain_text("sums and lines")
    looks_right(page, page.url, 390, "dark")


def test_a_product_is_described_and_a_wrong_price_stays_where_it_was_typed(
    visit_shop: Callable[..., Page],
) -> None:
    page = visit_shop("lea")
    page.goto("/data/catalogue?q=bread")
    page.click("table.list tbody a >> nth=0")
    page.click("text=Edit the product")
    page.fill("#f-name", "Sourdough <b>bread</b>")
    page.fill("#f-price", "2.50")
    page.fill("#f-currency", "USD")
    page.click("text=Save the product")

    expect(page.locator("h1")).to_contain_text("Sourdough <b>bread</b>")
    expect(page.locator("main")).to_contain_text("$2.50")


def test_who_only_looks_is_not_offered_to_edit(visit_shop: Callable[..., Page]) -> None:
    page = visit_shop("sam")
    page.goto("/data/catalogue")

    expect(page.locator("main")).not_to_contain_text("Add a product")


def test_figures_typed_in_are_compared_day_by_day(visit_shop: Callable[..., Page]) -> None:
    page = visit_shop("lea")
    page.goto("/data/reconciliation/new")
    page.fill("#f-title", "The till's report")
    page.fill("#f-figures", FIGURES)
    page.click("text=Compare them")

    expect(page.locator("h1")).to_contain_text("The till's report")
    expect(page.locator("main")).to_contain_text("1 day of 3 differ")
    page.locator("#difference [data-drawn] svg").wait_for()
    looks_right(page, page.url, 1440, "light")
    looks_right(page, page.url, 390, "dark")
    saved = page.request.get(f"{page.url}/days.csv").text()
    assert "2025-02-27,6,6,81.00,90.00,-9.00,USD" in saved
