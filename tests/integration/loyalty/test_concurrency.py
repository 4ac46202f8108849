"""Two at once: real connections on committed data, and connections that die in the middle."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from regulars.db import Database, value
from regulars.loyalty import accrue, adjust, balance_as_of, check_ledger, enrol, expire_due, spend
from tests.integration.loyalty.books import CLUB, Sale, after, open_club, put_sales

WRITERS = 32
BY = {"reason": "opening", "actor": "Ada"}


def stocked(database: Database, points: int) -> None:
    with database.transaction() as tx:
        open_club(tx, CLUB)
        enrol(tx, "club", 7, at=after(1))
        for part in range(10):
            adjust(tx, "club", 7, points // 10, key=f"opening-{part}", at=after(1 + part), **BY)


def attempt(database: Database, key: str, amount: int) -> str:
    with database.connect() as own:
        outcome = spend(own, "club", 7, amount, key=key, at=after(20)).outcome
        own.commit()
        return outcome


def spread(database: Database, keys: list[str], amount: int) -> list[str]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda key: attempt(database, key, amount), keys))


def test_many_spending_on_one_member_never_overdraw_and_refuse_no_valid_one(database: Database) -> None:
    stocked(database, 1000)

    outcomes = spread(database, [f"till-{n}" for n in range(WRITERS)], 70)

    # 14 times 70 is 980: each of the first 14 was valid when its turn came.
    assert outcomes.count("posted") == 14
    assert outcomes.count("insufficient") == WRITERS - 14
    with database.transaction() as tx:
        assert balance_as_of(tx, 7, programme="club", booked_at=after(30)).active == 20
        assert check_ledger(tx) == []


def test_one_id_sent_by_many_at_once_is_spent_once(database: Database) -> None:
    stocked(database, 1000)

    outcomes = spread(database, ["till-1"] * WRITERS, 70)

    assert outcomes == ["posted"] * WRITERS
    with database.transaction() as tx:
        assert balance_as_of(tx, 7, programme="club", booked_at=after(30)).active == 930


def test_spending_while_orders_are_booked_loses_neither(database: Database) -> None:
    stocked(database, 1000)
    with database.transaction() as tx:
        put_sales(tx, [Sale(position=n, customer=7, at=after(15), minor=100) for n in range(1, 201)])

    def book(_: int) -> str:
        for start in range(0, 200, 20):
            with database.transaction() as tx:
                accrue(tx, after=start, to=start + 20)
        return "booked"

    with ThreadPoolExecutor(8) as pool:
        booking = pool.submit(book, 0)
        outcomes = list(pool.map(lambda n: attempt(database, f"till-{n}", 10), range(100)))
        booking.result()

    assert outcomes == ["posted"] * 100
    with database.transaction() as tx:
        assert balance_as_of(tx, 7, programme="club", booked_at=after(30)).active == 200
        assert check_ledger(tx) == []


@pytest.mark.parametrize("what", ["spend", "accrue"])
def test_a_connection_killed_before_its_commit_leaves_nothing_and_a_retry_does_it_once(
    database: Database, what: str
) -> None:
    stocked(database, 1000)
    with database.transaction() as tx:
        put_sales(tx, [Sale(position=1, customer=7, at=after(15), minor=50000)])
    dying = database.connect()
    if what == "spend":
        spend(dying, "club", 7, 400, key="till-1", at=after(20))
    else:
        accrue(dying, after=0, to=1)

    with database.transaction() as tx:
        tx.execute("select pg_terminate_backend(%s)", (dying.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        dying.commit()
    dying.close()

    with database.transaction() as tx:
        assert balance_as_of(tx, 7, programme="club", booked_at=after(30)).active == 1000
        assert check_ledger(tx) == []
    for _ in range(2):
        with database.transaction() as tx:
            spend(tx, "club", 7, 400, key="till-1", at=after(20)).confirmed()
            accrue(tx, after=0, to=1)
    with database.transaction() as tx:
        assert balance_as_of(tx, 7, programme="club", booked_at=after(30)).active == 1100


def test_closing_the_books_twice_at_once_is_as_once(database: Database) -> None:
    stocked(database, 1000)

    def close(_: int) -> None:
        with database.transaction() as tx:
            expire_due(tx, after(400))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(close, range(4)))

    with database.transaction() as tx:
        total = value(tx, sql.SQL("select sum(amount)::bigint from loyalty.transfer where kind = 'expire'"))
        assert (total, check_ledger(tx)) == (1000, [])
