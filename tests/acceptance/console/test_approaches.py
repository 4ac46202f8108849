"""Approaches and scores on their pages: compared, migrated, and one step to a segment and a campaign."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from playwright.sync_api import Browser, Page, expect

from regulars import definitions, log, segments
from regulars.access import SYSTEM
from regulars.app import App
from regulars.campaigns import CAMPAIGN
from regulars.db import Database
from regulars.segments import APPROACHES, LIFECYCLE, SCORING, SCORINGS, SEGMENT, SEGMENTATION
from tests.acceptance.console import office
from tests.acceptance.console.seeing import looks_right

DAY = timedelta(days=1)


def orders() -> Iterator[log.NewEvent]:
    """A hundred and twenty who buy more or less often, for more or less, and partly stay away."""
    for number in range(120):
        every, away = 5 + number % 17 * 4, number % 13 * 11
        for nth in range(0, 200 - away, every):
            at = office.AT - DAY * (away + nth) - timedelta(minutes=number + 1)
            total = round(5 + number % 19 * 3.5, 2)
            yield log.NewEvent(
                message_id=f"o{number}-{nth}", name="Order Completed", occurred_at=at, user_id=f"u{number}",
                properties={"order_id": f"{number}-{nth}", "currency": "USD", "total": total},
            )  # fmt: skip
    yield log.NewEvent(message_id="nobody", name="Looked", occurred_at=office.AT - DAY, user_id="looker")


@pytest.fixture
def shop(database: Database) -> Iterator[App]:
    app = office.build(database)
    with database.transaction() as tx:
        log.append(tx, list(orders()))
    log.catch_up(database, app.sequencer, app.runners, office.AT)
    bodies = [
        *((SCORING, key, body) for key, body in SCORINGS.items()),
        *((SEGMENTATION, key, body) for key, body in APPROACHES.items()),
        (SEGMENTATION, "lifecycle", LIFECYCLE),
    ]
    with database.transaction() as tx:
        for kind, key, body in bodies[:-1]:
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=office.AT)
            definitions.publish(tx, SYSTEM, kind, key, at=office.AT)
    yield app
    app.sequencer.close()


def signed_in(browser: Browser, url: str, who: str) -> Page:
    page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(20_000)
    page.goto("/sign-in")
    page.fill("#f-email", f"{who}@example.invalid")
    page.fill("#f-password", office.PASSWORD)
    page.click("button")
    page.wait_for_url("**/")
    return page


def test_from_the_comparison_over_a_stage_and_a_cell_to_drafts(
    shop: App, browser: Browser, tmp_path: Path
) -> None:
    with office.serving(shop, tmp_path) as url:
        page = signed_in(browser, url, "lea")
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

        page.goto("/segments/approaches")
        expect(page.locator("main")).to_contain_text("Lifecycle")  # Offered, not live yet.
        page.get_by_role("button", name="Count now").click()
        expect(page.locator("main")).to_contain_text("The figures are counted anew.")
        shares = page.get_by_role("region", name="Approaches, compared").locator("tbody td:nth-child(5)")
        parted = [float(text.rstrip("%")) for text in shares.all_inner_texts()]
        assert len(parted) == 4
        assert parted == sorted(parted, reverse=True)
        assert parted[0] > parted[-1] >= 0
        page.locator("#parts-value [data-drawn] svg").wait_for()

        page.get_by_role("link", name="RFM groups").click()
        stages = page.get_by_role("region", name="RFM groups, stage by stage")
        members = stages.locator("tbody td:nth-child(2)").all_inner_texts()
        assert sum(int(text.replace(",", "")) for text in members) == 121
        page.locator("#migration").scroll_into_view_if_needed()
        page.locator("#migration [data-drawn] svg").wait_for()
        expect(page.locator("#moved")).to_contain_text("stand where they stood")
        page.get_by_role("button", name="Campaign to Champions").click()
        page.wait_for_url("**/campaigns/to-rfm-champions/edit")
        expect(page.locator("main")).to_contain_text("Two drafts are saved")
        expect(page.locator("main select[name=segment]")).to_have_value("rfm-champions")

        page.goto("/segments/scorings/rfm")
        page.locator("#value-grid").scroll_into_view_if_needed()
        page.locator("#value-grid [data-drawn] svg").wait_for()
        cells = page.locator(".rfm-grid .cell summary strong").all_inner_texts()
        groups = page.get_by_role("region", name="Groups").locator("tbody td:nth-child(2)").all_inner_texts()
        assert sum(map(int, cells)) == sum(map(int, groups)) == 120
        page.locator(".rfm-grid .cell summary").first.click()
        page.locator(".rfm-grid .cell[open]").get_by_role("link", name="Segment").click()
        page.wait_for_url("**/segments/new**")
        expect(page.locator("main")).to_contain_text("score")

        for path in (
            "approaches",
            "approaches/rfm",
            "approaches/buying",
            "scorings/rfm",
            "scorings/clusters",
        ):
            for width in (1440, 390):
                looks_right(page, f"/segments/{path}", width, "dark" if width == 390 else "light")
        assert complaints == []
        page.context.close()

    with shop.database.transaction() as tx:
        segment = definitions.draft(tx, SEGMENT, "rfm-champions")
        campaign = definitions.draft(tx, CAMPAIGN, "to-rfm-champions")
        parts = segments.approach_figures(tx, "value-tiers")[0].separates
    assert segment is not None
    assert (segment.body.approach, segment.body.stage) == ("rfm", "champions")
    assert campaign is not None
    assert campaign.body.segment == "rfm-champions"
    assert parts is not None


def test_what_cannot_be_shown_is_refused_and_who_may_not_count_is_not_asked_to(database: Database) -> None:
    app = office.build(database)
    with database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, SEGMENTATION, "buying", APPROACHES["buying"], at=office.AT)
        definitions.publish(tx, SYSTEM, SEGMENTATION, "buying", at=office.AT)
    # In a thread of its own: the browser of a test before keeps this one's loop.
    with ThreadPoolExecutor(1) as hands:
        hands.submit(anyio.run, refusals, app).result()
    app.sequencer.close()


async def refusals(app: App) -> None:
    cas = await office.Person(app).sign_in("cas@example.invalid")

    assert "Count now" not in await cas.see("/segments/approaches")
    assert "counted at midnight" in await cas.see("/segments/approaches/buying")
    for wrong in ("before=yesterday", "after=9999-12-31", "after=0001-01-01"):
        await cas.see(f"/segments/approaches/buying?{wrong}", 422)
    await cas.see("/segments/approaches/buying?before=2025-03-05&after=2025-03-01", 422)
    await cas.see("/segments/approaches/none", 404)
    await cas.see("/segments/scorings/none", 404)
    assert (await cas.send("/segments/approaches/count")).status_code == 403
