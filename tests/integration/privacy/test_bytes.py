"""Nobody who was erased stands in any byte: of the database's files, of the lake and of the home."""

from pathlib import Path

from psycopg.conninfo import make_conninfo

from regulars import analytics, customers
from regulars.db import Database, create_database, migrate
from regulars.db.launcher import start
from tests.integration.privacy.marked import (
    EMAIL,
    USER,
    closed,
    event,
    found_in,
    live,
    tables_with_marks,
    world,
)


def test_no_byte_of_database_lake_and_home_holds_an_erased_person(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "server"
    home.mkdir()
    with start(place, fsync=False) as server:
        create_database(server.dsn("postgres"), "privacy")
        with Database(make_conninfo(server.dsn("postgres"), dbname="privacy")) as database:
            migrate(database)
            for made in closed(world(database, home)):
                live(made)
                made.tell(event(None, "Order Refused", properties={"who": EMAIL}))  # Of nobody.
                with database.connect(autocommit=True) as tx:
                    tx.execute("analyze")
                    tx.execute("checkpoint")
                analytics.export(made.app.lake)
                before = tables_with_marks(database)
                assert len(before) > 20, before  # It does stand everywhere, and the search finds it.
                assert len(found_in(place)) > 20
                assert found_in(home)

                done = made.erase()

                assert done.state == "done", (done.step, done.problem, done.left_over)
                left = tables_with_marks(database)
                assert left == {}
                with database.connect(autocommit=True) as tx:
                    tx.execute("select pg_switch_wal()")
                    tx.execute("checkpoint")
                assert found_in(place) == []
                assert found_in(home) == []
                assert made.find(USER) is None
                with database.transaction() as tx:
                    other = customers.get(tx, made.find("other") or 0)
                assert (other.name, other.email) == ("Otto Other", "other@shop.test")
    assert found_in(tmp_path) == []  # A stopped server has written everything out.
