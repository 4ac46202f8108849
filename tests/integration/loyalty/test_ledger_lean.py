"""What a redemption does not cost, and what is refused although no check of every column looks at each change."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from regulars.db import Tx
from regulars.loyalty import adjust, enrol, spend
from tests.integration.loyalty.books import after, no_tiers, open_club

LOTS = "select n_tup_upd, n_tup_hot_upd from pg_stat_xact_user_tables where relid = %s::regclass"


@pytest.fixture
def club(tx: Tx) -> Tx:
    """A member with two lots of 100."""
    open_club(tx, no_tiers())
    enrol(tx, "club", 1, at=after(1))
    for key in ("one", "two"):
        adjust(tx, "club", 1, 100, key=key, at=after(1), reason="test", actor="Ada")
    return tx


@contextmanager
def refused(tx: Tx, error: type[psycopg.Error]) -> Iterator[None]:
    with pytest.raises(error), tx.transaction():
        yield


def test_taking_from_a_lot_writes_no_index_of_it_until_nothing_is_left(club: Tx):
    for n in range(10):
        spend(club, "club", 1, 9, key=f"part-{n}", at=after(2))
    assert club.execute(LOTS, ["loyalty.lot"]).fetchone() == (10, 10)

    spend(club, "club", 1, 10, key="rest", at=after(2))

    assert club.execute(LOTS, ["loyalty.lot"]).fetchone() == (11, 10)
    assert club.execute("select remaining, spent from loyalty.lot order by id").fetchall() == [
        (0, True),
        (100, False),
    ]


def test_every_function_finds_lots_with_something_left_by_their_index(tx: Tx):
    asking = "select proname from pg_proc where pronamespace = 'loyalty'::regnamespace and prosrc ~ 'remaining > 0'"
    assert tx.execute(asking).fetchall() == []


WRONG = (
    "update loyalty.account set balance = -1 where kind in ('active', 'pending')",
    "update loyalty.account set balance = 1 where kind = 'debt'",
    "update loyalty.account set balance = null where kind = 'active'",
    "update loyalty.account set balance = 1 where kind = 'issued'",
    "update loyalty.account set kind = 'issued' where kind = 'active'",
    "update loyalty.account set kind = 'elsewhere' where kind = 'active'",
    "insert into loyalty.account (programme_id, currency_id, kind) values (1, 1, 'active')",
    "update loyalty.lot set remaining = amount + 1",
    "update loyalty.lot set remaining = -1",
    "update loyalty.lot set amount = 0, remaining = 0",
    "update loyalty.lot set expires_at = active_from",
)
TRANSFER = (
    "insert into loyalty.transfer (programme_id, currency_id, member_id, customer_id, kind, amount, booked_at, "
    "occurred_at) select programme_id, currency_id, member_id, customer_id, %s, %s, booked_at, occurred_at "
    "from loyalty.transfer"
)
ENTRIES = (
    "insert into loyalty.entry_row (transfer_id, account_id, customer_id, amount, booked_at) "
    "select t, a.id, 1, m, %s from unnest(%s::bigint[], %s::bigint[]) g (t, m), "
    "(select min(id) as id from loyalty.account) a"
)


def test_a_row_the_ledger_does_not_know_is_refused(club: Tx):
    for wrong in WRONG:
        with refused(club, psycopg.errors.CheckViolation):
            club.execute(wrong)
    for kind, amount in (("spend", 0), ("wish", 1), ("reversal", -1)):
        with refused(club, psycopg.errors.CheckViolation):
            club.execute(TRANSFER, [kind, amount])


BOOKED = "select booked_at from loyalty.member where customer_id = 1"


def test_a_refusal_and_a_repetition_leave_the_instant_of_the_latest_posting(club: Tx):
    posted = spend(club, "club", 1, 150, key="posted", at=after(2)).confirmed()
    stands = club.execute(BOOKED).fetchall()

    assert spend(club, "club", 1, 51, key="too-much", at=after(3)).outcome == "insufficient"
    assert spend(club, "club", 1, 150, key="posted", at=after(4)).confirmed() == posted
    assert club.execute(BOOKED).fetchall() == stands


def test_entries_that_do_not_balance_are_refused_where_they_are_written(club: Tx):
    """Also in one statement with a transfer whose entries do."""
    for amounts in ([5, -4], [5], [0, 0], [5, -5, 0]):
        for others in ([], [7, -7]):
            transfers = [900] * len(amounts) + [901] * len(others)
            with refused(club, psycopg.errors.IntegrityConstraintViolation):
                club.execute(ENTRIES, [after(2), transfers, amounts + others])
