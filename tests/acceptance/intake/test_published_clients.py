"""The published tracking clients, unchanged, with their own batching, retries and compression."""

import http.server
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from segment.analytics.client import Client

from regulars import log
from regulars.app import App
from regulars.db import Database
from tests.acceptance.cli.command import until
from tests.acceptance.console.office import build
from tests.acceptance.intake.tills import Door, logged, tracking_key

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / "tests" / "clients"
NODE = ROOT / ".venv" / "bin" / "node"


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = build(database)
    with database.transaction() as tx:
        log.let_run(tx)
    yield made
    made.sequencer.close()


@pytest.fixture
def door(app: App, tmp_path: Path) -> Iterator[Door]:
    made = Door(app, tmp_path)
    made.open()
    yield made
    made.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A site of its own, at another origin than the installation's."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Shop</title><h1>Shop</h1>")
    handler = partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return None


def counted(app: App) -> list[int]:
    rows = logged(app, "select (properties ->> 'n')::int from log.event where name = 'Counted' order by 1")
    return [row[0] for row in rows]


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_the_python_client_loses_nothing_and_doubles_nothing(app: App, door: Door, *, gzip: bool) -> None:
    client = Client(tracking_key(app), host=door.address, gzip=gzip, upload_interval=0.2, max_retries=20)
    client.identify("py-1", {"email": "py@example.com", "since": "2024-02-29"})
    for n in range(500):
        client.track("py-1", "Counted", {"n": n, "price": 4.1, "words": "ünïcödé ✓ <b>"})
    client.group("py-1", "acme", {"name": "Acme"})
    client.page("py-1", "Shop", "Home", {"path": "/"})
    client.screen("py-1", "Shop", "Start")
    client.alias("py-0", "py-1")
    client.shutdown()
    assert counted(app) == list(range(500))
    types = {row[0] for row in logged(app, "select distinct type from log.event where user_id = 'py-1'")}
    assert types == {"identify", "track", "group", "page", "screen", "alias"}
    told = logged(app, "select properties from log.event where name = 'Counted' limit 1")
    assert told[0][0] == {"n": told[0][0]["n"], "price": 4.1, "words": "ünïcödé ✓ <b>"}


def test_the_python_client_goes_on_after_the_server_was_killed(app: App, door: Door) -> None:
    client = Client(
        tracking_key(app), host=door.address, upload_size=10, upload_interval=0.05, max_retries=20
    )

    def send() -> None:
        for n in range(600):
            client.track("py-1", "Counted", {"n": n})
            time.sleep(0.002)
        client.flush()

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(0.5)
    door.close(signal.SIGKILL)
    time.sleep(0.3)
    door.open()
    sending.join(60)
    client.shutdown()
    assert counted(app) == list(range(600))


