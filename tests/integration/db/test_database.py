"""The pool, transactions and reading on a real server."""

from dataclasses import dataclass

import psycopg
import pytest

from regulars import db
from regulars.db import Database, Query
from regulars.kernel import NotFound, Unavailable


@dataclass(frozen=True)
class Pair:
    left: int
    right: str


PAIR = Query("select %(left)s::int as left, 'x' as right")
NOTHING = Query("select 1 as left, 'x' as right where false")


def test_rows_become_frozen_values(tx):
    assert db.rows(tx, PAIR, Pair, left=3) == [Pair(3, "x")]
    assert db.one(tx, PAIR, Pair, left=3) == Pair(3, "x")


def test_one_of_nothing_is_not_found(tx):
    assert db.maybe(tx, NOTHING, Pair) is None
    with pytest.raises(NotFound, match="pair"):
        db.one(tx, NOTHING, Pair)


def test_every_session_is_in_utc(tx):
    assert db.value(tx, Query("show timezone")) == "UTC"


def test_what_is_raised_inside_rolls_back(database):
    with database.transaction() as tx:
        db.run(tx, Query("create table kept (n int)"))

    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        db.copy_rows(tx, "kept", ["n"], [[1], [2]])
        raise ZeroDivisionError

    with database.transaction() as tx:
        assert db.value(tx, Query("select count(*) from kept")) == 0


def test_a_lost_connection_does_not_spoil_the_pool(database):
    with pytest.raises(psycopg.OperationalError), database.transaction() as tx:
        with database.connect(autocommit=True) as other:
            db.run(other, Query("select pg_terminate_backend(%(pid)s)"), pid=tx.info.backend_pid)
        db.value(tx, Query("select 1"))

    with database.transaction() as tx:
        assert db.value(tx, Query("select 1")) == 1


def test_a_server_that_does_not_answer_is_named_without_the_password():
    broken = Database("host=127.0.0.1 port=1 user=u password=verysecret dbname=x")

    with pytest.raises(Unavailable, match="127.0.0.1:1/x does not answer") as told, broken.transaction():
        pass
    assert "verysecret" not in str(told.value)
