"""A real PostgreSQL for the tests: one server a run, one database a test, cloned from a migrated template."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from regulars.db import Database, Tx, create_database, drop_database, migrate
from regulars.db.launcher import start

NUMBERS = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", choices=["embedded", "system"], default="embedded")


@dataclass(frozen=True)
class TestServer:
    dsn: str  # Of the maintenance database.
    template: str
    bin: Path | None  # Folder of pg_dump and the others; None for a server given by its address.

    __test__ = False

    def clone(self) -> str:
        """A fresh, migrated database; gives its DSN."""
        name = f"regulars_test_{os.getpid()}_{next(NUMBERS)}"
        create_database(self.dsn, name, self.template)
        return make_conninfo(self.dsn, dbname=name)

    def empty(self) -> str:
        """A fresh database with nothing in it; gives its DSN."""
        name = f"regulars_test_{os.getpid()}_{next(NUMBERS)}"
        create_database(self.dsn, name)
        return make_conninfo(self.dsn, dbname=name)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    given = os.environ.get("REGULARS_TEST_DATABASE_URL")
    if given:
        yield from templated(given, None)
        return
    binaries = system_binaries() if request.config.getoption("--postgres") == "system" else None
    with start(tmp_path_factory.mktemp("postgresql"), binaries=binaries, fsync=False) as running:
        yield from templated(running.dsn("postgres"), running.binaries)


def system_binaries() -> Path:
    """Of the distribution's PostgreSQL, the newest if there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    assert found, "The distribution's PostgreSQL is not installed: apt-get install postgresql"
    return found[-1]


def templated(dsn: str, binaries: Path | None) -> Iterator[TestServer]:
    template = f"regulars_template_{os.getpid()}"
    create_database(dsn, template)
    with Database(make_conninfo(dsn, dbname=template)) as database:
        migrate(database)
    yield TestServer(dsn=dsn, template=template, bin=binaries)
    drop_database(dsn, template)


@pytest.fixture
def database(server: TestServer) -> Iterator[Database]:
    """A migrated database of the test's own, on which everything is really committed."""
    dsn = server.clone()
    with Database(dsn) as made:
        yield made
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as opened:
        yield opened
