"""The importing office of a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.db import Database
from tests.integration.imports.office import Office, office


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Office]:
    made = office(database, tmp_path)
    yield made
    made.app.sequencer.close()
