"""A shop's webhook in a real process: the curl of the page, the same order from a browser, and a kill."""

import base64
import hashlib
import hmac
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from regulars import connections, definitions, log
from regulars.access import SYSTEM
from regulars.app import assemble
from regulars.db import Database
from regulars.settings import read_settings
from tests.acceptance.console.office import AT, build
from tests.acceptance.intake.tills import Door, logged, tracking_key

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "connect-shopify.md"
SECRET = "the signing secret"


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Iterator[Door]:
    build(database)
    home = tmp_path / "home"
    app = assemble(read_settings(workspace="main", home=home), database)
    with database.transaction() as tx:
        log.let_run(tx)
        body = {"title": "Web shop", "source": "web-shop", "shape": "shopify"}
        definitions.save_draft(tx, SYSTEM, connections.CONNECTION, "web-shop", body, at=AT)
        definitions.publish(tx, SYSTEM, connections.CONNECTION, "web-shop", at=AT)
        name = "connection/web-shop"
        connections.set_secret(tx, SYSTEM, app.vault, name, SECRET, at=AT, now=app.wall.now())
    opened = Door(app=app, home=home)
    opened.open()
    yield opened
    opened.close()
    app.sequencer.close()


def test_the_curl_of_the_page_is_taken_and_the_browsers_order_is_the_same_one(door: Door) -> None:
    found = re.search(r"```\n(body=.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    script = found[1].replace("https://your-name", door.address)

    first, again = (
        subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
        for _ in range(2)
    )
    browser = httpx.post(
        f"{door.address}/v1/track",
        auth=(tracking_key(door.app), ""),
        json={
            "userId": "77",
            "messageId": "browser-1",
            "event": "Order Completed",
            "properties": {"order_id": "5001", "total": 12.3, "currency": "EUR"},
        },
    )

    assert json.loads(first.stdout) == {"outcome": "taken", "events": 1}
    assert json.loads(again.stdout)["outcome"] == "again" and browser.status_code == 200
    assert len(logged(door.app, "select 1 from log.event where name = 'Order Completed'")) == 2
    found_orders = logged(door.app, "select order_key, total_minor from orders.fact_order")
    assert found_orders == [("5001", 1230)]


def test_what_was_answered_200_is_there_after_a_kill(door: Door) -> None:
    def send(number: int) -> int | None:
        raw = json.dumps(
            {"id": number, "total_price": "1.00", "currency": "EUR", "customer": {"id": number}}
        ).encode()
        seal = base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()
        headers = {
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Webhook-Id": f"d-{number}",
            "X-Shopify-Hmac-Sha256": seal,
        }
        try:
            answer = httpx.post(
                f"{door.address}/v1/webhooks/web-shop", content=raw, headers=headers, timeout=20
            )
        except httpx.HTTPError:
            return None
        return number if answer.status_code == 200 else None

    with ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(send, number) for number in range(120)]
        for one in sending[:40]:
            one.result()
        door.close(signal.SIGKILL)
        promised = {number for one in sending if (number := one.result()) is not None}
    door.open()
    with ThreadPoolExecutor(8) as pool:
        assert all(number is not None for number in pool.map(send, range(120)))

    assert 40 <= len(promised) <= 120
    rows = logged(door.app, "select properties ->> 'order_id' from log.event")
    assert sorted(int(number) for (number,) in rows) == list(range(120))
