"""A customer's page, its traits, groups, saved views and data quality, in a browser."""

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from regulars import customers
from regulars.app import App
from regulars.db import Database, drop_database
from tests.acceptance.console import profiles_shop
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.corner_shop import END
from tests.acceptance.console.looking import client_of
from tests.acceptance.console.seeing import looks_right
from tests.conftest import TestServer


@pytest.fixture(scope="module")
def shop_app(server: TestServer) -> Iterator[App]:
    """A shop of these tests' own: they write into it."""
    dsn = server.clone()
    with Database(dsn) as database:
        app = profiles_shop.build(database)
        yield app
        app.sequencer.close()
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture(scope="module")
def shop_url(shop_app: App) -> Iterator[str]:
    with serving(shop_app.database.dsn) as url:
        yield url


@pytest.fixture
def person(shop_app: App) -> str:
    with shop_app.database.transaction() as tx:
        found = customers.find(tx, "user_id", "u1")
        assert found is not None
        return customers.get(tx, found).id


def paths(person: str) -> list[str]:
    return [
        f"/customers/{person}",
        f"/customers/{person}/trait?name=plan",
        f"/customers/{person}/consents",
        "/customers",
        "/groups",
        "/groups/household/h1",
        "/customers/quality/figures",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit_and_axe_finds_nothing_serious(
    visit_shop: Callable[..., Page], person: str, width: int, theme: str
) -> None:
    page = visit_shop("lea")
    for path in paths(person):
        if path.endswith("plan"):
            page.goto(path)
            assert page.locator("h2.drawer-title").inner_text() == "Plan"
            continue
        looks_right(page, path, width, theme)


def test_each_trait_says_where_it_comes_from_and_what_it_was(
    visit_shop: Callable[..., Page], person: str
) -> None:
    page = visit_shop("lea")
    page.goto(f"/customers/{person}")
    traits = page.locator("#traits")

    expect(traits).to_contain_text("computed: how many Product Viewed")
    expect(traits).to_contain_text("added by enrichment (census)")
    expect(traits.locator("div", has_text="Age")).to_contain_text("Conflict")
    traits.get_by_role("link", name="Plan").click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("told by shop-web")
    expect(drawer.locator("li")).to_have_count(2)


def test_a_trait_is_written_by_hand_and_taken_back(
    visit_shop: Callable[..., Page], shop_app: App, person: str
) -> None:
    page = visit_shop("lea")
    page.goto(f"/customers/{person}/trait?name=plan")
    page.fill("#f-value", "silver")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator("body")).to_contain_text("The page shows it as soon as")
    shop_app.catch_up(END)
    page.goto(f"/customers/{person}/trait?name=plan")
    expect(page.locator(".told li").first).to_contain_text("by hand, by Lea Leads")

    page.locator(".told li", has_text="gold").get_by_role("button", name="Back to this").click()
    shop_app.catch_up(END)
    page.goto(f"/customers/{person}")
    expect(page.locator("#traits div", has_text="Plan")).to_contain_text("gold")


def test_what_does_not_fit_is_said_at_the_field(shop_url: str, person: str) -> None:
    with client_of(shop_url, "lea") as client:
        form = client.get(f"/customers/{person}/trait?name=age").text
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        answer = client.post(
            f"/customers/{person}/trait", data={"csrf_token": token, "name": "age", "value": "old"}
        )
    assert answer.status_code == 422
    assert "age is declared as integer" in answer.text


