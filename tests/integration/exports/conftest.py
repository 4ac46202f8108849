"""A stand of one's own, and one shared by tests that only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.db import Database, drop_database
from tests.conftest import TestServer
from tests.integration.exports.stand import Stand, open_shop, open_stand


@pytest.fixture
def stand(database: Database, tmp_path: Path) -> Iterator[Stand]:
    made = open_stand(database, tmp_path / "home")
    open_shop(made)
    yield made
    made.app.sequencer.close()


@pytest.fixture(scope="module")
def shop(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    dsn = server.clone()
    with Database(dsn) as database:
        made = open_stand(database, tmp_path_factory.mktemp("home"))
        open_shop(made)
        yield made
        made.app.sequencer.close()
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])
