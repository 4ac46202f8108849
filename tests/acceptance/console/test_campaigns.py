"""Campaigns and experiments in a browser, on a small grocer with real rooms."""

import re

import pytest
from playwright.sync_api import expect

from regulars import campaigns, customers
from regulars.kernel import public_id
from tests.acceptance.console.seeing import looks_right

pytest_plugins = ("tests.acceptance.console.grocer",)

WIN_BACK = "/campaigns/win-back"


@pytest.fixture(scope="module")
def message(grocer) -> str:
    with grocer.app.database.transaction() as tx:
        sent = campaigns.messages(tx, "win-back", state="sent").items[0]
        return f"{WIN_BACK}/people/{public_id('msg', sent.send_id)}"


PATHS = ["/campaigns", WIN_BACK, f"{WIN_BACK}/people?who=Household", f"{WIN_BACK}/setup", "/campaigns/new"]


@pytest.mark.parametrize("path", [*PATHS, "/experiments", "MESSAGE"])
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_page_is_accessible_and_fits(desk, message, path, width, theme) -> None:
    looks_right(desk("noah"), message if path == "MESSAGE" else path, width, theme)


def test_the_campaign_says_what_it_changed_and_that_nobody_saw_it(desk) -> None:
    page = desk("noah")
    page.goto("/campaigns")
    page.click("text=Win back the lapsed")

    main = page.locator("main")
    expect(main).to_contain_text("Nobody saw these messages")
    expect(main).to_contain_text(re.compile("of 500 divisions found a difference"))
    expect(main).to_contain_text("Invented, not your customers")
    for key in ("win-back-rates", "win-back-difference"):
        page.locator(f"#{key}").scroll_into_view_if_needed()
        page.locator(f"#{key} [data-drawn] svg").wait_for()


def test_a_message_is_shown_as_it_would_have_left_without_any_right(desk) -> None:
    page = desk("noah")
    page.goto(f"{WIN_BACK}/people?state=sent")

    page.locator("[data-drawer]").first.click()

    frame = page.locator("#drawer iframe")
    expect(frame).to_have_attribute("sandbox", "")
    expect(page.frame_locator("#drawer iframe").locator("body")).to_contain_text(
        re.compile("it has been a while", re.IGNORECASE)
    )
    expect(page.locator("#drawer")).to_contain_text("Message-ID")


def test_why_somebody_did_not_get_it_is_answered(desk, grocer) -> None:
    with grocer.app.database.transaction() as tx:
        held = campaigns.messages(tx, "win-back", state="held_out").items[0]
        name = customers.get(tx, held.customer_id).name
    page = desk("noah")
    page.goto(WIN_BACK)
    page.fill("#f-who", name)
    page.click("text=Ask")

    expect(page.locator(".answers")).to_contain_text("kept back for comparison")


def test_a_picture_is_saved_as_a_file(desk) -> None:
    answer = desk("noah").request.get(f"{WIN_BACK}/chart?picture=difference&format=svg")

    assert answer.headers["content-type"] == "image/svg+xml"


def fill(page, title: str) -> None:
    page.goto("/campaigns/new")
    page.fill("#f-title", title)
    page.fill("#f-purpose", "See whether a second letter helps.")
    page.select_option("#f-segment", "lapsed")
    page.select_option("#f-template", "we-miss-you")
    page.fill("#f-held_out_percent", "20")


