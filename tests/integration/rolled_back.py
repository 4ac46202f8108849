"""One database for the tests that need no commit: each works in a transaction that is rolled back."""

from collections.abc import Iterator

import psycopg
import pytest

from regulars.db import Database, Tx, drop_database


@pytest.fixture(scope="module")
def shared(server) -> Iterator[Database]:
    dsn = server.clone()
    with Database(dsn) as made:
        yield made
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


@pytest.fixture
def tx(shared: Database) -> Iterator[Tx]:
    with shared.transaction() as opened:
        yield opened
        raise psycopg.Rollback
