"""However the web process ends, and whatever becomes of the database: what was answered with 200 is there."""

import base64
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from regulars import access
from regulars.db import Database
from tests.acceptance.cli.command import free_port, until

CLIENTS = 6


@dataclass
class Sending:
    """Clients that send until they are told to stop, and what each answer said."""

    url: str
    key: str
    accepted: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def send(self, client: httpx.Client, ids: list[str]) -> int:
        batch = [{"type": "track", "userId": "u", "event": "x", "messageId": i} for i in ids]
        answer = client.post(f"{self.url}/v1/batch", json={"batch": batch}, auth=(self.key, ""))
        if answer.status_code == 200:
            self.accepted += ids
        self.statuses.add(answer.status_code)
        return answer.status_code

    def keep(self, name: int) -> None:
        with httpx.Client(timeout=20) as client:
            for number in itertools.count():
                if self.stop.is_set():
                    return
                with suppress(httpx.TransportError):
                    self.send(client, [f"{name}-{number}-{n}" for n in range(number % 5 + 1)])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.keep, args=(name,)) for name in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def web(database: Database, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    given = {
        "REGULARS_DATABASE_URL": database.dsn,
        "REGULARS_HOME": str(home),
        "REGULARS_PORT": str(port),
        "REGULARS_TRACKING_RATE": "1000000",
    }
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "regulars", "web"], env={**os.environ, **given}) as process:
        try:
            until(lambda: answers(url), 60)
            yield process, url
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def key(database: Database) -> str:
    now = datetime.now(UTC)
    with database.transaction() as tx:
        eve = access.add_person(
            tx, access.SYSTEM, email="e@shop.example", name="Eve", level=4, function="engineering", at=now
        ).actor("console")
        return access.make_key(tx, eve, name="Shop", kind="tracking", at=now).text


def kept(database: Database) -> list[str]:
    with database.connect() as tx:  # Not the pool's, whose connections one of the tests cuts.
        return [row[0] for row in tx.execute("select message_id from log.inbox").fetchall()]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_every_event_answered_with_200_is_kept_when_the_process_ends_while_clients_send(
    database, key, tmp_path, how
):
    with web(database, tmp_path) as (process, url):
        sending = Sending(url, key)
        with sending.at_work():
            until(lambda: len(sending.accepted) > 300, 30)
            process.send_signal(how)
            code = process.wait(20)

    assert code == (-9 if how == signal.SIGKILL else 0)
    assert sending.statuses <= {200, 503}
    found = kept(database)
    assert len(found) == len(set(found))
    assert set(sending.accepted) <= set(found)
    if how != signal.SIGKILL:  # A clean stop leaves no client in doubt about what was written.
        assert set(found) == set(sending.accepted)


def test_while_the_database_is_away_clients_are_told_to_wait_and_then_it_goes_on(
    server, database, key, tmp_path
):
    name = conninfo_to_dict(database.dsn)["dbname"]
    with web(database, tmp_path) as (_, url), httpx.Client(timeout=40) as client:
        sending = Sending(url, key)
        assert sending.send(client, ["before"]) == 200
        with psycopg.connect(server.dsn, autocommit=True) as outside:
            outside.execute(f"alter database {name} with allow_connections false")
            outside.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
            )
            began = time.monotonic()
            refused = [
                client.post(f"{url}/v1/track", json={"userId": "u", "event": "x"}, auth=(key, ""))
                for _ in range(3)
            ]
            took = time.monotonic() - began
            outside.execute(f"alter database {name} with allow_connections true")
        until(lambda: sending.send(client, ["after"]) == 200, 40)

    assert {answer.status_code for answer in refused} == {503}
    assert refused[0].headers["retry-after"] == "2"
    assert took < 20
    assert {"before", "after"} <= set(kept(database))


def test_a_client_without_a_body_to_its_end_holds_nobody_up(database, key, tmp_path):
    with web(database, tmp_path) as (_, url), httpx.Client(timeout=20) as client:
        host, port = url.removeprefix("http://").split(":")
        coded = base64.b64encode(f"{key}:".encode()).decode()
        head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {coded}\r\nContent-Length: 400000\r\n\r\n"
        slow = [socket.create_connection((host, int(port))) for _ in range(40)]
        for one in slow:
            one.sendall(head.encode() + b'{"batch":[')
        sending = Sending(url, key)

        assert sending.send(client, ["quick"]) == 200

        for one in slow:
            one.close()
        assert sending.send(client, ["later"]) == 200
