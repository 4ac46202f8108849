"""A simple spend is changed by nobody, and whoever gets past the guard is found out by the check."""

import psycopg
import pytest

from regulars import access
from regulars.db import Tx, tally_tables
from regulars.loyalty import adjust, balance_as_of, check_ledger, close_books, enrol, spend
from regulars.loyalty.erasing import erase
from tests.integration.loyalty.books import after, no_tiers, open_club

BY = {"reason": "test", "actor": "Ada"}
# What is written over, and what the check names.
TAMPERED = {
    "amount": ("amount = amount + 1", {"entry", "account", "lot"}),
    "balance": ("balance_after = balance_after + 1", {"entry"}),
    "another lot": ("lot_id = (select max(id) from loyalty.lot where member_id = 1)", {"lot"}),
    "another's lot": ("lot_id = (select max(id) from loyalty.lot where member_id = 2)", {"lot", "transfer"}),
    "no lot": ("lot_id = 999", {"lot", "transfer"}),
    "another account": ("from_id = from_id + 1", {"account", "transfer"}),
    "another's account": (
        "from_id = (select id from loyalty.account where customer_id = 2 and kind = 'active')",
        {"account", "transfer"},
    ),
    "the programme's other account": ("to_id = to_id + 1", {"transfer"}),
    "no account": ("to_id = 999", {"transfer", "programme"}),
    "another kind": ("kind = 'adjust'", {"transfer"}),
    "another member": ("member_id = 2", {"transfer"}),
    "a reversal": ("reverses = 2", {"transfer"}),
    "an odd number": ("id = id + 1", {"transfer"}),
    "a number twice": ("id = (select max(id) from only loyalty.transfer)", {"transfer"}),
    "closed books": ("booked_at = booked_at - interval '1 hour'", {"transfer"}),
}
TAKEN = {"reason", "actor", "origin", "partner", "part"}  # What erasing may write over.


@pytest.fixture
def club(tx: Tx) -> Tx:
    """Two members with two lots of 100 each."""
    open_club(tx, no_tiers())
    for who in (1, 2):
        enrol(tx, "club", who, at=after(1))
        for key in ("one", "two"):
            adjust(tx, "club", who, 100, key=f"{key}-{who}", at=after(1), **BY)
    return tx


@pytest.mark.parametrize("what", [*TAMPERED, "gone"])
def test_the_check_names_what_was_written_over(club: Tx, what: str) -> None:
    close_books(club, access.SYSTEM, "club", until=after(1.99), reason="January", at=after(2))
    spend(club, "club", 1, 30, key="bread", at=after(2)).confirmed()
    assert check_ledger(club) == []

    change, named = TAMPERED.get(what, ("", {"account", "lot"}))
    club.execute("set local session_replication_role = replica")
    write = f"update loyalty.simple_spend set {change}" if change else "delete from loyalty.simple_spend"
    assert club.execute(write.encode()).rowcount == 1

    assert named <= {finding.path.split(".")[0] for finding in check_ledger(club)}


def test_erasing_takes_the_words_of_a_simple_spend_and_nothing_else(club: Tx) -> None:
    adjust(club, "club", 1, -30, key="bread", at=after(2), **BY)

    assert erase(club, [1], [])["loyalty.transfer"] == 3
    assert club.execute("select reason, amount from loyalty.simple_spend").fetchall() == [("erased", 30)]
    columns = club.execute(
        "select attname from pg_attribute where attrelid = 'loyalty.simple_spend'::regclass and attnum > 0"
    ).fetchall()
    for (name,) in columns:
        other = "'x'" if name in ("kind", "rule", "order_key") else "now()" if name.endswith("_at") else "77"
        write = f"update loyalty.simple_spend set {name} = {other}".encode()
        if name not in TAKEN:
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation), club.transaction():
                club.execute(write)


def test_a_spending_with_no_account_to_book_it_on_is_refused_whole(club: Tx) -> None:
    club.execute("delete from loyalty.account where kind = 'redeemed'")

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is not there"), club.transaction():
        spend(club, "club", 1, 30, key="bread", at=after(2))

    assert balance_as_of(club, 1, programme="club", booked_at=after(2)).active == 200
    assert check_ledger(club) == []


def test_a_backup_counts_a_simple_spend_once(club: Tx) -> None:
    before = tally_tables(club)
    spend(club, "club", 1, 30, key="bread", at=after(2)).confirmed()
    tallied = tally_tables(club)

    assert tallied["loyalty.simple_spend"].rows == 1
    assert tallied["loyalty.transfer"] == before["loyalty.transfer"]
