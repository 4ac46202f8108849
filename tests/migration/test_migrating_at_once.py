"""Several hosts migrate at once, and one is killed: each migration is applied once, none by half."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from regulars.db import Database, known, migrate
from tests.acceptance.cli.command import here, until
from tests.conftest import TestServer


def numbers(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as tx:
        if tx.execute("select to_regclass('regulars.migration')").fetchone() == (None,):
            return []
        return [row[0] for row in tx.execute("select number from regulars.migration order by 1").fetchall()]


def alone(dsn: str) -> bool:
    """Whether nobody else is connected."""
    with psycopg.connect(dsn) as tx:
        others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        return tx.execute(others).fetchone() == (0,)


def test_three_that_migrate_at_once_take_turns(server: TestServer) -> None:
    dsn = server.empty()

    def run(_: int) -> list[int]:
        with Database(dsn) as database:
            return [one.number for one in migrate(database)]

    with ThreadPoolExecutor(3) as hands:
        done = list(hands.map(run, range(3)))

    assert sorted(number for one in done for number in one) == [one.number for one in known()]
    assert numbers(dsn) == [one.number for one in known()]


def test_one_that_is_killed_leaves_whole_migrations_and_the_next_goes_on(
    server: TestServer, tmp_path: Path
) -> None:
    dsn = server.empty()
    place = here(tmp_path, REGULARS_DATABASE_URL=dsn)
    with place.started("migrate") as process:
        until(lambda: len(numbers(dsn)) > 3, 30)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    until(lambda: alone(dsn), 30)  # What the server was asked for last, it may still bring to its end.
    applied = numbers(dsn)
    assert applied == [one.number for one in known()][: len(applied)]

    with Database(dsn) as database:
        rest = [one.number for one in migrate(database)]
        assert migrate(database) == []
    assert [*applied, *rest] == [one.number for one in known()]
