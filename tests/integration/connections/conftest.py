"""The workspace that the tests of connections send to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.app import App
from regulars.db import Database
from tests.integration.connections.shop import open_workspace


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    made = open_workspace(database, tmp_path / "home")
    yield made
    made.sequencer.close()
