"""A ledger from before spendings of one row goes on: its numbers, its reversals, and the lake that follows it."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import psycopg

from regulars.db import Database, drop_database, migrate
from regulars.loyalty import adjust, check_ledger, enrol, reverse, spend, statement
from tests.integration.loyalty.books import after, no_tiers, open_club

BY = {"reason": "test", "actor": "Ada"}
WATCHED = "select array_agg(distinct tgrelid::regclass::text) from pg_trigger where tgname = 'lake_ledger_entries_insert'"
SPEND = "select (loyalty.post_spend(1, 1, 1, 'spend', %s, %s, %s, %s, null, null, '{}'::jsonb)).outcome"
READ = "select count(*) from loyalty.lot_move join loyalty.entry using (transfer_id) join loyalty.transfer t on t.id = transfer_id"


def test_a_ledger_from_before_goes_on(server) -> None:
    dsn = server.empty()
    with Database(dsn) as database:
        migrate(database, up_to=85)
        with database.transaction() as tx:
            open_club(tx, no_tiers())
            enrol(tx, "club", 1, at=after(1))
            adjust(tx, "club", 1, 100, key="given", at=after(1), **BY)
            for key in ("a", "b"):
                assert tx.execute(SPEND, [10, key, after(2), after(2)]).fetchone() == ("posted",)
            tx.execute("select analytics.watch('ledger_entries', 'loyalty.entry', 'id')")
            (last,) = tx.execute("select max(id) from loyalty.entry").fetchone()

        migrate(database)

        with database.transaction() as tx:
            old = tx.execute("select max(id) from loyalty.transfer where kind = 'spend'").fetchone()[0]
            new = spend(tx, "club", 1, 10, key="c", at=after(2)).confirmed().transfer_id
            reverse(tx, "club", old, key="back", at=after(2), **BY).confirmed()
            assert new > last
            assert tx.execute("select count(*) from loyalty.simple_spend").fetchone() == (1,)
            assert [line.balance for line in statement(tx, 1, programme="club").items] == [
                80,
                70,
                80,
                90,
                100,
            ]
            assert check_ledger(tx) == []
            # Both tables are followed, each write leaves its mark, and following them again makes nothing twice.
            assert tx.execute(WATCHED).fetchone() == (["loyalty.entry_row", "loyalty.simple_spend"],)
            assert tx.execute(
                "select count(*) from analytics.touched where name = 'ledger_entries'"
            ).fetchone() == (2,)
            for table in ("entry_row", "simple_spend"):
                assert tx.execute(
                    "select analytics.watch('ledger_entries', %s::text::regclass, 'id')", [f"loyalty.{table}"]
                ).fetchone() == (False,)
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def test_it_joins_while_others_write_and_read(server) -> None:
    """Who is in the midst of a spending may be refused, whole; nobody stands in a deadlock."""
    dsn = server.empty()
    done = Event()
    posted: list[str] = []
    refused: list[psycopg.Error] = []

    def use(query: str, who: int) -> None:
        with psycopg.connect(dsn, autocommit=True) as own:
            for n in count():
                if done.is_set():
                    return
                given = [1, f"{who}-{n}", after(2), after(2)] if query == SPEND else None
                try:
                    own.execute(query.replace("(1, 1, 1,", f"(1, 1, {who},").encode(), given)
                    posted.extend([f"{who}-{n}"] if given else [])
                except psycopg.Error as error:
                    refused.append(error)

    with Database(dsn) as database:
        migrate(database, up_to=85)
        with database.transaction() as tx:
            open_club(tx, no_tiers())
            for who in range(1, 7):
                enrol(tx, "club", who, at=after(1))
                adjust(tx, "club", who, 100_000, key=f"given-{who}", at=after(1), **BY)
        with ThreadPoolExecutor(8) as pool:
            using = [pool.submit(use, SPEND, who) for who in range(1, 7)]
            using += [pool.submit(use, READ, 0) for _ in range(2)]
            try:
                while len(posted) < 200:
                    done.wait(0.01)
                migrate(database)
                before = len(posted)
                while len(posted) < before + 200:
                    done.wait(0.01)
            finally:
                done.set()
            for one in using:
                one.result()

        assert not [error for error in refused if isinstance(error, psycopg.errors.DeadlockDetected)]
        assert len(refused) <= 6
        with database.transaction() as tx:
            kept = tx.execute("select key from loyalty.caller_key where key not like 'given%'").fetchall()
            assert sorted(posted) == sorted(key for (key,) in kept)
            assert tx.execute("select count(*) from loyalty.transfer where kind = 'spend'").fetchone() == (
                len(posted),
            )
            assert check_ledger(tx) == []
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])