def test_the_node_client_loses_nothing_through_a_restart(app: App, door: Door) -> None:
    key = tracking_key(app)
    command = [str(NODE), "send.mjs", door.address, key, "0", "400"]
    sending = subprocess.Popen(
        command, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(0.6)
    door.close(signal.SIGTERM)
    door.open()
    out, err = sending.communicate(timeout=90)
    assert out.strip().endswith("done"), err
    assert counted(app) == list(range(400))
    rows = logged(app, "select type, count(*) from log.event where source <> 'regulars' group by type")
    assert dict(rows) == {"identify": 1, "group": 1, "track": 400, "page": 1, "screen": 1, "alias": 1}


@pytest.mark.parametrize("batching", [False, True], ids=["each", "batch"])
def test_the_browser_client_sends_from_another_site(
    app: App, door: Door, site: tuple[Path, str], chromium: Browser, *, batching: bool
) -> None:
    folder, address = site
    umd = CLIENTS / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
    (folder / "umd").symlink_to(umd)
    strategy = (
        {"strategy": "batching", "config": {"size": 4, "timeout": 300}}
        if batching
        else {"strategy": "standard"}
    )
    settings = {
        "integrations": {
            "Segment.io": {
                "apiKey": tracking_key(app),
                "apiHost": f"127.0.0.1:{door.port}/v1",
                "protocol": "http",
                "deliveryStrategy": strategy,
            }
        }
    }
    write_key = settings["integrations"]["Segment.io"]["apiKey"]
    (folder / "shop.html").write_text(
        "<!doctype html><title>Shop</title><script src='/umd/index.js'></script><script>"
        f"const load = window.AnalyticsNext.AnalyticsBrowser.load({{writeKey: {json.dumps(write_key)},"
        f" cdnURL: location.origin, cdnSettings: {json.dumps(settings)}}});"
        "window.done = load.then(async ([analytics]) => {"
        " await analytics.page('Home'); await analytics.identify('web-1', {email: 'web@example.com'});"
        " for (let n = 0; n < 10; n++) await analytics.track('Counted', {n, words: 'ünïcödé ✓ <b>'});"
        " await analytics.group('acme', {name: 'Acme'}); return 'done'; });"
        "</script>"
    )
    page = chromium.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(f"{address}/shop.html")
    assert page.evaluate("window.done") == "done"
    page.wait_for_timeout(1500)
    page.close()
    ours = [url for url in failed if f":{door.port}" in url]
    assert ours == []
    assert counted(app) == list(range(10))
    rows = logged(app, "select type, count(*) from log.event where source <> 'regulars' group by type")
    assert dict(rows) == {"page": 1, "identify": 1, "track": 10, "group": 1}


def shop(folder: Path, door: Door, key: str, attributes: str = "", more: str = "") -> None:
    (folder / "shop.html").write_text(
        "<!doctype html><title>Shop</title><script>window.regulars = window.regulars || [];"
        "regulars.push(['track', 'Counted', {n: 0}]);</script>"
        f'<script async src="{door.address}/regulars.js" data-key="{key}" {attributes}></script>{more}'
    )


def test_our_one_line_script_tracks_pages_and_what_waited(
    app: App, door: Door, site: tuple[Path, str], chromium: Browser
) -> None:
    folder, address = site
    shop(folder, door, tracking_key(app))
    page = chromium.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{address}/shop.html")
    page.wait_for_function("window.regulars.version")
    page.evaluate("regulars.identify('web-1', {email: 'web@example.com'})")
    page.evaluate("history.pushState({}, '', '/basket')")
    page.evaluate("for (let n = 1; n < 120; n++) regulars.track('Counted', {n})")
    page.wait_for_function("!localStorage.getItem('regulars.queue')")
    page.evaluate("regulars.track('Counted', {n: 120})")
    page.goto("about:blank")  # What still waits leaves with the page.
    until(lambda: counted(app) == list(range(121)), 5)
    page.close()
    paths = logged(app, "select properties ->> 'path' from log.event where type = 'page' order by position")
    assert [row[0] for row in paths] == ["/shop.html", "/basket"]
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []


def test_our_script_keeps_events_while_the_server_is_away(
    app: App, door: Door, site: tuple[Path, str], chromium: Browser
) -> None:
    folder, address = site
    shop(folder, door, tracking_key(app))
    page = chromium.new_page()
    page.goto(f"{address}/shop.html")
    page.wait_for_function("window.regulars.version && !localStorage.getItem('regulars.queue')")
    door.close()
    page.evaluate("for (let n = 1; n < 20; n++) regulars.track('Counted', {n})")
    page.wait_for_timeout(1000)
    door.open()
    page.wait_for_function("!localStorage.getItem('regulars.queue')", timeout=20_000)
    page.close()
    assert counted(app) == list(range(20))


def test_our_script_waits_for_consent_and_stores_nothing_before(
    app: App, door: Door, site: tuple[Path, str], chromium: Browser
) -> None:
    folder, address = site
    shop(folder, door, tracking_key(app), 'data-consent="wait"')
    page = chromium.new_page()
    page.goto(f"{address}/shop.html")
    page.wait_for_function("window.regulars.version")
    page.wait_for_timeout(500)
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("regulars.anonymousId() === regulars.anonymousId()")
    assert counted(app) == []
    page.evaluate("regulars.consent(true)")
    page.wait_for_function("!localStorage.getItem('regulars.queue')")
    assert counted(app) == [0]
    page.evaluate("regulars.consent(false)")
    page.evaluate("regulars.track('Counted', {n: 1})")
    page.wait_for_timeout(500)
    page.close()
    assert counted(app) == [0]
