"""A ledger from before spendings of one row goes on: its numbers, its reversals, and the lake that follows it."""

from regulars.db import Database, drop_database, migrate
from regulars.loyalty import adjust, check_ledger, enrol, reverse, spend, statement
from tests.integration.loyalty.books import after, no_tiers, open_club

BY = {"reason": "test", "actor": "Ada"}
WATCHED = "select array_agg(distinct tgrelid::regclass::text) from pg_trigger where tgname = 'lake_ledger_entries_insert'"
SPEND = "select (loyalty.post_spend(1, 1, 1, 'spend', %s, %s, %s, %s, null, null, '{}'::jsonb)).outcome"


def test_a_ledger_that_is_in_use_goes_on(server) -> None:
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
