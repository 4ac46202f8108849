"""The frame and the components in a real browser."""

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

SERIOUS = {"serious", "critical"}


def serious(tab: Page) -> list[str]:
    found = Axe().run(tab).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_component_is_accessible_and_fits(tab: Page, theme: str, width: int) -> None:
    tab.context.add_cookies(
        [{"name": "regulars-theme", "value": theme, "url": tab.url}],
    )
    tab.set_viewport_size({"width": width, "height": 900})

    tab.goto("/gallery")
    tab.locator("#sales svg").first.wait_for()

    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(tab) == []


def test_charts_are_drawn_without_eval_and_with_their_table(tab: Page) -> None:
    tab.goto("/gallery")

    for key in ("sales", "share", "stages", "lift"):
        tab.locator(f"#{key}").scroll_into_view_if_needed()
        tab.locator(f"#{key} [data-drawn] svg").wait_for()
    expect(tab.locator("#nothing")).to_contain_text("Too early to say")
    tab.locator("#lift summary", has_text="table").click()

    expect(tab.locator("#lift table")).to_contain_text("12.10%")


def test_the_palette_finds_and_goes_by_keyboard(tab: Page) -> None:
    tab.goto("/gallery")

    tab.keyboard.press("Control+k")
    expect(tab.locator(".palette input")).to_be_focused()
    tab.keyboard.type("900")
    expect(tab.locator(".palette [role=option]").first).to_contain_text("Household 900")
    tab.keyboard.press("Enter")

    tab.wait_for_url("**/gallery?found=900")


def test_escape_closes_the_palette(tab: Page) -> None:
    tab.keyboard.press("Control+k")
    expect(tab.locator(".palette input")).to_be_focused()

    tab.keyboard.type("x")
    tab.keyboard.press("Escape")

    expect(tab.locator("#palette-box")).not_to_be_visible()


def test_the_areas_fold_and_stay_folded(tab: Page) -> None:
    tab.goto("/gallery")

    tab.click("[data-fold]")
    tab.goto("/gallery")

    expect(tab.locator("body")).to_have_class("shell folded")


def test_areas_are_a_drawer_at_phone_width(tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto("/gallery")
    expect(tab.locator("#areas")).not_to_be_visible()

    tab.click(".bar-drawer")

    expect(tab.locator("#areas")).to_be_visible()
    expect(tab.locator("#areas")).not_to_contain_text("Strategy")


def test_a_page_jumps_and_does_not_glide(tab: Page) -> None:
    """What is pressed while a page glides ends beside its button."""
    tab.goto("/gallery")

    places = tab.evaluate(
        """async () => {
          scrollTo(0, 400);
          const places = [scrollY];
          for (let frame = 0; frame < 10; frame++) {
            await new Promise(requestAnimationFrame);
            places.push(scrollY);
          }
          return places;
        }"""
    )

    assert places == [400] * 11


def test_a_stream_fills_its_place(tab: Page) -> None:
    tab.goto("/gallery")

    expect(tab.locator("#live")).to_contain_text("1,204 events arrived")


def test_the_drawer_shows_a_block_of_the_page(tab: Page) -> None:
    tab.goto("/gallery")

    tab.click("[data-drawer]")

    expect(tab.locator("#drawer h2")).to_have_text("Household 900")
    expect(tab.locator("#drawer nav")).to_have_count(0)


def test_a_dangerous_step_wants_the_name(tab: Page) -> None:
    tab.goto("/gallery")
    tab.click("text=Delete for ever…")

    tab.fill("#gone-name", "We miss")
    tab.click("text=Delete 1,204 messages")
    expect(tab.locator("#gone")).to_be_visible()
    tab.fill("#gone-name", "We miss you")
    tab.click("text=Delete 1,204 messages")

    expect(tab.locator("#said")).to_contain_text("Saved.")


def test_a_form_works_without_script(browser: Browser, gallery_url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=gallery_url)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto("/gallery")
    page.fill("#f-email", "ada@example.invalid")
    page.fill("#f-password", "four plain words here")
    page.click("button")

    page.fill("#f-name", "Lapsed")
    page.locator("text=Save the draft").click()

    expect(page.locator("#said")).to_contain_text("1,204 customers are in the segment now")
    context.close()


def test_zoomed_to_twice_the_size_nothing_is_cut(tab: Page) -> None:
    tab.set_viewport_size({"width": 720, "height": 450})

    tab.goto("/gallery")

    assert tab.evaluate("document.documentElement.scrollWidth") <= 720


def test_a_chart_is_saved_as_svg_png_and_csv(tab: Page) -> None:
    kinds = {
        form: tab.request.get(f"/gallery/sales?format={form}").headers["content-type"]
        for form in ("svg", "png", "csv")
    }

    assert kinds == {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}


def test_static_files_are_immutable_under_their_hash(gallery_url: str) -> None:
    answer = httpx.get(f"{gallery_url}/static/base.css?v=1")

    assert "immutable" in answer.headers["cache-control"]
