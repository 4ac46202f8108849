"""Migrations: fresh equals migrated, applied ones never change, and a wrong pair of code and database is told."""

import re

import pytest

from regulars import db
from regulars.db import Database, Query, known, migrate, pending
from regulars.kernel import Conflict, Fault
from tests.migration.catalogue import catalogue

NUMBERS = [m.number for m in known()]


@pytest.fixture
def empty(server):
    dsn = server.empty()
    with Database(dsn) as made:
        yield made
    db.drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def test_numbers_are_gapless():
    assert list(range(1, len(NUMBERS) + 1)) == NUMBERS


@pytest.mark.parametrize("stop", NUMBERS[:-1])
def test_a_database_migrated_in_two_goes_equals_a_fresh_one(empty, database, stop):
    migrate(empty, up_to=stop)
    migrate(empty)

    with empty.transaction() as migrated, database.transaction() as fresh:
        assert catalogue(migrated) == catalogue(fresh)


def test_migrating_again_changes_nothing(database):
    assert migrate(database) == []


def test_every_migration_says_why_how_long_and_how_to_undo():
    for migration in known():
        head = migration.text.split("\n\n")[0].lower()
        assert head.startswith("--"), migration.name
        assert "undo" in head and re.search(r"10 ?m(illion)? rows", head), migration.name


def test_a_database_older_than_the_code_is_told(empty):
    migrate(empty, up_to=1)

    with empty.transaction() as tx, pytest.raises(Conflict, match="regulars migrate"):
        db.check_current(tx)


def test_a_database_newer_than_the_code_is_told(database):
    with database.transaction() as tx:
        db.run(
            tx, Query("insert into regulars.migration (number, name, checksum) values (9999, 'later', 'x')")
        )

    with database.transaction() as tx, pytest.raises(Conflict, match="newer than the code"):
        pending(tx, known())


def test_a_migration_applied_in_another_wording_is_told(database):
    with database.transaction() as tx:
        db.run(tx, Query("update regulars.migration set checksum = 'x' where number = 1"))

    with pytest.raises(Conflict, match="another wording"):
        migrate(database)


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty, monkeypatch):
    broken = db.Migration(number=1, name="broken", text="create schema half; select 1/0")
    monkeypatch.setattr("regulars.db.migrations.known", lambda: [broken])

    with pytest.raises(Fault, match="rolled back"):
        migrate(empty)

    with empty.transaction() as tx:
        assert db.value(tx, Query("select count(*) from pg_namespace where nspname = 'half'")) == 0
