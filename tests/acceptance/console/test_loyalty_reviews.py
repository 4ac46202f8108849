"""What went over a limit, decided in the console, and a member's spending stopped and freed; also in a browser."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from regulars import access, audit, checkout, customers, definitions, log, loyalty
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.loyalty import Velocity
from regulars.settings import read_settings
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving
from tests.conftest import TestServer
from tests.integration.loyalty.books import changed

LIMITS = (
    Velocity(key="much", watches="earned_points", more_than=500, hours=24, does="block"),
    Velocity(key="often", watches="earning_orders", more_than=3, hours=24),
)
LATER = AT + timedelta(hours=2)


@pytest.fixture(scope="module")
def app(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    dsn = server.clone()
    with Database(dsn) as database:
        made = opened(database, tmp_path_factory.mktemp("home"))
        yield made
        made.sequencer.close()
    server.drop(dsn)


def opened(database: Database, home: Path) -> App:
    """Rita reviews; Rich earned too much at once and is blocked, Busy came too often. Each test has its own of them."""
    build(database)
    with database.transaction() as tx:
        one = access.add_person(
            tx, SYSTEM, email="rita@example.invalid", name="Rita Reviews", level=4, function="loyalty", at=AT
        )
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    made = assemble(read_settings(workspace="pages", home=home), database)
    with database.transaction() as tx:
        body = changed(tier_set=None, velocity=LIMITS, name="Our club")
        definitions.save_draft(tx, SYSTEM, loyalty.PROGRAMME, "club", body, at=AT)
        definitions.publish(tx, SYSTEM, loyalty.PROGRAMME, "club", at=AT)
        for who, totals in (("rich", (400, 300)), ("busy", (1, 2, 3, 4, 5)), ("calm", (40,))):
            log.append(tx, [order(who, number, total) for number, total in enumerate(totals)])
    made.advance(LATER)
    return made


def order(who: str, number: int, total: int) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"{who}-{number}", name="Order Completed", user_id=who, source="shop",
        occurred_at=AT + timedelta(minutes=1 + number),
        properties={"order_id": f"{who}-{number}", "currency": "USD", "total": total},
    )  # fmt: skip


def number_of(app: App, who: str) -> int:
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", who)
    assert found is not None
    return found


def home_of(app: App, who: str) -> str:
    return f"/loyalty/club/members/cus_{number_of(app, who)}"


def test_a_review_is_decided_once_and_a_block_says_why_until_somebody_lifts_it(app: App) -> None:
    rich, calm = home_of(app, "rich"), home_of(app, "calm")

    async def walk() -> None:
        rita, sam = (
            await Person(app).sign_in("rita@example.invalid"),
            await Person(app).sign_in("sam@example.invalid"),
        )
        queue = await rita.see("/loyalty/reviews")
        assert "700 points earned in 24 hours, more than 500" in queue
        assert "4 orders that earned in 24 hours, more than 3" in queue
        assert "stand for review and stop their spending" in queue
        assert re.search(r"\d reviews? of members", await rita.see("/"))
        assert "reviews of members" not in await sam.see("/")
        stopped = await rita.see(rich)
        assert "Their spending is stopped" in stopped and "More than 500 points earned in 24 hours" in stopped
        much = re.search(r'href="(/loyalty/reviews/\d+)"', stopped)
        assert much
        one = await rita.see(much.group(1))
        assert "Order rich-1" in one and "Went over" in one and "Order busy" not in one
        assert "kind=member" in one

        assert (await sam.send(f"{much.group(1)}/decision", state="cleared", note="Fine")).status_code == 403
        assert "Nothing was wrong</button>" not in await sam.see(much.group(1))
        bare = await rita.send(f"{much.group(1)}/decision", state="cleared", note="  ")
        assert bare.status_code == 422 and "Say why" in bare.text
        done = await rita.send(f"{much.group(1)}/decision", state="cleared", note="A wedding")
        assert done.headers["location"] == "/loyalty/reviews"
        late = await rita.send(f"{much.group(1)}/decision", state="confirmed", note="Hm")
        assert late.status_code == 409 and "Rita Reviews cleared this" in late.text
        assert "Their spending is stopped" not in await rita.see(rich)
        assert "A wedding" in await rita.see(much.group(1))
        assert "700 points" not in await rita.see("/loyalty/reviews")
        assert "700 points" in await rita.see("/loyalty/reviews?state=cleared")
        await rita.see("/loyalty/reviews/99999999999999999999", status=404)
        await rita.see("/loyalty/reviews/none", status=404)

        assert (await sam.send(f"{calm}/block", reason="Stolen")).status_code == 403
        assert (await rita.send(f"{calm}/block", reason="")).status_code == 422
        assert (await rita.send(f"{calm}/block", reason="Card <b>stolen</b>")).status_code == 303
        assert "Card &lt;b&gt;stolen&lt;/b&gt;" in await rita.see(calm)
        assert "stopped already" in (await followed(rita, f"{calm}/block", "Again"))
        assert (await rita.send(f"{calm}/lift", reason="")).status_code == 422
        assert "Lifted" in await followed(rita, f"{calm}/lift", "It was found")
        nobody = await rita.send("/loyalty/club/members/cus_999/block", reason="x")
        assert nobody.status_code == 404

    asyncio.run(walk())
    with app.database.transaction() as tx:
        did = audit.entries(
            tx, subject_kind="member", subject=calm.removeprefix("/loyalty/").replace("/members", "")
        )
        assert [one.action for one in did.items] == ["loyalty.lift", "loyalty.block"]
        assert loyalty.blocked(tx, "club", number_of(app, "calm")) is None


async def followed(person: Person, path: str, reason: str) -> str:
    answer = await person.send(path, reason=reason)
    assert answer.status_code == 303, answer.text[-1500:]
    return await person.see(answer.headers["location"])


def test_the_queue_is_worked_off_in_a_browser_wide_and_narrow(
    app: App, chromium: Browser, tmp_path: Path
) -> None:
    rich, busy = number_of(app, "rich"), home_of(app, "busy")
    with app.database.transaction() as tx:
        cart = checkout.Cart(currency="USD", total_minor=4200)
        for key, points, codes in (("a", 0, ("NOSUCHCODE",)), ("b", 5, ())):
            checkout.open_session(
                tx,
                "club",
                number_of(app, "busy"),
                cart,
                key=key,
                at=LATER,
                points=points,
                codes=codes,
                actor="till",
            )
    complaints: list[str] = []
    with serving(app, app.settings.home) as url:
        context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/sign-in")
        page.fill("#f-email", "rita@example.invalid")
        page.fill("#f-password", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/")
        review = f"/loyalty/reviews/{review_of(app, rich)}"
        for number, path in enumerate(
            ("/loyalty/reviews", review, home_of(app, "rich"), busy, f"{busy}/spending")
        ):
            look(page, path, tmp_path / str(number))

        page.set_viewport_size({"width": 390, "height": 900})
        page.goto("/loyalty/reviews")
        page.get_by_role("link", name=re.compile("^Reviews")).click()
        page.get_by_role("link", name="Look at the review of busy").click()
        page.get_by_label("What you found out").fill("Five times the same till")
        page.get_by_role("button", name="Stop their spending").click()
        expect(page.get_by_text("Confirmed. Their points stay")).to_be_visible()
        page.goto(busy)
        expect(page.get_by_role("heading", name="Their spending is stopped")).to_be_visible()
        expect(page.get_by_text("Five times the same till")).to_be_visible()
        look(page, busy, tmp_path / "blocked")
        page.get_by_role("link", name="Let them spend again").click()
        page.get_by_label("Why").fill("A family card")
        page.get_by_role("button", name="Let them spend again").click()
        expect(page.get_by_role("heading", name="Their spending is stopped")).to_have_count(0)
        context.close()
    assert complaints == []


def look(page: Page, path: str, picture: Path) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        page.screenshot(path=f"{picture}-{width}.png", full_page=True)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{path} is {overflow} too wide at {width}"
    assert serious(page) == [], path


def review_of(app: App, customer_id: int) -> int:
    with app.database.transaction() as tx:
        return loyalty.reviews(tx, "club", customer_ids=[customer_id])[0].id
