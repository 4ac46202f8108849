"""A spending that one lot paid is one row: what is read of it is what two entries and a movement would say."""

from collections.abc import Iterator

import psycopg
import pytest

from regulars.db import Statements, Tx
from regulars.loyalty import adjust, balance_as_of, check_ledger, enrol, reverse, spend, statement
from regulars.loyalty.accrual import SQL as TOUCHED
from regulars.loyalty.health import SQL as HEALTH
from regulars.loyalty.limiting import SQL as LIMITING
from regulars.loyalty.member_reading import SQL as MEMBER
from regulars.loyalty.returns import SQL as RETURNS
from regulars.loyalty.statement import SQL as STATEMENT
from tests.integration.loyalty.books import START, after, no_tiers, open_club

BY = {"reason": "test", "actor": "Ada"}
SIDES = """
select e.id, e.place, a.kind, e.amount, e.balance_after from loyalty.entry e join loyalty.account a on a.id = e.account_id
where e.transfer_id = %s order by e.id
"""
SIMPLE = "select id, amount, balance_after, lot_id from loyalty.simple_spend order by id"
LOOKUPS = (
    "select e.* from (values (1::bigint)) g (n) left join loyalty.entry e on e.transfer_id = g.n",
    "select e.* from (values (1::bigint)) g (n) left join loyalty.entry e on e.account_id = g.n",
    "select e.* from (values (1::bigint)) g (n) left join loyalty.entry e on e.place = g.n",
    "select m.* from (values (1::bigint)) g (n) left join loyalty.lot_move m on m.lot_id = g.n",
    "select m.* from (values (1::bigint)) g (n) left join loyalty.lot_move m on m.transfer_id = g.n",
    "select t.* from (values (1::bigint)) g (n) left join loyalty.transfer t on t.id = g.n",
    "select t.* from (values (1::bigint)) g (n) left join loyalty.transfer t on t.reverses = g.n",
    "select t.* from (values (1::bigint)) g (n) left join loyalty.transfer t on t.member_id = g.n",
    "select t.* from (values (1::bigint)) g (n) left join loyalty.transfer t on t.customer_id = g.n",
    "select t.* from (values (1::bigint)) g (n) left join loyalty.transfer t on t.order_id = g.n and t.kind = 'earn'",
    "select t.* from (values ('x')) g (n) left join loyalty.transfer t on t.programme_id = 1 and t.order_key = g.n",
)
# About awards and expiry: no simple spend is any of it.
OF_OTHERS = (
    (TOUCHED, "touched"),
    (HEALTH, "past_validity"),
    (LIMITING, "used"),
    (LIMITING, "given"),
    (MEMBER, "earned_before"),
    (MEMBER, "given_by_rules"),
    (RETURNS, "awards"),
)
GIVEN = {
    "programme_id": 1, "customer_id": 1, "currency": "points", "rule": "r", "after": 0, "to": 9, "at": START,
    "orders": [1], "customers": [1], "caps": [1], "by_rule": [True], "starts": [START], "ends": [after(9)],
    "rules": ["r"], "currencies": ["points"],
}  # fmt: skip


@pytest.fixture
def club(tx: Tx) -> Tx:
    """A member with two lots of 100."""
    open_club(tx, no_tiers())
    enrol(tx, "club", 1, at=after(1))
    for key in ("one", "two"):
        adjust(tx, "club", 1, 100, key=key, at=after(1), **BY)
    return tx


def test_what_one_lot_paid_is_one_row_with_both_sides(club: Tx) -> None:
    spent = spend(club, "club", 1, 30, key="bread", at=after(2)).confirmed().transfer_id

    (lot,) = club.execute("select min(id) from loyalty.lot").fetchone()
    assert club.execute(SIMPLE).fetchall() == [(spent, 30, 170, lot)]
    assert club.execute(SIDES, [spent]).fetchall() == [
        (spent, spent, "active", -30, 170),
        (spent + 1, spent, "redeemed", 30, None),
    ]
    moves = "select id, lot_id, amount from loyalty.lot_move where transfer_id = %s"
    assert club.execute(moves, [spent]).fetchall() == [(spent, lot, -30)]
    assert check_ledger(club) == []


