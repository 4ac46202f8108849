"""The area Privacy, as those who answer customers use it, and who may not."""

import asyncio
import io
import os
import re
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from regulars import access, definitions, log, privacy, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.conditions import TraitEquals
from regulars.db import Database
from regulars.jobs import Worker
from regulars.segments import SEGMENT, SegmentBody
from regulars.settings import read_settings
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving
from tests.integration.privacy.marked import identify, order

EMAIL = "ada@shop.test"
STAFF = (
    ("pia", "Pia Decides", 5, "privacy"),
    ("pat", "Pat Applies", 3, "privacy"),
    ("ana", "Ana Answers", 3, "service_agent"),
)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    build(database)
    with database.transaction() as tx:
        for who, name, level, function in STAFF:
            email = f"{who}@example.invalid"
            one = access.add_person(tx, SYSTEM, email=email, name=name, level=level, function=function, at=AT)
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    made = assemble(read_settings(workspace="main", home=tmp_path / "home"), database)
    with database.transaction() as tx:
        log.append(tx, [identify("ada", AT, name="Ada Abbott", email=EMAIL), order("ada", "o-1", AT)])
    made.catch_up(AT)
    yield made
    made.sequencer.close()


def walking(app: App, who: str, walk: Callable[[Person], Awaitable[None]]) -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in(f"{who}@example.invalid"))

    asyncio.run(run())


def work(app: App) -> None:
    Worker(app.database, app.jobs).run_waiting()


async def said(person: Person, path: str, **data: str) -> str:
    """What the page says to which a form leads."""
    answer = await person.send(path, **data)
    assert answer.status_code == 303, answer.text[-2000:]
    return await person.see(answer.headers["location"])


def customer(app: App) -> str:
    with app.database.transaction() as tx:
        return str(tx.execute("select 'cus_' || customer_id from customers.identifier").fetchone()[0])  # type: ignore[index]


def test_staff_make_a_copy_and_one_who_may_erases_the_customer(app: App) -> None:
    public = customer(app)
    here = f"/privacy/customers/{public}"

    async def answer(person: Person) -> None:
        assert f'href="{here}"' in await person.see(f"/customers/{public}")
        told = await person.see(here)
        assert "Order lines" not in told
        assert "Make a copy" in told
        assert "Erase for good" not in told
        assert "is being made" in await said(person, f"{here}/copy")
        await asyncio.to_thread(work, app)
        told = await person.see("/privacy/copies")
        found = re.search(r"/privacy/copies/cpy_\w+/file", told)
        assert found
        saved = await person.client.get(found.group(0))
        with zipfile.ZipFile(io.BytesIO(saved.content)) as archive:
            assert EMAIL in archive.read("index.html").decode()
        await person.see("/privacy/retention")
        assert "Record of processing" in await person.see("/privacy/record")
        assert "until the customer is erased" in (await person.client.get("/privacy/record?format=csv")).text

    async def ask(person: Person) -> None:
        assert "Ask for it" in await person.see(here)
        told = await said(person, f"{here}/erase", confirm=public, reason="She wrote")
        assert "Nothing is erased until it is approved" in told

    async def decide(person: Person) -> None:
        told = await person.see("/approvals")
        assert f"Erase {public} and everything" in told
        href = re.search(r"/approvals/apr_\w+", told)
        assert href
        assert "is being erased" in await said(person, f"{href.group(0)}/approve")
        await asyncio.to_thread(work, app)
        told = await person.see("/privacy")
        assert "Erased" in told
        certificate = re.search(r"/privacy/erasures/ers_\w+", told)
        assert certificate
        assert "Certificate" in await person.see(certificate.group(0))
        await person.see(here, 404)

    walking(app, "ana", answer)
    walking(app, "pat", ask)
    with app.database.transaction() as tx:
        assert privacy.erasures(tx).items[0].state == "asked"
    walking(app, "pia", decide)