def test_a_draft_becomes_a_request_and_then_a_campaign(desk) -> None:
    noah, marta = desk("noah"), desk("marta")
    fill(noah, "A second letter")
    noah.click("text=Save the draft")
    expect(noah.locator("main")).to_contain_text("What would happen if it were launched now")
    noah.click("text=Look and launch")
    expect(noah.locator("main")).to_contain_text("Held out")
    noah.click("text=Ask to send to")
    expect(noah.locator("#said")).to_contain_text("Nothing is sent before")
    expect(noah.locator("h1")).to_contain_text("Waits for approval")
    expect(noah.get_by_role("link", name="Look at the request")).to_have_attribute(
        "href", re.compile("/approvals/apr_")
    )

    marta.goto("/approvals")
    marta.click("text=second letter")
    marta.get_by_role("button", name=re.compile("^(Approve|Launch|Send)")).first.click()
    noah.goto("/campaigns/a-second-letter")

    expect(noah.locator("h1")).to_contain_text("Sending")
    expect(noah.locator("main")).to_contain_text("Too early to say")


def test_somebody_who_enables_launches_at_once_and_archives(desk) -> None:
    page = desk("marta")
    fill(page, "A third letter")
    page.click("text=Save the draft")
    page.click("text=Look and launch")
    page.get_by_role("button", name=re.compile("^Send to")).click()
    expect(page.locator("#said")).to_contain_text("are held out")

    page.goto("/campaigns/a-third-letter/setup")
    page.get_by_role("button", name="Stop and archive…").click()
    page.fill("#gone-name", "A third letter")
    page.locator("#gone button.btn-bad").click()

    expect(page.locator("#said")).to_contain_text("is archived")


def saved(page) -> None:
    page.click("text=Save the draft")
    expect(page.locator("#said")).to_contain_text("The draft is saved")


def test_two_people_lose_nothing_when_both_save(desk) -> None:
    noah, marta = desk("noah"), desk("marta")
    fill(noah, "Both write")
    saved(noah)
    noah.goto("/campaigns/both-write/edit")
    marta.goto("/campaigns/both-write/edit")
    marta.fill("#f-window_days", "14")
    saved(marta)

    noah.fill("#f-held_out_percent", "35")
    noah.click("text=Save the draft")

    expect(noah.locator("main")).to_contain_text("Somebody saved in between")
    expect(noah.locator(".diff")).to_contain_text("window_days")
    expect(noah.locator("#f-held_out_percent")).to_have_value("35")
    saved(noah)


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk) -> None:
    page = desk("noah")
    fill(page, "Wrong numbers")
    page.fill("#f-held_out_percent", "many")
    page.select_option("#f-segment", "")
    page.click("text=Save the draft")

    expect(page.locator("#f-held_out_percent-wrong")).to_contain_text("a share from 0 to 50")
    expect(page.locator("#f-segment-wrong")).to_contain_text("Choose who is to get it")
    expect(page.locator("#f-title")).to_have_value("Wrong numbers")


def test_a_server_that_cannot_save_is_not_silent(grocer, browser) -> None:
    from tests.acceptance.console.grocer import seat

    with seat(grocer, browser, "noah", []) as page:
        fill(page, "Nobody hears")
        expect(page.locator("#f-held_out_percent")).to_have_value("20")
        page.route("**/campaigns/build", lambda route: route.fulfill(status=503, body=""))
        page.click("text=Save the draft")

        expect(page.locator("#said")).to_contain_text("Not saved: the server answered with 503")
        expect(page.locator("#f-title")).to_have_value("Nobody hears")


def test_a_copy_begins_with_what_the_first_said(desk) -> None:
    page = desk("noah")
    page.goto("/campaigns/new?like=win-back")

    expect(page.locator("#f-title")).to_have_value("Win back the lapsed (copy)")
    expect(page.locator("#f-held_out_percent")).to_have_value("30")


def test_who_may_not_draft_is_told_why(desk) -> None:
    page = desk("lina")

    page.goto("/campaigns/new")

    expect(page.locator("main")).to_contain_text("may draft campaigns")


def test_experiments_stand_in_one_list_and_the_invented_are_marked(desk) -> None:
    page = desk("noah")
    page.goto("/experiments")

    table = page.get_by_role("region", name="Experiments").locator("tbody")
    expect(table).to_contain_text("Campaign “Win back the lapsed”")
    expect(table).to_contain_text("Invented")
