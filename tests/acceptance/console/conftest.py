"""The gallery on a real server, and Chromium before it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from regulars.app import App
from regulars.db import Database, drop_database
from tests.acceptance.console import corner_shop
from tests.conftest import TestServer

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def gallery_url() -> Iterator[str]:
    port = free_port()
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--factory"]
    process = subprocess.Popen(
        [*command, "--log-level", "error", "tests.acceptance.console.gallery:server"],
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0


def wait_for(port: int) -> None:
    for _ in range(800):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("The console did not start within 40 seconds.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Browser, gallery_url: str) -> Iterator[Page]:
    """A page that has signed in; what the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=gallery_url)
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/sign-in")
    page.fill("#f-email", "ada@example.invalid")
    page.fill("#f-password", "four plain words here")
    page.click("button")
    page.wait_for_url("**/")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def shop_app(server: TestServer) -> Iterator[App]:
    """The small shop, built once; its tests only look."""
    dsn = server.clone()
    with Database(dsn) as database:
        yield corner_shop.build(database)
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@contextmanager
def serving(dsn: str) -> Iterator[str]:
    """The console of one database in a process of its own; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--factory"]
    process = subprocess.Popen(
        [*command, "--log-level", "error", "tests.acceptance.console.corner_shop:server"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "REGULARS_TEST_SHOP": dsn},
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait(timeout=20)
    assert ended == 0


@pytest.fixture(scope="module")
def shop_url(shop_app: App) -> Iterator[str]:
    with serving(shop_app.database.dsn) as url:
        yield url


@pytest.fixture
def visit_shop(browser: Browser, shop_url: str) -> Iterator[Callable[..., Page]]:
    """Opens the shop's console as somebody; what the browser complains about fails the test."""
    complaints: list[str] = []
    opened: list[BrowserContext] = []

    def visit(who: str = "lea", **options: Any) -> Page:
        context = browser.new_context(
            base_url=shop_url, **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/sign-in")
        page.fill("#f-email", f"{who}@example.invalid")
        page.fill("#f-password", corner_shop.PASSWORD)
        page.click("button")
        page.wait_for_url("**/")
        return page

    yield visit
    for context in opened:
        context.close()
    assert complaints == []
