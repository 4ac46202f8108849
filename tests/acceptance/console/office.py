"""A workspace with five people and nothing else, and somebody at a browser without script."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from regulars import access, log
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.console import create_console, mount
from regulars.db import Database
from regulars.settings import read_settings

BASE = "http://console.test"
AT = datetime(2025, 12, 28, 17, tzinfo=UTC)
PASSWORD = "four plain words here"
STAFF = (
    ("Ada Admin", 7, "administration"),
    ("Lea Leads", 5, "marketing"),
    ("Max Applies", 3, "marketing"),
    ("Sam Follows", 1, "marketing"),
    ("Cas Cashier", 2, "cashier"),
)


def build(database: Database) -> App:
    """The clock stands; each person signs in with the first three letters of their name."""
    made = assemble(read_settings(workspace="pages"), database)
    with database.transaction() as tx:
        log.stand(tx, AT)
        for name, level, function in STAFF:
            email = f"{name[:3].lower()}@example.invalid"
            one = access.add_person(tx, SYSTEM, email=email, name=name, level=level, function=function, at=AT)
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    return made


def actor(app: App, who: str) -> access.Actor:
    with app.database.transaction() as tx:
        found = access.person_by_email(tx, f"{who}@example.invalid")
        assert found
        return access.actor_of(tx, found.person_id, "console")


class Person:
    """Somebody at a browser without script."""

    def __init__(self, app: App) -> None:
        server = FastAPI()
        mount(create_console(app), server)
        transport = httpx.ASGITransport(app=server)
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, headers={"Origin": BASE})

    async def sign_in(self, email: str) -> "Person":
        data = {"email": email, "password": PASSWORD, "csrf_token": await self.token("/sign-in")}
        assert (await self.client.post("/sign-in", data=data)).status_code == 303
        return self

    async def token(self, path: str) -> str:
        found = re.search(r'csrf_token" value="(\w+)"', (await self.client.get(path)).text)
        assert found
        return found.group(1)

    async def see(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text[-2000:]
        return answer.text

    async def send(self, path: str, **data: str) -> httpx.Response:
        return await self.client.post(path, data={**data, "csrf_token": await self.token("/you")})


@contextmanager
def serving(app: App, home: Path) -> Iterator[str]:
    """The console of the workspace in a process of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given = {
        "REGULARS_DATABASE_URL": app.database.dsn,
        "REGULARS_WORKSPACE": "main",
        "REGULARS_HOME": str(home),
        "REGULARS_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "regulars", "web"], env={**os.environ, **given})
    try:
        answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def answers(port: int) -> None:
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("The web process did not answer within 90 seconds.")
