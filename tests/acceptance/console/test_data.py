"""The area Data in a real browser: connect, watch, mend, plan; and who may see what."""

import asyncio
import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from regulars import access, definitions, events, log
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database, drop_database
from regulars.kernel import public_id
from regulars.log import LogLoop, NewEvent, NewReject
from tests.acceptance.console import office
from tests.acceptance.console.seeing import looks_right
from tests.conftest import TestServer

MORE = (("Eve Engineer", 6, "engineering"), ("Pia Privacy", 5, "privacy"), ("Ned Newcomer", 3, "engineering"))
GOOD = {"type": "track", "event": "Tea Ordered", "userId": "ada@example.com", "properties": {"total": 12.5}}


@pytest.fixture(scope="module")
def app(server: TestServer) -> Iterator[App]:
    dsn = server.clone()
    with Database(dsn) as database:
        made = office.build(database)
        with database.transaction() as tx:
            log.let_run(tx)
            for name, level, function in MORE:
                email = f"{name[:3].lower()}@example.invalid"
                one = access.add_person(
                    tx, SYSTEM, email=email, name=name, level=level, function=function, at=office.AT
                )
                access.give_password(tx, SYSTEM, one.person_id, office.PASSWORD, at=office.AT)
        with looping(made):
            yield made
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@contextmanager
def looping(app: App) -> Iterator[None]:
    """What the worker does with the log."""
    loop = LogLoop(app.database, app.sequencer, app.runners, now=app.wall.now)
    loop.start()
    try:
        yield
    finally:
        assert loop.stop()


