"""What the acceptance tests share: the whole demonstration, loaded once, a browser, and the long ones last."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.acceptance.cli.command import Here, here

expect.set_options(timeout=15_000)  # Two lanes of tests share two cores.
CHROMIUM = "/usr/bin/chromium"
# As root it needs no sandbox of its own; the rest keeps it from asking for anything outside.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The grocer's whole year in a home of its own."""

    place: Here
    figures: dict[str, Any]  # What the load printed as its last line.
    error_output: str

    @property
    def password(self) -> str:
        return (self.place.home / "demo-password").read_text().strip()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "last: takes minutes and runs after everything else")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)
    for item in items:
        # The first of them loads the whole year, which on a busy machine takes longer than a test may.
        if "year" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    place = here(tmp_path_factory.mktemp("year"))
    done = place.run("demo", "--no-serve", "--report", "json", within_s=1000)
    assert done.code == 0, done.err
    return Year(place=place, figures=json.loads(done.out.strip().splitlines()[-1]), error_output=done.err)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()