def test_consents_show_their_proof_and_what_follows_and_are_recorded_by_hand(
    visit_shop: Callable[..., Page], shop_app: App, person: str
) -> None:
    page = visit_shop("lea")
    page.goto(f"/customers/{person}")
    page.get_by_role("link", name="Consents and wishes, with proof").click()
    topics, history = page.locator("#topics"), page.locator("#history")
    news = topics.locator("tr", has_text="News and offers")
    expect(news.first).to_contain_text("Agreed")
    expect(news.first).to_contain_text("Yes, write to me about new teas")
    expect(news.first).to_contain_text("from … (masked)")
    expect(news.last).to_contain_text("No: the person wants nothing by this channel")
    expect(history.locator("li", has_text="Post")).to_contain_text("Does not count")
    expect(page.locator("#f-wish")).not_to_contain_text("Restricts")

    page = visit_shop("ana")
    page.goto(f"/customers/{person}/consents")
    expect(page.locator("#topics tr", has_text="News and offers").first).to_contain_text("192.0.2.6")
    page.select_option("#f-wish", "restrict")
    page.fill("#f-wish-reason", "Disputes an order")
    page.get_by_role("button", name="Record the wish").click()
    expect(page.locator("body")).to_contain_text("It counts as soon as it has been read")
    shop_app.catch_up(END)
    page.goto(f"/customers/{person}")
    expect(page.locator("#consents")).to_contain_text("Use restricted")
    page.goto(f"/customers/{person}/consents")
    expect(page.locator("#wishes")).to_contain_text("Reason: Disputes an order.")
    page.select_option("#f-answer", "withdrawn")
    page.select_option("#f-topic", "news")
    page.select_option("#f-wish", "lift")
    page.fill("#f-reason", "On the phone")
    page.get_by_role("button", name="Record it").click()
    page.fill("#f-why", "Asked by letter")
    page.get_by_role("button", name="Send nothing to it any more").click()
    expect(page.locator("#address")).to_contain_text("Suppressed")
    shop_app.catch_up(END)
    page.goto(f"/customers/{person}/consents")
    expect(page.locator("#topics tr", has_text="News and offers").first).to_contain_text("Withdrew")


def test_a_wish_that_says_nothing_keeps_what_was_typed(shop_url: str, person: str) -> None:
    with client_of(shop_url, "ana") as client:
        token = (
            client.get(f"/customers/{person}/consents")
            .text.split('name="csrf_token" value="')[1]
            .split('"')[0]
        )
        wish = {"deed": "wish", "wish": "pause", "until": "1999-01-01", "reason": "Said <so>"}
        answer = client.post(f"/customers/{person}/consents", data={"csrf_token": token, **wish})
    assert answer.status_code == 422
    assert "Give the last day of the pause" in answer.text and "Said &lt;so&gt;" in answer.text


def test_the_timeline_is_narrowed_and_the_address_keeps_it(
    visit_shop: Callable[..., Page], person: str
) -> None:
    page = visit_shop("lea")
    page.goto(f"/customers/{person}")
    page.select_option("select[name=source]", "shop-web")
    page.wait_for_url("**source=shop-web**")
    expect(page.locator("#past")).not_to_contain_text("Used a coupon")

    page.goto(f"/customers/{person}?source=till&since=2025-02-20&until=2025-02-28")
    expect(page.locator("#past")).to_contain_text("Used a coupon")
    assert page.input_value("input[name=since]") == "2025-02-20"


def test_sensitive_traits_and_contacts_stay_masked_in_page_history_export_and_group(
    shop_url: str, person: str
) -> None:
    with client_of(shop_url, "lea") as client:
        pages = [
            client.get(path).text
            for path in (
                f"/customers/{person}",
                f"/customers/{person}/trait?name=allergy",
                f"/customers/{person}/trait?name=address",
                "/customers?column=trait:allergy&column=trait:address.street",
                "/customers/export.csv?column=trait:allergy&column=contact",
                "/customers/quality/figures",
            )
        ]

    for text in pages:
        assert "nuts" not in text
        assert "1 Long Road" not in text
        assert "person-1@" not in text
        assert "hidden@mail" not in text
        assert "0171" not in text
    assert "Wished" in pages[0]


