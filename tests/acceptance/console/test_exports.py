"""The pages of exports, as people use them: asking from a list, approving, fetching, and by the clock."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from regulars import exports, log
from regulars.app import App, assemble
from regulars.db import Database
from regulars.jobs import Worker
from regulars.settings import read_settings
from tests.acceptance.console.office import AT, Person, build


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    build(database)
    made = assemble(read_settings(workspace="pages", home=tmp_path / "home"), database)
    person = {"name": "Anna Abel", "email": "anna@shop.example"}
    order = {"order_id": "A-1", "currency": "EUR", "total": 12.5, "products": []}
    with database.transaction() as tx:
        log.append(
            tx,
            [
                log.NewEvent(
                    message_id="i", type="identify", name="identify", occurred_at=AT, user_id="u1",
                    properties=person, source="shop",
                ),
                log.NewEvent(
                    message_id="o", name="Order Completed", occurred_at=AT, user_id="u1", properties=order,
                    source="shop",
                ),
            ],
        )  # fmt: skip
    made.catch_up(AT)
    yield made
    made.sequencer.close()


def walking(app: App, *walks: Callable[..., Awaitable[None]], who: tuple[str, ...] = ("lea", "max")) -> None:
    async def run() -> None:
        people = [await Person(app).sign_in(f"{one}@example.invalid") for one in who]
        for walk in walks:
            await walk(*people)

    asyncio.run(run())


async def work(app: App) -> None:
    await asyncio.to_thread(Worker(app.database, app.jobs).run_waiting)


def last(app: App) -> exports.Run:
    with app.database.transaction() as tx:
        return exports.runs(tx, limit=1).items[0]


def words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_a_list_is_asked_for_from_its_page_written_and_fetched(app: App) -> None:
    async def walk(lea: Person, max_: Person) -> None:
        assert "Nothing was exported yet" in await lea.see("/data/exports")
        href = re.search(
            r'href="(/data/exports/new\?listing=orders[^"]*)"', await lea.see("/data/orders?status=open")
        )
        assert href
        form = await lea.see(unescape(href[1]))
        assert 'value="open" selected' in form and 'value="order_key" checked' in form
        asked = await lea.send(
            "/data/exports", listing="orders", format="csv", status="open", column="order_key"
        )
        assert asked.status_code == 303
        assert "Waits for a worker" in await lea.see(asked.headers["location"])
        await work(app)
        page = words(await lea.see(asked.headers["location"]))
        assert "Done" in page and "Download" in page and "status open" in page
        file = await lea.client.get(f"/data/exports/{last(app).id}/file")
        assert file.content == b"order_key\r\nA-1\r\n" and "orders-" in file.headers["content-disposition"]
        listed = words(await lea.see("/data/exports"))
        assert "Orders" in listed and "by Lea Leads" in listed
        assert (await max_.client.get(f"/data/exports/{last(app).id}/file")).status_code == 403
        wrong = await lea.send("/data/exports", listing="orders", format="csv", since="soon")
        assert wrong.status_code == 422 and "Write a day as" in wrong.text
        assert "Who may be" not in await lea.see("/data/exports/new")
        assert (await lea.client.get("/data/exports/new?listing=shoes")).status_code == 404

    walking(app, walk)


def test_above_ones_level_somebody_else_says_yes_and_then_it_is_written(app: App) -> None:
    async def walk(lea: Person, max_: Person) -> None:
        assert "You can ask for it" in words(await max_.see("/data/exports/new?listing=customers"))
        asked = await max_.send("/data/exports", listing="customers", format="parquet")
        assert "Waits for approval" in await max_.see(asked.headers["location"])
        request = re.search(r"/approvals/apr_\w+", await max_.see(asked.headers["location"]))
        assert request
        box = words(await lea.see(request[0]))
        assert "Export customers" in box and "Contact details masked" in box
        assert (await lea.send(f"{request[0]}/approve")).status_code == 303
        await work(app)
        page = words(await max_.see(asked.headers["location"]))
        assert (
            "Done" in page
            and (await max_.client.get(f"/data/exports/{last(app).id}/file")).status_code == 200
        )

    walking(app, walk)


def test_a_scheduled_one_is_made_tried_run_and_mended(app: App, tmp_path: Path) -> None:
    async def walk(lea: Person, max_: Person) -> None:
        plan = {
            "title": "For the warehouse", "listing": "orders", "place": "night", "every": "daily at 02:30",
            "format": "csv", "name": "orders-{run}", "only_new": "on", "filter": "status=open",
        }  # fmt: skip
        wrong = await lea.send("/data/exports/scheduled", **(plan | {"every": "sometimes"}))
        assert (
            wrong.status_code == 422
            and "weekly on monday" in wrong.text
            and "For the warehouse" in wrong.text
        )
        made = await lea.send("/data/exports/scheduled", **plan)
        here = made.headers["location"]
        assert here == "/data/exports/scheduled/for-the-warehouse"
        assert "It has not run yet" in await lea.see(here)
        assert (await lea.send(f"{here}/try")).status_code == 303
        assert (await lea.send(f"{here}/run")).status_code == 303
        await work(app)
        assert "Done" in await lea.see(here) and "For the warehouse" in await lea.see("/data/exports")
        folder = app.settings.exports_root
        assert next(path.read_bytes() for path in (folder / "night").iterdir()).count(b"\r\n") == 2

        folder.rename(tmp_path / "away")
        folder.write_text("in the way")
        await lea.send(f"{here}/run")
        await work(app)
        assert "Tried again later" in await lea.see(here)
        assert "The file of “For the warehouse” did not arrive" in words(await lea.see("/"))
        failed = await lea.send(f"{here}/try")
        assert failed.status_code == 422
        folder.unlink()
        (tmp_path / "away").rename(folder)
        assert (await lea.send(f"/data/exports/{last(app).id}/again")).status_code == 303
        await work(app)
        assert last(app).state == "done"
        assert (await max_.send(f"{here}/run")).status_code == 403
        waits = await max_.send("/data/exports/scheduled", **(plan | {"title": "Mine"}))
        assert "waits for approval" in words(await max_.see(waits.headers["location"]))

    walking(app, walk)
