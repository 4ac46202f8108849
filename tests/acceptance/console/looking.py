"""Looking at pages: what axe complains about, and signing in without a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.acceptance.console.corner_shop import PASSWORD

SERIOUS = {"serious", "critical"}


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in SERIOUS]


@contextmanager
def client_of(url: str, who: str) -> Iterator[httpx.Client]:
    """Somebody signed in who has no browser."""
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=20) as client:
        token = re.search(r'csrf_token" value="(\w+)"', client.get("/sign-in").text)
        assert token
        data = {"email": f"{who}@example.invalid", "password": PASSWORD, "csrf_token": token.group(1)}
        assert client.post("/sign-in", data=data).status_code == 303
        yield client