def test_columns_are_chosen_and_a_view_is_saved_shared_seen_first_and_deleted(
    visit_shop: Callable[..., Page], shop_url: str
) -> None:
    page = visit_shop("lea")
    page.goto("/customers?stage=loyal&column=stage&column=trait:views")
    expect(page.locator("thead")).to_contain_text("Views")
    page.locator("summary", has_text="Save view").click()
    page.fill("#f-name", "My loyal ones")
    page.check("input[name=shared]")
    page.check("input[name=first]")
    page.get_by_role("button", name="Save this list").click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("My loyal ones")

    page.goto("/customers")
    page.wait_for_url("**view=view_**")
    assert "column=trait%3Aviews" in page.url
    with client_of(shop_url, "max") as client:
        assert "My loyal ones, by Lea Leads" in client.get("/customers").text
    expect(page.locator("a[href^='/data/exports/new']")).to_have_attribute(
        "href", re.compile("column=stage&column=trait%3Aviews")
    )

    page.locator("summary", has_text="Save view").click()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**view=all")
    expect(page.locator("main")).not_to_contain_text("My loyal ones, by")


def test_a_group_shows_its_people_who_are_added_and_taken_out(
    visit_shop: Callable[..., Page], shop_app: App
) -> None:
    page = visit_shop("lea")
    page.goto("/groups?q=abbott")
    page.get_by_role("link", name="The Abbotts").click()
    expect(page.locator("h1")).to_contain_text("The Abbotts")
    expect(page.locator("#results tbody tr")).to_have_count(3)

    page.fill("#f-who", "u4")
    page.get_by_role("button", name="Add to The Abbotts").click()
    shop_app.catch_up(END)
    page.goto("/groups/household/h1")
    expect(page.locator("#results tbody tr")).to_have_count(4)
    page.get_by_role("button", name="Take out").last.click()
    shop_app.catch_up(END)
    page.goto("/groups/household/h1")
    expect(page.locator("#results tbody tr")).to_have_count(3)


def test_the_quality_of_the_data_is_shown_by_trait_and_source(visit_shop: Callable[..., Page]) -> None:
    page = visit_shop("lea")
    page.goto("/customers/quality")
    expect(page.locator("#quality-found")).to_contain_text("declared as text")
    expect(page.locator("table", has_text="35-44").last).to_contain_text("till")


def test_a_broken_rule_leads_its_owner_to_the_trait_and_the_customers_concerned(
    visit_shop: Callable[..., Page], shop_app: App, shop_url: str
) -> None:
    for key, more in {
        "written-to": {"measure": "completeness", "trait": "email", "at_least": 1.0},
        "plans": {"measure": "completeness", "trait": "plan", "at_least": 0.5},
        "ages": {"measure": "validity", "trait": "age", "at_least": 1.0},
    }.items():
        body = {"name": key.title(), "owner": "lea@example.invalid", **more}
        profiles_shop.publish(shop_app, customers.QUALITY_RULE, key, body)
    page = visit_shop("lea")

    expect(page.locator("body")).to_contain_text("“Plans” is not kept since")
    page.goto("/customers/quality")
    rules = page.locator("table", has_text="How it stands")
    expect(rules.locator("tbody tr")).to_have_count(3)
    rules.locator("tr", has_text="Plans").get_by_role("link").last.click()
    expect(page.locator("h1")).to_have_text("Customers without plan")
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.goto("/customers/quality")
    page.locator("#quality-found").get_by_role("link", name="plan", exact=True).click()
    expect(page.locator("h1")).to_have_text("plan")
    expect(page.locator(".figures")).to_contain_text("Have it")
    page.get_by_role("link", name="Fits its type").first.click()
    for path in ("/customers/quality/trait?name=plan", "/customers/quality/customers?name=plan"):
        for width in (1440, 390):
            looks_right(page, path, width, "light")
    with client_of(shop_url, "lea") as client:
        sheet = client.get("/customers/quality/customers.csv?name=plan&measure=completeness")
        rows = list(csv.reader(io.StringIO(sheet.text)))
        assert rows[0][:3] == ["id", "user_id", "name"]
        assert len(rows) > 2
        picture = client.get("/customers/quality/trait?name=plan&format=csv")
        assert "All sources" in picture.text
        assert client.get("/customers/quality/trait?name=nothing").status_code == 404
    with client_of(shop_url, "max") as client:
        assert client.get("/customers/quality/customers.csv?name=plan").status_code == 403
        assert "is not kept since" not in client.get("/").text
