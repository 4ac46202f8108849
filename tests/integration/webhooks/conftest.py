"""The receiver and the company of the tests of webhooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.app import App
from regulars.db import Database
from tests.integration.webhooks.company import open_company
from tests.integration.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def app(database: Database, tmp_path: Path, receiver: Receiver) -> Iterator[App]:
    made = open_company(database, tmp_path / "home", receiver.place)
    made.catch_up(made.wall.now())  # The reader begins at the head.
    yield made
    made.sequencer.close()