def test_who_has_nothing_to_do_with_it_does_not_get_in(app: App) -> None:
    public = customer(app)

    async def stranger(person: Person) -> None:
        for path in (
            "/privacy",
            "/privacy/copies",
            "/privacy/retention",
            "/privacy/record",
            f"/privacy/customers/{public}",
        ):
            await person.see(path, 403)
        assert "/privacy/customers" not in await person.see(f"/customers/{public}")

    async def seller(person: Person) -> None:
        told = await person.see(f"/privacy/customers/{public}")
        assert "Make a copy" not in told
        assert "Only privacy may erase" in told
        token = await person.token("/privacy")
        sent = {"csrf_token": token, "confirm": public}
        assert (await person.client.post(f"/privacy/customers/{public}/copy", data=sent)).status_code == 403
        assert (await person.client.post(f"/privacy/customers/{public}/erase", data=sent)).status_code == 403

    walking(app, "sam", stranger)
    walking(app, "lea", seller)
    with app.database.transaction() as tx:
        assert privacy.erasures(tx).items == ()


def name_ada(app: App) -> None:
    """A segment and a template that are live name her."""
    only = SegmentBody(name="Only Ada", condition=TraitEquals(trait="email", value=EMAIL))
    words = f"Questions? Write to {EMAIL}. {{{{ unsubscribe_url }}}}"
    letter = templates.Template(title="A letter", subject="Hello", text=words)
    with app.database.transaction() as tx:
        for kind, key, body in ((SEGMENT, "only-ada", only), (templates.TEMPLATE, "letter", letter)):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT)
            definitions.publish(tx, SYSTEM, kind, key, at=AT)


def test_a_customers_wish_is_declined_with_a_reason_or_not_at_all(app: App) -> None:
    with app.database.transaction() as tx:
        wish = privacy.ask_erasure(tx, 1, asked_by="customer", by="the customer", at=AT)
    here = f"/privacy/erasures/{wish.public_id}"
    name_ada(app)

    async def decide(person: Person) -> None:
        shown = await person.see(here)
        assert re.search(r"segment/only-ada.{,200}will be changed", shown, re.DOTALL)
        assert re.search(r"template/letter.{,200}stays as it is", shown, re.DOTALL)
        assert "waits for a decision" in (await person.see("/privacy")).lower()
        token = await person.token("/privacy/erasures/" + wish.public_id)
        refused = await person.client.post(f"{here}/decline", data={"csrf_token": token, "reason": " "})
        assert refused.status_code == 422
        assert "Say why" in refused.text
        assert "The reason is kept" in await said(person, f"{here}/decline", reason="An invoice is open.")
        assert "Declined" in await person.see(here)

    walking(app, "pia", decide)


def test_the_pages_fit_and_axe_finds_nothing_serious(app: App, tmp_path: Path, chromium: Browser) -> None:
    public = customer(app)
    body = privacy.STARTING_RETENTION
    with app.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, privacy.RETENTION, privacy.RETENTION_KEY, body, at=AT, etag=None)
        definitions.publish(tx, SYSTEM, privacy.RETENTION, privacy.RETENTION_KEY, at=AT)
        wish = privacy.ask_erasure(tx, 1, asked_by="customer", by="the customer", at=AT)
        privacy.ask_copy(tx, 1, asked_by="customer", by="the customer", at=AT)
    name_ada(app)
    paths = ("/privacy", "/privacy/copies", "/privacy/retention", "/privacy/record")
    with serving(app, tmp_path / "home") as url:
        page = chromium.new_context(base_url=url).new_page()
        page.goto("/sign-in")
        page.fill("input[name=email]", "pia@example.invalid")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/")
        for path in (*paths, f"/privacy/erasures/{wish.public_id}", f"/privacy/customers/{public}"):
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(path)
                page.wait_for_load_state("networkidle")
                if folder := os.environ.get("PICTURES"):
                    name = path.strip("/").replace("/", "-")
                    page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
                assert page.locator("h1").count() == 1
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert serious(page) == [], path
        page.context.close()
