"""A small grocer with real rooms: forty households, a programme, a measured campaign; and browsers before it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from regulars import access, experiments, log
from regulars.app import App, assemble
from regulars.db import Database
from regulars.demo import company, staff
from regulars.settings import read_settings

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
PASSWORD = "four plain words here"
HOUSEHOLDS = 40
LAPSED = START + timedelta(days=70, hours=9)
LATER = LAPSED + timedelta(days=30)


@dataclass(frozen=True)
class Grocer:
    app: App
    url: str

    def now(self) -> datetime:
        with self.app.database.transaction() as tx:
            return self.app.now(tx)


def event(number: int, at: datetime, **given: object) -> log.NewEvent:
    return log.NewEvent(user_id=str(number), occurred_at=at, source="till", **given)


def household(number: int) -> Iterator[log.NewEvent]:
    name = f"Household {number}"
    traits = {"name": name, "email": f"household-{number}@grocer.invalid"}
    yield event(
        number, START, message_id=f"who-{number}", type="identify", name="identify", properties=traits
    )
    for visit in range(1 + number % 3):
        yield order(number, START + timedelta(days=visit, hours=number % 9, minutes=1), f"{number}-{visit}")
    if number % 4 == 0:
        yield order(number, LAPSED + timedelta(days=3, hours=1), f"{number}-back")


def order(number: int, at: datetime, key: str) -> log.NewEvent:
    total = number + 20.5
    line = {"product_id": "milk", "quantity": 1, "total": total, "discount": 0.0}
    properties = {
        "order_id": key, "store_id": "7", "currency": "USD", "total": total, "discount": 0.0, "products": [line]
    }  # fmt: skip
    return event(number, at, message_id=f"order-{key}", name="Order Completed", properties=properties)


def live(app: App) -> None:
    """A hundred days: they join, lapse, are written to by the recording channel, and some come back."""
    with app.database.transaction() as tx:
        log.stand(tx, START)
        access.set_zone(tx, access.SYSTEM, "America/New_York", at=START)
        staff.hire(tx, PASSWORD, START)
    company.found_company(app, START)
    events = [one for number in range(1, HOUSEHOLDS + 1) for one in household(number)]
    for until in (LAPSED, LATER):
        with app.database.transaction() as tx:
            log.append(tx, [one for one in events if one.occurred_at < until])
        events = [one for one in events if one.occurred_at >= until]
        app.advance(until)
        if until == LAPSED:
            company.launch_win_back(app, LAPSED)
            app.advance(LAPSED)
    with app.database.transaction() as tx:
        sums = experiments.Sums(
            assigned_treated=1400,
            assigned_held_out=600,
            held_out_share=3000,
            treated=1400,
            held_out=600,
            converted_treated=252,
            converted_held_out=60,
        )
        experiments.save_readout(tx, "Planted effect", "Invented customers.", sums, at=LATER, did="bought")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, within_s: float = 60) -> None:
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The web process did not answer within {within_s} seconds.")


@pytest.fixture(scope="session")
def grocer(server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grocer]:
    dsn, port = server.clone(), free_port()
    with Database(dsn) as database:
        app = assemble(read_settings(), database)
        live(app)
        app.sequencer.close()
        given = {
            "REGULARS_DATABASE_URL": dsn,
            "REGULARS_WORKSPACE": "main",
            "REGULARS_HOME": str(tmp_path_factory.mktemp("grocer")),
            "REGULARS_PORT": str(port),
        }
        process = subprocess.Popen([sys.executable, "-m", "regulars", "web"], env={**os.environ, **given})
        try:
            wait_for(port)
            yield Grocer(app=app, url=f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=20)
    assert code == 0


Desk = Callable[..., Page]


@pytest.fixture
def desk(grocer: Grocer, browser: Browser) -> Iterator[Desk]:
    """Opens a page for one of the staff; what the browser complains about fails the test."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def sit(who: str, **options: object) -> Page:
            return stack.enter_context(seat(grocer, browser, who, complaints, **options))

        yield sit
    assert complaints == []


@contextmanager
def seat(
    grocer: Grocer, browser: Browser, who: str, complaints: list[str], **options: object
) -> Iterator[Page]:
    given = {"viewport": {"width": 1440, "height": 900}, "base_url": grocer.url, **options}
    context = browser.new_context(**given)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if fault(said) else None)
    page.goto("/sign-in")
    page.fill("#f-email", f"{who}@grocer.invalid")
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.wait_for_url("**/")
    yield page
    context.close()


def fault(said) -> bool:
    """A page with status 403, 409 or 422 is meant; the browser reports each as an error all the same."""
    meant = any(f"status of {status}" in said.text for status in (403, 409, 422))
    return said.type == "error" and not meant
