"""Data in, walked as an integration engineer would: a new workspace, its first event, a shop, history, a nightly file."""

import base64
import contextlib
import csv
import hashlib
import hmac
import itertools
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from segment.analytics.client import Client

from regulars import connections
from regulars.db import workspace_dsn
from regulars.db.launcher import start
from tests.acceptance.cli.command import Here, here, until

pytestmark = pytest.mark.last
SECRET = "shop-secret"
ORDERS = 100_000
FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)


class Workspace:
    """A workspace being served, and the browser of the person who set it up."""

    def __init__(self, place: Here, page: Page) -> None:
        self.place = place
        self.page = page
        self.api_key = ""
        self.write_key = ""
        self._running = contextlib.ExitStack()
        self._process: subprocess.Popen[str] | None = None

    def open(self) -> str:
        """Start the server; gives what it printed."""
        self._process = self._running.enter_context(self.place.started("serve"))
        assert self._process.stderr is not None
        told = "".join(itertools.takewhile(lambda line: "Ctrl-C" not in line, self._process.stderr))
        assert "Regulars serves" in told, told
        self.place.wait_until_ready()
        return told

    def close(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(timeout=30)
        self._running.close()

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        ended = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if (
                    process.environ().get("REGULARS_HOME") == str(self.place.home)
                    and process.pid != os.getpid()
                ):
                    process.kill()
                    ended.append(process)
        assert self._process is not None
        self._process.wait(timeout=30)
        self._process = None
        # A killed server whose parent has not buried it yet still counts as running for the next one.
        psutil.wait_procs(ended, timeout=30)
        until(lambda: not self.place.left(), 30)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.place.url + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def ask(self, path: str, **parameters: Any) -> Any:
        answer = httpx.get(
            f"{self.place.url}/api/v1{path}",
            params=parameters,
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Workspace]:
    place = here(tmp_path_factory.mktemp("data-in"), REGULARS_WORKSPACE="test")
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    found = Workspace(place, page)
    link = re.search(r"http://\S+/set-up\?code=\S+", found.open())
    assert link
    page.goto(link[0])
    page.fill("input[name=name]", "Ada First")
    page.fill("input[name=email]", "ada@example.invalid")
    page.fill("input[name=password]", "four plain words here")
    page.check("input[name=solo]")
    page.click("button")
    page.wait_for_url("**/")
    yield found
    page.close()
    found.close()


def api_key(workspace: Workspace) -> str:
    workspace.go("/keys/new")
    page = workspace.page
    page.fill("input[name=name]", "Script")
    page.select_option("select[name=kind]", "api")
    page.select_option("select[name=level]", "6")
    page.select_option("select[name=function]", "marketing")
    page.click("main button[type=submit], main .btn-main")
    found = re.search(r"rk_\w+", page.inner_text("main"))
    assert found
    return found[0]


def test_1_the_shown_curl_is_seen_live_within_two_seconds(workspace: Workspace) -> None:
    page = workspace.page
    workspace.go("/data")
    page.click("text=Connect a source")
    page.fill("input[name=title]", "Web shop")
    page.click("main form .btn-main")
    expect(page.locator("text=Waiting for the first event")).to_be_visible()
    workspace.write_key = page.inner_text("#the-key").strip()
    curl = page.inner_text("#snippet-curl")
    page.wait_for_timeout(500)
    done = subprocess.run(["bash", "-c", curl + " -sS"], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == {"success": True}, done.stderr
    expect(page.locator("text=Arrived")).to_be_visible(timeout=2_000)
    workspace.api_key = api_key(workspace)


def test_2_the_unchanged_python_client_fills_profiles(workspace: Workspace) -> None:
    client = Client(workspace.write_key, host=workspace.place.url)
    client.identify(
        "ada", {"email": "ada@example.com", "name": "Ada Lovelace", "address": {"city": "London"}}
    )
    client.track("ada", "Product Viewed", {"product_id": "p-1", "name": "Engine", "price": 12.5})
    client.shutdown()
    until(lambda: workspace.ask("/customers", user_id="ada")["items"])
    (found,) = workspace.ask("/customers", user_id="ada")["items"]
    assert found["name"] == "Ada Lovelace"


def shopify_order(number: int = 5_001) -> bytes:
    sample = next(s for s in connections.samples() if s.shape == "shopify" and s.topic == "orders/create")
    payload = json.loads(sample.text)
    payload["id"] = number
    payload["customer"]["id"] = 42
    return json.dumps(payload).encode()


def deliver(workspace: Workspace, body: bytes, delivery: str, topic: str = "orders/create") -> httpx.Response:
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": delivery,
        "X-Shopify-Hmac-Sha256": signature,
    }
    return httpx.post(f"{workspace.place.url}/v1/webhooks/north-shop", content=body, headers=headers)


def test_3_one_order_however_many_systems_report_it(workspace: Workspace) -> None:
    page = workspace.page
    workspace.go("/data/connections/new")
    page.select_option("select[name=shape]", "shopify")
    page.fill("input[name=title]", "North shop")
    page.fill("input[name=secret]", SECRET)
    page.click("main form .btn-main")
    expect(page.locator("#address")).to_contain_text("/v1/webhooks/north-shop")

    for delivery in ("d-1", "d-1", "d-2"):  # Sent again, and once more under another id.
        assert deliver(workspace, shopify_order(), delivery).status_code == 200
    order = json.loads(shopify_order())
    seen = {
        "messageId": "from-the-browser",
        "anonymousId": "visitor-1",
        "event": "Order Completed",
        "properties": {
            "order_id": str(order["id"]),
            "currency": order["currency"],
            "total": float(order["total_price"]),
        },
    }
    sent = httpx.post(f"{workspace.place.url}/v1/track", json=seen, auth=(workspace.write_key, ""))
    assert sent.status_code == 200
    wrong = httpx.post(
        f"{workspace.place.url}/v1/webhooks/north-shop",
        content=shopify_order(5_002),
        headers={"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": "x"},
    )
    assert wrong.status_code == 401

    def sightings() -> int:
        found = workspace.ask("/orders")["items"]
        return len(found) and len(workspace.ask(f"/orders/{found[0]['id']}")["reported_by"])

    until(lambda: sightings() >= 2)
    (one,) = workspace.ask("/orders")["items"]
    assert one["order_key"] == "5001"
    assert len(workspace.ask(f"/orders/{one['id']}")["lines"]) == len(order["line_items"])


def test_4_what_is_broken_is_kept_with_its_place_mended_and_replayed(workspace: Workspace) -> None:
    page = workspace.page
    broken = json.loads(shopify_order(5_003))
    broken["total_price"] = "a lot"
    assert deliver(workspace, json.dumps(broken).encode(), "d-3").status_code == 200
    bad = {"type": "track", "userId": "ada", "event": "", "messageId": "nameless", "properties": {}}
    good = {"type": "track", "userId": "ada", "event": "Signed Up", "messageId": "named"}
    body = {"batch": [bad, good]}
    sent = httpx.post(f"{workspace.place.url}/v1/batch", json=body, auth=(workspace.write_key, ""))
    assert sent.json() == {"success": True}
    until(lambda: len(workspace.ask("/rejects", state="open")["items"]) == 2)

    workspace.go("/data/rejects")
    expect(page.locator("main")).to_contain_text("event")
    by_source = {one["source"]: one for one in workspace.ask("/rejects", state="open")["items"]}
    for source, old, new in (
        ("web-shop", '"event": ""', '"event": "Mended"'),
        ("north-shop", "a lot", "19.90"),
    ):
        reject = by_source[source]
        assert reject["path"]
        workspace.go(f"/data/rejects/{reject['id']}")
        page.fill("textarea[name=text]", page.input_value("textarea[name=text]").replace(old, new))
        page.get_by_role("button", name="Send it on").click()
    until(lambda: not workspace.ask("/rejects", state="open")["items"])
    until(lambda: any(one["order_key"] == "5003" for one in workspace.ask("/orders")["items"]))
    names = [one["name"] for one in workspace.ask(f"/customers/{who(workspace)}/timeline")["items"]]
    assert names.count("Mended") == 1
    assert names.count("Signed Up") == 1


def who(workspace: Workspace, user_id: str = "ada") -> str:
    (found,) = workspace.ask("/customers", user_id=user_id)["items"]
    return str(found["id"])


def past_orders(file: Path) -> None:
    """So many orders of the years before, three a customer, some with a comma in the amount's thousands."""
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ["Order ID", "Order Date", "Customer ID", "Product ID", "Quantity", "Line Total", "Currency"]
        )
        for n in range(ORDERS):
            at = FIRST + timedelta(minutes=7 * n)
            writer.writerow(
                [
                    f"old-{n}",
                    at.isoformat(),
                    f"c-{n % 33_333}",
                    f"p-{n % 50}",
                    n % 5 + 1,
                    f"{n % 900 + 1}.{n % 100:02}",
                    "USD",
                ]
            )


