"""Identities, suggestions, merging, splitting and undoing, in a browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from regulars import customers, log
from regulars.app import App
from regulars.db import Database, drop_database
from tests.acceptance.console import corner_shop
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.corner_shop import END
from tests.acceptance.console.seeing import looks_right
from tests.conftest import TestServer

CARD = "4111111111111111"


def told(number: int, user: str | None, anonymous: str | None, **traits: object) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"identity-{number}", type="identify", name="identify", user_id=user, anonymous_id=anonymous,
        occurred_at=END, properties=traits, source="till" if "till" in traits else "shop-web",
        context={"verified": False} if "till" in traits else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop_app(server: TestServer) -> Iterator[App]:
    """A shop of these tests' own: they write into it."""
    dsn = server.clone()
    with Database(dsn) as database:
        app = corner_shop.build(database)
        with database.transaction() as tx:
            seen = log.NewEvent(
                message_id="identity-0",
                name="Product Viewed",
                anonymous_id="browser-7f3a",
                occurred_at=END,
                source="web",
            )
            log.append(
                tx,
                [
                    seen,
                    told(1, "u1", "browser-7f3a", email="both@home.example", card=CARD),
                    told(
                        2,
                        "twin",
                        None,
                        name="Ann Twin",
                        email="both@home.example",
                        plan="gold",
                        phone="nothing",
                    ),
                    told(3, "twin", None, card=CARD, till=7),
                    told(4, "other", None, name="Otto Other", email="both@home.example"),
                ],
            )
        app.catch_up(END)
        app.sequencer.close()
        yield app
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture(scope="module")
def shop_url(shop_app: App) -> Iterator[str]:
    with serving(shop_app.database.dsn) as url:
        yield url


def public(app: App, user_id: str) -> str:
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", user_id)
        assert found is not None
        return customers.get(tx, found).id


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_identity_look_right(
    visit_shop: Callable[..., Page], shop_app: App, width: int, theme: str
) -> None:
    page = visit_shop("lea")
    one, twin = public(shop_app, "u1"), public(shop_app, "twin")
    paths = {
        "identities": f"/customers/{one}/identities?leaving={one}",
        "merge": f"/customers/merge?one={one}&other={twin}",
        "choose": f"/customers/merge?one={one}&q=otto",
        "suggestions": "/customers/suggestions",
    }
    for name, path in paths.items():
        looks_right(page, path, width, theme)
        if folder := os.environ.get("REGULARS_TEST_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}-{theme}.png"), full_page=True)


def test_a_suggestion_is_compared_merged_undone_and_declined(
    visit_shop: Callable[..., Page], shop_app: App
) -> None:
    page = visit_shop("max")
    page.goto("/customers/suggestions?kind=card")
    expect(page.locator(".suggestion")).to_contain_text("Not verified")
    page.get_by_role("link", name="Compare and merge").click()
    expect(page.locator("main")).to_contain_text("What follows")
    expect(page.get_by_role("row", name="plan")).to_contain_text("Stands")
    page.fill("#f-reason", "The same card at the till")
    page.get_by_role("button", name="Merge the two").click()
    expect(page.locator("body")).to_contain_text("Merged into")
    assert public(shop_app, "twin") == public(shop_app, "u1")

    page.get_by_role("link", name="Identities").click()
    expect(page.locator(".deeds")).to_contain_text("The same card at the till")
    expect(page.locator(".record")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("body")).to_contain_text("Undone")
    assert public(shop_app, "twin") != public(shop_app, "u1")

    page.goto("/customers/suggestions?kind=card")
    page.get_by_role("button", name="Two people").first.click()
    expect(page.locator("body")).to_contain_text("not suggested again")
    page.goto("/customers/suggestions?kind=card")
    expect(page.locator(".suggestion")).to_have_count(0)


def test_a_record_is_split_off_after_it_was_seen_what_leaves(
    visit_shop: Callable[..., Page], shop_app: App
) -> None:
    page = visit_shop("max")
    person = public(shop_app, "u1")
    page.goto(f"/customers/{person}/identities")
    page.locator(".record-head", has_text="browser-7f3a").click()
    page.get_by_role("button", name="Show what leaves").click()
    expect(page.locator("#preview")).to_contain_text("browser-7f3a")
    page.get_by_role("button", name="Split 1 record off").click()

    expect(page.locator("body")).to_contain_text("1 record left")
    expect(page.locator(".record")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    page.goto(f"/customers/{person}/identities")
    expect(page.locator(".record")).to_have_count(2)


def test_who_may_not_merge_sees_why(visit_shop: Callable[..., Page], shop_app: App) -> None:
    page = visit_shop("sam")
    page.goto(f"/customers/{public(shop_app, 'u1')}/identities")

    expect(page.locator("main")).to_contain_text("is not yours")
    assert page.get_by_role("button", name="Undo").count() == 0
    assert "both@home.example" not in page.content()


def test_the_profile_leads_to_the_identities(visit_shop: Callable[..., Page], shop_app: App) -> None:
    page = visit_shop("lea")
    page.goto(f"/customers/{public(shop_app, 'u1')}")
    page.get_by_role("link", name="Identities").click()

    page.wait_for_url("**/identities")
