"""Segments: stages that add up to everybody, who moved, and a segment's own page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.console.looking import client_of, serious

Visit = Callable[..., Page]


def test_the_stages_of_an_approach_add_up_to_everybody(visit_shop: Visit) -> None:
    page = visit_shop()
    page.goto("/segments?since=28")

    members = page.locator(".composition-key strong").all_inner_texts()

    assert sum(int(text) for text in members) == 67
    expect(page.locator("main")).to_contain_text("67 customers, each in exactly one stage")
    expect(page.get_by_role("region", name="Segments and lists")).to_contain_text("Frequent")
    expect(page.locator(".since [aria-current]")).to_have_text("4 weeks")
    page.get_by_role("link", name="Lapsed").click()
    expect(page.locator("h1")).to_contain_text("Lapsed")


def test_a_segment_says_its_rule_its_size_and_who_is_in_it(visit_shop: Visit) -> None:
    page = visit_shop()
    page.goto("/segments/lapsed")

    expect(page.locator(".sentence")).to_contain_text("Last bought at least 56 days ago.")
    expect(page.locator(".sentence")).to_contain_text("not Prospect or New")
    expect(page.locator(".figures")).to_contain_text("40")
    page.locator("#size [data-drawn] svg").wait_for()
    page.get_by_role("link", name="Why?").first.click()

    expect(page.locator("#drawer h2")).to_contain_text("in Lapsed?")


def test_who_came_and_went_and_what_uses_it(visit_shop: Visit) -> None:
    page = visit_shop()

    page.goto("/segments/won-back?view=changes")
    expect(page.locator(".passed li")).to_have_count(20)
    expect(page.locator(".passed")).to_contain_text("Came")
    page.goto("/segments/won-back?view=changes&way=left")
    expect(page.locator("#results")).to_contain_text("Nobody came or went")
    page.goto("/segments/lapsed?view=uses")

    expect(page.locator("#results")).to_contain_text("Win back the lapsed")


def test_a_draft_shows_what_publishing_would_do_and_what_is_not_there_is_not_found(
    visit_shop: Visit, shop_url: str
) -> None:
    page = visit_shop()
    page.goto("/segments/idea")
    with client_of(shop_url, "lea") as client:
        answer = client.get("/segments/nowhere")

    expect(page.locator("h1")).to_contain_text("Draft")
    expect(page.locator("#size")).to_contain_text("would enter")
    assert answer.status_code == 404
    assert "A draft is counted when it is published" in answer.text


def test_overlap_is_counted_with_those_picked_and_asking_of_one_leads_to_why(visit_shop: Visit) -> None:
    page = visit_shop()
    page.goto("/segments/frequent?view=overlap&beside=loyal&beside=lapsed")

    row = page.get_by_role("region", name="Overlap with each").get_by_role("row", name="Loyal")
    expect(row).to_contain_text("100.0%")
    expect(page.locator(".together")).to_contain_text("Frequent + Loyal")
    page.goto("/segments/frequent")
    page.get_by_role("searchbox").fill("Bianca")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("main")).to_contain_text("in Frequent?")


def test_an_empty_segment_says_so(visit_shop: Visit) -> None:
    page = visit_shop()

    page.goto("/segments/at-risk")

    expect(page.locator("#results")).to_contain_text("Nobody is in it now")
    expect(page.locator("#reach")).to_contain_text("would reach nobody")
    said, after = page.locator("#results .empty").bounding_box(), page.locator(".snapshot").bounding_box()
    assert said and after
    assert said["y"] + said["height"] < after["y"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_segments_are_accessible_and_fit(visit_shop: Visit, theme: str, width: int) -> None:
    page = visit_shop("lea", viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "regulars-theme", "value": theme, "url": page.url}])
    for path in (
        "/segments",
        "/segments/loyal",
        "/segments/loyal?view=changes",
        "/segments/lapsed?view=uses",
        "/segments/lapsed?view=overlap",
        "/segments/idea",
    ):
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page) == [], path