def test_5_a_hundred_thousand_past_orders_once_through_a_kill_and_nothing_fired(
    workspace: Workspace, tmp_path: Path
) -> None:
    page = workspace.page
    publish_a_programme(workspace, tmp_path)
    past_orders(tmp_path / "orders.csv")
    workspace.go("/data/imports")
    page.click("text=Import a file")
    page.set_input_files("input[type=file]", str(tmp_path / "orders.csv"))
    workspace.press("Upload and look at it")
    expect(page.locator("#f-kind")).to_have_value("orders")
    page.get_by_role("button", name=re.compile("Save and check")).click()
    run = page.get_by_role("button", name=re.compile("Import 100,000 rows"))
    expect(run).to_be_visible(timeout=60_000)
    here_it_is = page.url
    run.click()
    until(lambda: taken(workspace) > ORDERS // 10, 60)
    workspace.kill()
    workspace.open()
    assert taken(workspace) < ORDERS
    until(lambda: taken(workspace) == ORDERS, 180)
    page.goto(here_it_is)
    expect(page.locator("main")).to_contain_text("Everything is in", timeout=60_000)
    until(lambda: settled(workspace), 180)
    kinds = {(kind, history) for kind, history in logged(workspace, ORDERED)}
    assert kinds == {("Order Completed", True)}
    (booked,) = logged(workspace, "select count(*), sum(total_minor) from orders.fact_order where history")
    expected = sum((n % 900 + 1) * 100 + n % 100 for n in range(ORDERS))
    assert booked == (ORDERS, expected)
    assert logged(workspace, "select count(*) from messaging.send") == [(0,)]
    assert logged(workspace, "select count(*) from loyalty.transfer") == [(0,)]


ORDERED = "select distinct name, history from log.fact_event where message_id like '%old-%'"


def publish_a_programme(workspace: Workspace, tmp_path: Path) -> None:
    """What would award points, if history were news."""
    page = workspace.page
    workspace.go("/definitions/new?kind=programme&start=club")
    workspace.press("Save the draft")
    workspace.press("Publish")
    page.wait_for_load_state()


def taken(workspace: Workspace) -> int:
    return int(logged(workspace, "select count(*) from log.seen where message_id like '%old-%'")[0][0])


def settled(workspace: Workspace) -> bool:
    readers = workspace.ask("/readers")
    return all(one["lag_events"] == 0 for one in readers["items"]) and taken(workspace) == ORDERS


def logged(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the workspace's database, reached as the product's own processes reach it."""
    with start(workspace.place.home) as server:
        dsn = workspace_dsn(server.dsn("regulars"), "test")
        with psycopg.connect(dsn) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]


def test_6_the_reconciliation_equals_the_file(workspace: Workspace, tmp_path: Path) -> None:
    page = workspace.page
    past_orders(tmp_path / "orders.csv")
    with (tmp_path / "orders.csv").open() as told, (tmp_path / "shop.csv").open("w") as out:
        out.write("order_id,date,total\n")
        for row in csv.DictReader(told):
            out.write(f"{row['Order ID']},{row['Order Date']},{row['Line Total']}\n")
    workspace.go("/data/reconciliation")
    page.click("text=Compare figures")
    page.set_input_files("input[type=file]", str(tmp_path / "shop.csv"))
    page.fill("input[name=currency]", "USD")
    page.get_by_role("button", name="Compare them").click()
    expect(page.locator("main")).to_contain_text("All days agree", timeout=60_000)


def test_7_a_nightly_file_is_picked_up_once(workspace: Workspace) -> None:
    page = workspace.page
    nightly = workspace.place.home / "drop" / "nightly"
    nightly.mkdir(parents=True, exist_ok=True)
    workspace.go("/data/drops/new")
    page.fill("input[name=title]", "Nightly tills")
    page.fill("input[name=place]", "nightly")
    page.fill("input[name=pattern]", "till-*.csv")
    page.select_option("select[name=what]", "orders")
    page.fill("input[name=every]", "every 15 minutes")
    workspace.press("Make the file drop")
    till = "order_id,order_date,customer_id,product_id,quantity,line_total,currency\n"
    (nightly / "till-1.csv").write_text(till + "till-1,2026-11-20T18:00:00Z,ada,p-1,1,9.99,USD\n")

    def booked() -> int:
        return int(
            logged(workspace, "select count(*) from orders.fact_order where order_key = 'till-1'")[0][0]
        )

    def look() -> bool:
        workspace.go("/data/drops/nightly-tills")
        workspace.press("Look now")
        page.wait_for_timeout(1_000)
        return booked() == 1

    until(look, 60)
    for _ in range(3):
        look()
    imports = logged(workspace, "select count(*) from imports.import where name like 'till-1%'")
    assert (booked(), imports) == (1, [(1,)])


def test_8_only_definitions_move_to_main(workspace: Workspace, tmp_path: Path) -> None:
    files, to_main = str(tmp_path / "config"), ("--workspace", "main")
    exported = workspace.place.run("export", files, "--workspace", "test")
    assert exported.code == 0, exported.err
    names = {path.relative_to(files).as_posix() for path in Path(files).rglob("*.yaml")}
    assert {"source/web-shop.yaml", "connection/north-shop.yaml", "file-drop/nightly-tills.yaml"} <= names
    text = "".join(path.read_text() for path in Path(files).rglob("*.yaml"))
    assert SECRET not in text
    assert workspace.write_key not in text
    applied = workspace.place.run("apply", files, "--publish", *to_main)
    assert applied.code == 0, applied.err
    assert "say the same" in workspace.place.run("diff", files, *to_main).out
    with start(workspace.place.home) as server, psycopg.connect(server.dsn("regulars")) as main:
        counted = "select (select count(*) from log.event), (select count(*) from customers.customer)"
        assert main.execute(counted).fetchone() == (0, 0)
