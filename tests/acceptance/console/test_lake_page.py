"""The page of the lake: what is where, exporting by hand, and what it says when something is wrong; the API beside."""

import asyncio
import re
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from regulars import access, analytics
from regulars.access import SYSTEM
from regulars.api import create_api
from regulars.app import App, assemble
from regulars.db import Database
from regulars.jobs import Worker
from regulars.kernel import public_id
from regulars.settings import read_settings
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving
from tests.integration.analytics.lake_of import happen
from tests.integration.analytics.test_lake import pieces_of

ENGINEER = "eng@example.invalid"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    build(database)
    with database.transaction() as tx:
        one = access.add_person(
            tx, SYSTEM, email=ENGINEER, name="Eng Connects", level=5, function="engineering", at=AT
        )
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    made = assemble(read_settings(home=tmp_path, workspace="main"), database)
    yield made
    made.sequencer.close()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def finished(work: Coroutine[None, None, None]) -> None:
    """In a thread of its own: the browser of a test before keeps this one's loop."""
    with ThreadPoolExecutor(1) as hands:
        hands.submit(asyncio.run, work).result()


def test_somebody_sees_what_is_where_and_has_it_exported_and_hears_what_is_wrong(
    app: App, tmp_path: Path
) -> None:
    happen(app.database, 80)

    async def walk() -> None:
        eng = await Person(app).sign_in(ENGINEER)
        before = words(await eng.see("/data/lake"))
        assert "Waiting 80 events not exported yet" in before and "Filling" in before
        assert (await eng.send("/data/lake/export")).status_code == 303
        assert "The job that brings it up to date" in words(await eng.see("/data/lake"))
        assert (await eng.send("/data/lake/export")).status_code == 303  # The same job.
        await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)
        after = words(await eng.see("/data/lake"))
        assert "In the lake 80 events" in after and "Up to date" in after and "80 events" not in after[-300:]
        assert "had the lake exported" in words(await eng.see("/audit"))

        assert (await eng.send("/data/lake/check")).status_code == 303
        assert "Every file is there and whole" in words(await eng.see("/data/lake"))
        shutil.rmtree(tmp_path / "lake" / "main" / "events")
        await eng.send("/data/lake/check")
        wrong = words(await eng.see("/data/lake"))
        assert "The table events of the lake is not there any more" in wrong and "Differs" in wrong

        sam = await Person(app).sign_in("sam@example.invalid")
        await sam.see("/data/lake", status=403)

    finished(walk())


def test_the_api_tells_the_same_and_takes_the_wish_to_export(app: App) -> None:
    happen(app.database, 5)
    with app.database.transaction() as tx:
        asks = access.person_by_email(tx, ENGINEER)
        assert asks
        key = access.make_key(tx, SYSTEM, name="lake", function="engineering", level=5, at=AT)
    server = FastAPI()
    create_api(app, server)

    async def ask() -> None:
        transport = httpx.ASGITransport(app=server)
        headers = {"Authorization": f"Bearer {key.text}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://api.test", headers=headers
        ) as client:
            asked = await client.post("/api/v1/lake/export")
            assert asked.status_code == 202 and asked.json()["name"] == "lake.export"
            await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)
            told = (await client.get("/api/v1/lake")).json()
            assert (told["head"], told["watermark"], told["whole_from"]) == (5, 5, 1)
            assert [one["rows"] for one in told["tables"]] == [5, 0, 0, 0, 0]

    finished(ask())


def test_the_page_looks_right_in_a_browser(app: App, tmp_path: Path, chromium: Browser) -> None:
    happen(app.database, 400)
    analytics.export(app.lake)
    happen(app.database, 90, first=400)
    with app.database.transaction() as tx:
        tx.execute(
            "insert into analytics.thinned (first_position, end_position, kept, dropped) values (1, 101, 12, 88)"
        )

    with serving(app, tmp_path) as address:
        for width in (1440, 390):
            page = chromium.new_page(viewport={"width": width, "height": 900})
            page.goto(f"{address}/sign-in")
            page.fill("[name=email]", ENGINEER)
            page.fill("[name=password]", PASSWORD)
            page.click("main button")
            page.goto(f"{address}/data/lake")
            page.screenshot(path=tmp_path / f"lake-{width}.png", full_page=True)
            assert "In the lake and in PostgreSQL" in page.inner_text("main")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert not serious(page)
            page.close()


def test_a_customers_past_that_left_postgresql_is_shown_from_the_lake(app: App) -> None:
    with app.database.transaction() as tx:
        tx.execute(
            "insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at, name) "
            "overriding system value select n, %s, %s, %s, 'Jo' from generate_series(1, 50) as n",
            [AT, AT, AT],
        )
    pieces_of(app.database, 100)
    happen(app.database, 100, name="Lamp Admired")
    happen(app.database, 30, first=100, name="Chair Sat On")
    analytics.export(app.lake)
    assert [one.dropped for one in analytics.drop_old(app.lake, AT, keep_days=1)] == [100]

    async def walk() -> None:
        lea = await Person(app).sign_in("lea@example.invalid")
        here = public_id("cus", 3)
        without = words(await lea.see(f"/customers/{here}"))
        assert "Chair Sat On" in without and "Lamp Admired" not in without
        assert "stands in the lake. Show it too" in without
        whole = words(await lea.see(f"/customers/{here}?lake=yes"))
        assert whole.count("Lamp Admired") == 2 and whole.count("Chair Sat On") == 1
        assert "Show it too" not in whole

    finished(walk())