def test_what_two_lots_paid_stands_as_before(club: Tx) -> None:
    spent = spend(club, "club", 1, 130, key="wine", at=after(2)).confirmed().transfer_id

    assert club.execute(SIMPLE).fetchall() == []
    assert [row[2:] for row in club.execute(SIDES, [spent]).fetchall()] == [
        ("active", -130, 70),
        ("redeemed", 130, None),
    ]
    assert check_ledger(club) == []


def test_both_kinds_and_what_undoes_them_read_as_one_history(club: Tx) -> None:
    """At one instant, so that nothing but their numbers says which came first."""
    for number, amount in enumerate((30, 130, 5, 7), 1):
        spend(club, "club", 1, amount, key=f"spent-{number}", at=after(2)).confirmed()
        if number % 2:
            (last,) = club.execute("select max(id) from loyalty.transfer where kind = 'spend'").fetchone()
            reverse(club, "club", last, key=f"back-{number}", at=after(2), amount=amount - 1, **BY)

    lines = statement(club, 1, programme="club").items
    found = [(line.kind, line.balance) for line in reversed(lines)]
    assert found == [
        ("adjust", 100),
        ("adjust", 200),
        ("spend", 170),
        ("reversal", 199),
        ("spend", 69),
        ("spend", 64),
        ("reversal", 68),
        ("spend", 61),
    ]
    assert check_ledger(club) == []
    for told in ("entry", "lot_move"):
        twice = f"select id from loyalty.{told} group by id having count(*) > 1"
        assert club.execute(twice.encode()).fetchall() == []
    assert balance_as_of(club, 1, programme="club", booked_at=after(2)).active == 61
    assert balance_as_of(club, 1, programme="club", booked_at=after(1)).active == 200


def test_a_simple_spend_of_nothing_is_refused(club: Tx) -> None:
    spend(club, "club", 1, 30, key="bread", at=after(2)).confirmed()
    again = """
        insert into loyalty.simple_spend
        select (jsonb_populate_record(s, '{"id": 9000, "amount": 0}')).* from loyalty.simple_spend s
    """
    with pytest.raises(psycopg.errors.CheckViolation), club.transaction():
        club.execute(again)


def scans(tx: Tx, query: str, params: dict[str, object] | None = None) -> Iterator[str]:
    """Whole tables that a plan reads although it is told to avoid it: it has no other way."""
    tx.execute("set local enable_seqscan = off")
    for (line,) in tx.execute(("explain " + query).encode(), params).fetchall():
        if "Seq Scan" in line:
            yield line


def test_each_way_of_looking_up_has_its_index_in_every_table(club: Tx) -> None:
    for lookup in LOOKUPS:
        assert list(scans(club, lookup)) == [], lookup


def test_no_line_of_a_statement_reads_all_spendings(club: Tx) -> None:
    given = {"programme_id": 1, "customer_id": 1, "currency": None, "before": None, "limit": 100}
    whole = [line for line in scans(club, STATEMENT.texts["page"], given) if "simple_spend" in line]
    assert whole == []


@pytest.mark.parametrize(("file", "name"), OF_OTHERS, ids=[name for _, name in OF_OTHERS])
def test_what_is_no_simple_spend_is_not_looked_for_among_them(club: Tx, file: Statements, name: str) -> None:
    """No index tells that there is none: all of them would be read for nothing."""
    plan = club.execute("explain " + file.texts[name], GIVEN).fetchall()
    assert [line for (line,) in plan if "simple_spend" in line] == []


def test_no_function_asks_members_accounts_for_the_programmes_side(club: Tx) -> None:
    """Few accounts stand in the index of that side; the planner reads all of it rather than look one up."""
    asking = r"select proname from pg_proc where prosrc ~ 'loyalty\.entry \w+ on \w+\.account_id'"
    assert club.execute(asking.encode()).fetchall() == []


def test_what_programmes_accounts_are_asked_leaves_out_nothing_of_theirs(club: Tx) -> None:
    for number, amount in enumerate((30, 130, 5)):
        spend(club, "club", 1, amount, key=f"spent-{number}", at=after(2)).confirmed()
    for told, whose in (("programme_entry", "is null"), ("member_entry", "is not null")):
        sums = """
            select a.id, sum(e.amount), count(*), min(e.id), max(e.id) from loyalty.{} e
            join loyalty.account a on a.id = e.account_id and a.member_id {} group by a.id order by a.id
        """
        assert (
            club.execute(sums.format(told, whose).encode()).fetchall()
            == club.execute(sums.format("entry", whose).encode()).fetchall()
        )
