"""Webhooks delivered a second to one receiver, logged, against a bare httpx loop to the same one.

Ours: what waits is claimed, signed, sent by four requests at once and written down, each delivery with its
attempt; the events were sequenced and written down before. Reference: one httpx client posts the same bodies
one after the other over one connection and forgets them. `enqueue_per_s` is the reader that writes
deliveries down, `idle_us` what an event costs it when no webhook is defined.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx

from regulars import access, definitions, log, webhooks
from regulars.app import App
from regulars.db import Database, create_database, migrate
from regulars.db.launcher import start
from regulars.settings import Settings
from regulars.webhooks import READER, WEBHOOK

SIZES = {"small": (2_000, 3), "full": (20_000, 3)}  # Deliveries, and rounds.
LINE = {"product_id": "p", "quantity": 1, "price": 19.9}
START = datetime(2026, 3, 1, tzinfo=UTC)


class Free:
    """A wall clock that runs a thousand times as fast, so that the rate of the webhook is no limit."""

    def __init__(self) -> None:
        self.began = perf_counter()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=(perf_counter() - self.began) * 1_000)


@contextmanager
def receiver() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, str(Path(__file__).parent / "_plain_receiver.py"), str(port)])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def publish(app: App, port: int) -> None:
    body = {
        "title": "Bench", "url": f"http://127.0.0.1:{port}/hooks", "events": ["Order Completed"],
        "rate": 1_000, "at_once": 4,
    }  # fmt: skip
    with app.database.transaction() as tx:
        definitions.save_draft(tx, access.SYSTEM, WEBHOOK, "bench", body, at=START)
        definitions.publish(tx, access.SYSTEM, WEBHOOK, "bench", at=START)
        webhooks.new_secret(tx, access.SYSTEM, app.vault, "bench", at=START, now=START)


def happen(app: App, first: int, count: int) -> float:
    """Append and sequence orders; gives the seconds that the reader of webhooks took for them."""
    events = [
        log.NewEvent(
            message_id=f"o{number}",
            name="Order Completed",
            occurred_at=START + timedelta(seconds=number),
            user_id=f"u{number % 500}",
            source="shop",
            properties={"order_id": str(number), "currency": "EUR", "total": 19.9, "products": [LINE]},
        )
        for number in range(first, first + count)
    ]
    with app.database.transaction() as tx:
        log.append(tx, events)
    while app.sequencer.run_once(START):
        pass
    for runner in app.runners:
        began = perf_counter()
        while runner.run_once():
            pass
        if runner.reader.name == READER.name:
            took = perf_counter() - began
    return took


def bodies(app: App, count: int) -> list[bytes]:
    with app.database.transaction() as tx:
        found = tx.execute("select body from webhooks.delivery order by delivery_id limit %s", (count,))
        return [row[0].encode() for row in found.fetchall()]


def reference(port: int, told: list[bytes]) -> float:
    began = perf_counter()
    with httpx.Client(timeout=15, trust_env=False) as client:
        for body in told:
            client.post(f"http://127.0.0.1:{port}/hooks", content=body).raise_for_status()
    return len(told) / (perf_counter() - began)


def ours(app: App, count: int) -> float:
    began = perf_counter()
    app.deliverer().run_dry()
    took = perf_counter() - began
    with app.database.transaction() as tx:
        (one,) = webhooks.tallies(tx, START).values()
        assert one.failed == 0, one
        assert not webhooks.open_counts(tx), "something still waits"
    return count / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="small")
    count, rounds = SIZES[parser.parse_args().size]
    with (
        tempfile.TemporaryDirectory() as folder,
        start(Path(folder) / "postgresql") as server,
        receiver() as port,
    ):
        create_database(server.dsn("postgres"), "bench")
        with Database(server.dsn("bench"), connections_max=10) as database:
            migrate(database)
            settings = Settings(home=Path(folder) / "home", outgoing_allow=f"127.0.0.1:{port}")
            app = App(settings=settings, database=database, zone="UTC", wall=Free())
            idle = happen(app, 0, count)
            publish(app, port)
            rates, plain, enqueued = [], [], []
            for number in range(1, rounds + 1):
                enqueued.append(count / happen(app, number * count, count))
                plain.append(reference(port, bodies(app, count)))
                rates.append(ours(app, count))
            app.sequencer.close()
    figures = {
        "name": "webhooks",
        "ours": round(median(rates)),
        "reference": round(median(plain)),
        "ratio": round(median(rates) / median(plain), 3),
        "deliveries_per_s": round(median(rates)),
        "enqueue_per_s": round(median(enqueued)),
        "idle_us": round(idle / count * 1e6, 2),
        "deliveries": count,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
