"""The pages of loyalty in a browser, on a small grocer with real rooms."""

import re

import pytest
from playwright.sync_api import expect

from regulars import access, customers, loyalty
from tests.acceptance.console.seeing import looks_right

pytest_plugins = ("tests.acceptance.console.grocer",)

CLUB = "/loyalty/grocer-club"


@pytest.fixture(scope="module")
def member(grocer) -> str:
    """The address of somebody who earned on three days."""
    with grocer.app.database.transaction() as tx:
        found = customers.find(tx, "user_id", "2")
        return f"{CLUB}/members/{customers.get(tx, found).id}"


def active(grocer, member: str) -> int:
    with grocer.app.database.transaction() as tx:
        found = customers.find(tx, "user_id", "2")
        return loyalty.member(tx, found, programme="grocer-club", at=grocer.now()).balance.active


@pytest.mark.parametrize("part", ["", "/members", "/rules", "/check", "/health", "MEMBER", "BY HAND"])
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_page_is_accessible_and_fits(desk, member, part, width, theme) -> None:
    paths = {"MEMBER": member, "BY HAND": f"{member}/by-hand?kind=give&amount=10&reason=goodwill"}

    looks_right(desk("tariq"), paths.get(part, CLUB + part), width, theme)


def test_the_programme_says_how_it_goes(desk) -> None:
    page = desk("tariq")
    page.goto("/loyalty")
    page.click("h2 a")

    expect(page.locator("main")).to_contain_text("1 point for every 1.00 USD")
    expect(page.locator("#health")).to_contain_text("Trial balance")
    expect(page.locator("#health")).to_contain_text("nobody has redeemed a point")
    expect(page.locator(".figures").first).to_contain_text("Members")
    page.locator("#points [data-drawn] svg").wait_for()


def test_the_ledger_is_checked_on_demand(desk) -> None:
    page = desk("tariq")
    page.goto(CLUB)

    page.click("text=Check the ledger")

    expect(page.locator("#ledger")).to_contain_text("The ledger is sound")


def test_the_points_are_saved_as_a_file(desk) -> None:
    answer = desk("tariq").request.get(f"{CLUB}/points?format=csv")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "Issued" in answer.text()


def test_a_member_is_found_by_name_and_tier(desk) -> None:
    page = desk("tariq")
    page.goto(f"{CLUB}/members")

    page.fill("input[name=q]", "Household 17")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.select_option("select[name=tier]", label="Platinum")

    expect(page.locator("#results")).to_contain_text("No member fits")


def test_every_point_is_explained_down_to_the_order(desk, member) -> None:
    page = desk("tariq")
    page.goto(member)

    expect(page.locator(".proof")).to_contain_text("received")
    line = page.locator(".moment", has_text="Earned").first
    expect(line).to_contain_text(re.compile(r"points for order .* by the rule spend of version 1"))
    line.locator("text=The order").click()

    expect(page.locator("#drawer")).to_contain_text("milk")


def test_the_balance_of_a_past_day_is_what_was_known_then(desk, member) -> None:
    page = desk("tariq")
    page.goto(f"{member}?as_of=2024-12-31")

    expect(page.locator("#as-of")).to_contain_text("At the end of 31 Dec 2024")
    expect(page.locator("#as-of dl")).to_contain_text(re.compile(r"To spend\s*0"))


def test_points_are_spent_by_hand_once_and_given_back(desk, grocer, member) -> None:
    before = active(grocer, member)
    page = desk("lina")
    page.goto(member)
    page.click("text=Give, spend or take points")
    page.select_option("select[name=kind]", "spend")
    page.fill("input[name=amount]", "12")
    page.click("text=Show what will happen")
    expect(page.locator("#foreseen")).to_contain_text(f"{before - 12} points")

    form = page.locator("#foreseen form")
    sent = form.evaluate("form => Object.fromEntries(new FormData(form))")
    page.locator("#foreseen button").click()
    expect(page.locator("#said")).to_contain_text("Spent: 12 points")
    again = page.request.post(f"{member}/by-hand", form=sent, headers={"Origin": grocer.url})
    assert (again.status, active(grocer, member)) == (200, before - 12)

    page.locator(".moment").first.locator("text=Undo").click()
    expect(page.locator("#foreseen")).to_contain_text("Given back")
    page.locator("#foreseen button").click()
    expect(page.locator("#said")).to_contain_text("Undone: 12 points")

    assert active(grocer, member) == before


def test_more_than_there_is_is_refused_before_it_is_asked(desk, member) -> None:
    page = desk("lina")

    page.goto(f"{member}/by-hand?kind=take&amount=400000&reason=abuse")

    expect(page.locator("#foreseen")).to_contain_text("ask for no more than that")
    expect(page.locator("#foreseen button")).to_have_count(0)


def test_a_wrong_amount_is_said_at_the_field_and_stays(desk, member) -> None:
    page = desk("lina")

    page.goto(f"{member}/by-hand?kind=give&amount=many&reason=goodwill")

    expect(page.locator("#f-amount-wrong")).to_contain_text("above zero")
    expect(page.locator("#f-amount")).to_have_value("many")


def test_above_the_level_somebody_else_decides_and_it_is_posted_once(desk, grocer, member) -> None:
    before = active(grocer, member)
    page = desk("lina")
    page.goto(f"{member}/by-hand?kind=give&amount=900&reason=goodwill")
    page.locator("#foreseen button").click()
    expect(page.locator("main")).to_contain_text("Waits for approval")
    with grocer.app.database.transaction() as tx:
        asked = access.approvals(tx, state="pending", subject_kind="member").items[0]
        tariq = access.person_by_email(tx, "tariq@grocer.invalid")
        access.decide(tx, tariq.actor("console"), asked.approval_id, "approve", at=grocer.now())

    page.reload()
    page.get_by_role("button", name="Give 900 points now").click()

    expect(page.locator("#said")).to_contain_text("as it was approved")
    assert active(grocer, member) == before + 900


def test_who_may_not_is_told_why(desk, member) -> None:
    page = desk("sam")
    page.goto(member)

    expect(page.locator("text=Give, spend or take points")).to_have_count(0)
    page.goto(f"{member}/by-hand")
    expect(page.locator("main")).to_contain_text("may adjust balances by hand")


def test_somebody_who_is_no_member_is_said_to_be_none(desk) -> None:
    page = desk("tariq")
    answer = page.request.get(f"{CLUB}/members/cus_zzz")

    assert answer.status == 404
    assert "no member of Grocer club" in answer.text()