@pytest.fixture(scope="module")
def url(app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with office.serving(app, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[object]:
    """Opens the console as somebody; what the browser complains about fails the test."""
    complaints: list[str] = []
    opened = []

    def signed_in(who: str = "eve") -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/sign-in")
        page.fill("#f-email", f"{who}@example.invalid")
        page.fill("#f-password", office.PASSWORD)
        page.click("button")
        page.wait_for_url("**/")
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield signed_in
    for context in opened:
        context.close()
    assert [one for one in complaints if "422" not in one and "403" not in one] == []


def refuse(app: App, *messages: object, source: str = "shop") -> list[str]:
    with app.database.transaction() as tx:
        log.refuse(
            tx,
            [
                NewReject(
                    source=source,
                    stage="intake",
                    code="events.no_name",
                    reason="The event's name is missing; give it as a text.",
                    path="event",
                    payload=one if isinstance(one, str) else json.dumps(one),
                )
                for one in messages
            ],
        )
        found = log.rejects(tx, log.RejectFilter(source=source), limit=len(messages))
    return [access_id(one.reject_id) for one in reversed(found)]


def access_id(number: int) -> str:
    return public_id("rej", number)


def arrive(app: App, *properties: dict[str, object], name: str, source: str = "shop") -> None:
    with app.database.transaction() as tx:
        log.append(
            tx,
            [
                NewEvent(
                    message_id=f"{name}-{n}",
                    name=name,
                    occurred_at=app.wall.now(),
                    properties=one,
                    user_id=f"visitor-{n}@example.com",
                    source=source,
                )
                for n, one in enumerate(properties)
            ],
        )
    settle(app)


def settle(app: App) -> None:
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        with app.database.transaction() as tx:
            if log.is_settled(tx):
                return
        time.sleep(0.05)
    pytest.fail("The readers did not catch up.")


def logged(app: App, name: str) -> list[tuple[object, ...]]:
    settle(app)
    with app.database.transaction() as tx:
        return tx.execute(
            "select user_id, properties, source from log.event where name = %s order by position", (name,)
        ).fetchall()


def test_a_source_is_connected_in_one_step_and_its_first_event_is_seen_within_two_seconds(app, visit) -> None:
    page = visit()
    page.goto("/data/connect")
    page.fill("#f-title", "Web shop")
    page.click("text=Connect it")
    expect(page.locator("#first")).to_contain_text("Waiting for the first event")
    curl = page.locator("#snippet-curl").inner_text()

    answered = subprocess.run(
        [*shlex.split(curl.replace("\\\n", " ")), "-sS", "-f"], check=False, capture_output=True, timeout=20
    )
    began = time.monotonic()
    assert answered.returncode == 0, answered.stderr
    expect(page.locator("#first")).to_contain_text("Hello Regulars", timeout=2_000)

    assert time.monotonic() - began < 2
    assert logged(app, "Hello Regulars") == [("customer-1", {"from": "curl"}, "web-shop")]
    page.goto("/data/sources/web-shop")
    assert "rk_" in page.content()
    secret = re.search(r"rk_\w+_\w{20,}", curl)
    assert secret and secret[0] not in page.content()


def test_a_name_that_is_taken_or_empty_is_said_at_the_field(visit) -> None:
    page = visit()
    for title, said in (("Taken", "Connected"), ("Taken", "already"), ("???", "a letter from a to z")):
        page.goto("/data/connect")
        page.fill("#f-title", title)
        page.click("text=Connect it")
        expect(page.locator("main")).to_contain_text(said)


def test_what_arrives_and_what_is_refused_appears_by_itself_and_can_be_paused(app, visit) -> None:
    page = visit()
    page.goto("/data/live?source=live")
    expect(page.locator("#arriving")).to_contain_text("Nothing arrived yet")

    arrive(app, {"email": "jane.doe@example.com", "total": 3}, name="Seen Live", source="live")
    expect(page.locator("#arriving")).to_contain_text("Seen Live", timeout=2_000)
    refuse(app, {"type": "track"}, source="live")
    expect(page.locator("#arriving")).to_contain_text("name is missing", timeout=2_000)
    arrive(app, {}, name="Not Of It", source="other-live")

    page.click("text=Seen Live")
    expect(page.locator("#drawer")).to_contain_text('"total": 3')
    assert "jane" not in page.locator("#drawer").inner_text()
    assert "visitor" not in page.content()
    page.keyboard.press("Escape")
    page.click("text=Pause")
    arrive(app, {}, name="After The Pause", source="live")
    page.wait_for_timeout(2_000)
    assert "Not Of It" not in page.content()
    assert "After The Pause" not in page.content()


def test_a_reject_is_mended_with_its_place_marked_and_masked_contacts_as_they_came(app, visit) -> None:
    broken = {"type": "track", "event": 3, "userId": "ada@example.com", "messageId": "mend-1"}
    [number] = refuse(
        app, broken | {"properties": {"email": "ada@example.com", "price": 12.50}}, source="mend"
    )
    page = visit()
    page.goto(f"/data/rejects/{number}")
    expect(page.locator(".payload mark")).to_have_text('"event": 3,')
    assert "ada@" not in page.content()

    text = page.locator("#f-text")
    text.fill(text.input_value().replace('"event": 3', '"event": ""'))
    page.get_by_role("button", name="Send it on").click()
    expect(page.locator(".wrong-list")).to_contain_text("Still refused at event")
    text.fill(text.input_value().replace('"event": ""', '"event": "Mended Here"'))
    page.get_by_role("button", name="Send it on").click()
    expect(page.locator("#said")).to_contain_text("in the log")

    assert logged(app, "Mended Here") == [
        ("ada@example.com", {"email": "ada@example.com", "price": 12.5}, "mend")
    ]
    page.goto(f"/data/rejects/{number}")
    expect(page.locator("main")).to_contain_text("Mended")
    assert page.locator("#f-text").count() == 0


def test_rejects_of_a_reason_are_replayed_together_after_the_cause_is_mended(app, visit) -> None:
    refuse(app, *(GOOD | {"messageId": f"all-{n}"} for n in range(40)), source="bulk")
    refuse(app, {"type": "track", "userId": "u1"}, source="bulk")
    page = visit()
    page.goto("/data/rejects?source=bulk")
    page.click("text=Replay all")

    expect(page.locator("#said")).to_contain_text("40 rejects went into the log")
    expect(page.locator("#said")).to_contain_text("1 reject")
    assert len([one for one in logged(app, "Tea Ordered") if one[2] == "bulk"]) == 40


def test_many_rejects_are_a_job(app, visit) -> None:
    refuse(app, *(GOOD | {"messageId": f"job-{n}"} for n in range(201)), source="job")
    page = visit()
    page.goto("/data/rejects?source=job")
    page.click("text=Replay all")
    page.wait_for_url("**/jobs/job_*")
    expect(page.locator("h1")).to_contain_text("Replay rejects")


def test_rejects_are_dismissed_and_saved_as_json_lines(app, visit) -> None:
    first, _ = refuse(app, GOOD | {"messageId": "d1"}, "no <b>json</b> of ada@example.com", source="save")
    page = visit()
    page.goto(f"/data/rejects/{first}")
    page.click("text=Dismiss")
    expect(page.locator("#said")).to_contain_text("Dismissed")

    saved = page.request.get("/data/rejects/export.jsonl?state=all&source=save").text().splitlines()
    told = [json.loads(line) for line in saved]
    assert [one["state"] for one in told] == ["open", "dismissed"]
    assert "ada@" not in "".join(saved)
    assert "<b>json</b>" in told[0]["payload"]


def test_what_arrives_becomes_a_plan_with_the_types_that_were_seen(app, visit) -> None:
    arrive(
        app,
        {"order_id": "a", "total": 12.5, "n": 3, "at": "2026-03-01T12:00:00Z", "email": "j@example.com"},
        {"order_id": 7, "total": 3},
        name="Basket Filled",
    )
    page = visit()
    page.goto("/data/plan?q=basket")
    page.click("text=Basket Filled")
    expect(page.locator("main")).to_contain_text("It comes as number 1 times, text 1 times")
    assert "j@example.com" not in page.content()
    page.click("text=Add to the plan")
    page.wait_for_url("**/definitions/tracked-event/basket-filled/edit")

    with app.database.transaction() as tx:
        drafted = definitions.draft(tx, events.TRACKED_EVENT, "basket-filled")
    assert drafted is not None
    types = {name: one.type for name, one in drafted.body.properties.items()}
    assert types["total"] == "money"
    assert (types["n"], types["at"], types["email"]) == ("integer", "time", "text")


@pytest.mark.parametrize("path", ["/data", "/data/live", "/data/rejects", "/data/plan", "/data/live/stream"])
def test_who_may_not_look_at_sources_sees_no_area_and_no_page(visit, path) -> None:
    page = visit("cas")
    assert page.locator("nav.areas >> text=Data").count() == 0
    assert page.request.get(path).status == 403


def test_who_may_look_but_not_mend_is_told_why(app, visit) -> None:
    [number] = refuse(app, GOOD | {"userId": "grace@example.com"}, source="look")
    page = visit("pia")
    page.goto(f"/data/rejects/{number}")
    assert "grace@example.com" in page.content()
    assert page.get_by_role("button", name="Send it on").count() == 0
    expect(page.locator("main")).to_contain_text("may mend and replay what was rejected")
    page.goto("/data")
    assert page.locator("text=Connect a source").count() == 0


def test_html_and_sql_in_every_field_stay_text(app, visit) -> None:
    evil = "<script>document.title='evil'</script>'; drop table log.reject; --"
    arrive(app, {evil: evil}, name=evil[:190], source=evil[:60])
    [number] = refuse(app, {"type": evil, "event": evil, evil: [evil]}, source=evil[:60])
    page = visit()
    for path in (
        "/data",
        "/data/live",
        "/data/plan",
        f"/data/rejects/{number}",
        "/data/rejects",
        "/data/events/evt_1",
    ):
        page.goto(path)
        assert page.title() != "evil"
    page.goto("/data/plan")
    page.click("text=document.title >> nth=0")
    expect(page.locator("h1")).to_contain_text("document.title")


def test_what_no_page_could_show_is_shown(app, visit) -> None:
    deep = "[" * 5_000 + "]" * 5_000
    numbers = refuse(app, deep, "x" * 900_000, '{"a": "\\ud800 \\u0000", "n": 1e400}', "", "3", source="odd")
    page = visit()
    for number in numbers:
        page.goto(f"/data/rejects/{number}")
        expect(page.locator("h1")).to_contain_text("Refused")
    page.goto("/data/rejects?source=odd")
    page.click("text=Replay all")
    expect(page.locator("#said")).to_contain_text("were refused again")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit_and_read_well(app, visit, theme: str, width: int) -> None:
    [number] = refuse(app, GOOD | {"event": ""}, source=f"fit-{theme}-{width}")
    arrive(app, {"total": 12.5, "email": "j@example.com"}, {"total": "3"}, name=f"Fit {theme} {width}")
    page = visit()
    for path in ("/data", "/data/connect", "/data/rejects", f"/data/rejects/{number}", "/data/plan",
                 f"/data/plan/event?name=Fit%20{theme}%20{width}", "/data/live?pause=yes", "/data/events/evt_1"):  # fmt: skip
        looks_right(page, path, width, theme)


def test_an_empty_workspace_leads_to_connecting(database: Database, tmp_path: Path) -> None:
    made = office.build(database)

    async def walk() -> None:
        person = await office.Person(made).sign_in("ada@example.invalid")
        assert "Nothing comes in yet" in await person.see("/data")
        assert "Everything could be used" in await person.see("/data/rejects")
        assert "Nothing is planned and nothing arrived" in await person.see("/data/plan")

    with ThreadPoolExecutor(1) as pool:  # The browser's own loop runs in this thread.
        pool.submit(asyncio.run, walk()).result()
    made.sequencer.close()
