"""A real PostgreSQL for the tests: one server a run, one database a test, cloned from a migrated template."""

import itertools
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import AdminShutdown

from regulars.db import Database, Tx, create_database, drop_database, migrate
from regulars.db.launcher import start

NUMBERS = itertools.count(1)
MEMORY_MIN = 4 * 2**30
READY = 2  # Cloning takes longer than many a test; it is done ahead, while the test before runs.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", choices=["embedded", "system"], default="embedded")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--postgres") == "system":
        items[:] = [item for item in items if item.get_closest_marker("one_postgresql") is None]


def pytest_configure() -> None:
    place = in_memory()
    if place:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)


def in_memory() -> str | None:
    """Where files are kept in memory, if there is room: a database of a thousand files is cloned there at once."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and disk_usage(place).free > MEMORY_MIN else None


@dataclass(frozen=True)
class TestServer:
    dsn: str  # Of the maintenance database.
    template: str
    bin: Path | None  # Folder of pg_dump and the others; None for a server given by its address.
    ahead: deque[Future[str]] = field(default_factory=deque)
    hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "clones"))

    __test__ = False

    def clone(self) -> str:
        """A fresh, migrated database; gives its DSN."""
        while len(self.ahead) < READY:
            self.ahead.append(self.hands.submit(self._clone))
        return self.ahead.popleft().result()

    def _clone(self) -> str:
        try:
            return self._named_clone()
        except AdminShutdown:  # The test before ended every connection it found.
            return self._named_clone()

    def _named_clone(self) -> str:
        name = f"regulars_test_{os.getpid()}_{next(NUMBERS)}"
        with psycopg.connect(self.dsn, autocommit=True) as maintenance:
            # Files copied as they are take less than half of what the log of every page takes.
            command = sql.SQL("create database {} template {} strategy file_copy")
            maintenance.execute(command.format(sql.Identifier(name), sql.Identifier(self.template)))
        return make_conninfo(self.dsn, dbname=name)

    def drop(self, dsn: str) -> None:
        """Drop a database that a test has done with, some time."""
        self.hands.submit(drop_database, self.dsn, conninfo_to_dict(dsn)["dbname"])

    def empty(self) -> str:
        """A fresh database with nothing in it; gives its DSN."""
        name = f"regulars_test_{os.getpid()}_{next(NUMBERS)}"
        create_database(self.dsn, name)
        return make_conninfo(self.dsn, dbname=name)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[TestServer]:
    given = os.environ.get("REGULARS_TEST_DATABASE_URL")
    if given:
        yield from templated(given, None)
        return
    binaries = system_binaries() if request.config.getoption("--postgres") == "system" else None
    with (
        TemporaryDirectory(prefix="regulars-", dir=in_memory()) as folder,
        start(Path(folder), binaries=binaries, fsync=False) as running,
    ):
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
    made = TestServer(dsn=dsn, template=template, bin=binaries)
    yield made
    for clone in made.ahead:
        made.drop(clone.result())
    made.hands.shutdown()
    drop_database(dsn, template)


@pytest.fixture
def database(server: TestServer) -> Iterator[Database]:
    """A migrated database of the test's own, on which everything is really committed."""
    dsn = server.clone()
    with Database(dsn) as made:
        yield made
    server.drop(dsn)


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction() as opened:
        yield opened
