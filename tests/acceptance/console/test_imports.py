"""Importing in the browser: upload, columns, dry run, run, bad rows mended; at both widths, also in bad cases."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from regulars import jobs
from regulars.app import App
from regulars.db import Database, drop_database
from regulars.settings import Settings
from tests.acceptance.console import corner_shop
from tests.acceptance.console.conftest import serving
from tests.acceptance.console.looking import client_of
from tests.acceptance.console.seeing import looks_right
from tests.conftest import TestServer

ORDERS = (
    "Bestellnummer;E-Mail;Bestelldatum;Artikel;Menge;Preis;Farbe\n"
    "B1;ann@example.com;01.02.2025 10:00;cake;2;1,50;rot\n"
    "B1;ann@example.com;01.02.2025 10:00;pie;1;2,00;rot\n"
    "B2;bob@example.com;02.02.2025 11:30;cake;x;1,50;blau\n"
)


@dataclass(frozen=True, kw_only=True)
class Site:
    app: App
    url: str

    def work(self) -> None:
        """What the worker process does."""
        with ThreadPoolExecutor(1) as pool:  # The browser's loop runs in this thread.
            pool.submit(jobs.Worker(self.app.database, self.app.jobs).run_waiting).result()
        with self.app.database.transaction() as tx:
            at = self.app.now(tx)
        self.app.catch_up(at)


@pytest.fixture(scope="module")
def site(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    dsn, home = server.clone(), tmp_path_factory.mktemp("home")
    before = os.environ.get("REGULARS_HOME")
    os.environ["REGULARS_HOME"] = str(home)
    try:
        with Database(dsn) as database:
            corner_shop.build(database)
            app = App(settings=Settings(home=home), database=database, zone="UTC")
            with serving(dsn) as url:
                yield Site(app=app, url=url)
            app.sequencer.close()
    finally:
        os.environ.pop("REGULARS_HOME") if before is None else os.environ.update(REGULARS_HOME=before)
        drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/sign-in")
    page.fill("#f-email", "lea@example.invalid")
    page.fill("#f-password", corner_shop.PASSWORD)
    page.click("button")
    page.wait_for_url("**/")
    yield page
    context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("REGULARS_TEST_PICTURES")
    if not folder:
        return
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_orders_are_uploaded_mapped_checked_run_and_their_bad_row_mended(site: Site, tab: Page) -> None:
    tab.goto("/data/imports/new")
    shot(tab, "1-new")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bestellungen.csv"
        file.write_text(ORDERS, encoding="cp1252")
        tab.set_input_files("#f-file", file)
        tab.click("text=Upload and look at it")
        tab.wait_for_url("**/mapping")
    assert tab.locator("#f-kind").input_value() == "orders"
    shot(tab, "2-mapping")
    tab.fill("#f-always-currency", "EUR")
    tab.select_option("#f-field-6", "own")
    tab.click("text=Save and check")
    tab.wait_for_url(lambda url: not url.endswith("/mapping"))
    here = tab.url
    shot(tab, "3-checking")
    site.work()
    tab.wait_for_selector("text=Import 2 rows")
    assert "€5.00" in tab.inner_text("#moving") or "5.00" in tab.inner_text("#moving")
    shot(tab, "4-checked")
    tab.click("text=Import 2 rows")
    tab.wait_for_selector("text=Stop it")
    shot(tab, "5-running")
    site.work()
    tab.wait_for_selector("text=All rows that can be used are in")
    shot(tab, "6-done")
    looks_right(tab, here, 390, "light")
    tab.click("text=Look at them and mend them")
    tab.wait_for_selector("text=It is no number.")
    shot(tab, "7-bad-rows")
    tab.click("text=Mend")
    tab.wait_for_selector("#f-cell-4")
    shot(tab, "8-bad-row")
    tab.fill("#f-cell-4", "3")
    tab.click("button:has-text('Take it in')")
    tab.wait_for_selector("text=Row 4 is taken in.")
    site.work()

    with site.app.database.transaction() as tx:
        found = tx.execute(
            "select order_key, total_minor, history from orders.fact_order where order_key like 'B%' order by 1"
        ).fetchall()
    assert found == [("B1", 500, True), ("B2", 450, True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_imports_fit_and_axe_finds_nothing(
    site: Site, tab: Page, width: int, theme: str
) -> None:
    with client_of(site.url, "lea") as client:
        here = upload(client, "people.csv", "Customer ID,Email,Colour\n1,a@example.com,red\n2,x,blue\n")
    for path in ("/data/imports", "/data/imports/new", here):
        looks_right(tab, path, width, theme)


def upload(client: httpx.Client, name: str, text: str | bytes) -> str:
    token = client.get("/data/imports/new").text.split('name="csrf_token" value="')[1].split('"')[0]
    content = text.encode() if isinstance(text, str) else text
    sent = client.post("/data/imports", data={"csrf_token": token}, files={"file": (name, content)})
    return sent.headers["location"] if sent.status_code == 303 else sent.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "is a picture"),
        ("orders.csv", b"PK\x03\x04 no zip", "cut off, locked or damaged"),
        ("x.csv", b"<!doctype html><p>Sign in</p>", "web page"),
        ("<script>alert(1)</script>.csv", b"a,b\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_its_field(
    site: Site, name: str, content: bytes, said: str
) -> None:
    with client_of(site.url, "lea") as client:
        answer = upload(client, name, content)

    assert said in answer and "<script>alert" not in answer


def test_who_may_not_import_is_told_so(site: Site) -> None:
    with client_of(site.url, "sam") as client:
        assert client.get("/data/imports").status_code == 403


def test_headers_and_cells_are_shown_and_never_run(site: Site) -> None:
    with client_of(site.url, "lea") as client:
        here = upload(
            client, "a.csv", 'Customer ID,"<img src=x onerror=alert(1)>"\n1,"<script>alert(2)</script>"\n'
        )
        text = client.get(here).text

    assert "<img src=x" not in text and "<script>alert(2)" not in text
