"""Orders, their lines, the ledger and messages in the lake; typed columns; and a store that speaks S3."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from regulars import analytics
from regulars.analytics import Lake, place_of
from regulars.app import App, assemble
from regulars.db import Database
from regulars.settings import read_settings
from regulars.wiring import LAKE
from tests.integration.analytics.lake_of import START, asked, happen, lake_in, positions

AT = datetime(2025, 6, 1, tzinfo=UTC)
ORDER = """
insert into orders.purchase (
    order_id, order_key, customer_id, atom_id, position, revised_position, revision, occurred_at, booked_at,
    currency, total_minor, discount_minor, line_count
) overriding system value
select n, 'o-' || n, %(person)s, n %% 7 + 1, n, n, 0, %(at)s, %(at)s, 'EUR', 100, 0, 0
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
"""


def order(database: Database, first: int, last: int) -> None:
    with database.transaction() as tx:
        tx.execute(ORDER, {"first": first, "last": last, "at": AT, "person": 1})


def sums(lake: Lake) -> list[tuple[object, ...]]:
    return asked(
        lake, "select count(*), count(distinct order_id), cast(sum(total_minor) as bigint) from orders"
    )


def test_rows_that_change_are_read_as_they_are_and_written_anew_with_their_neighbours(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path, tables=LAKE)
    order(database, 99_900, 100_100)  # Two chunks.
    assert sums(lake) == [(201, 201, 20_100)]
    analytics.export(lake)
    with analytics.open_lake(lake, ["orders"]) as snapshot:
        assert len(snapshot.relation("orders").hot) == 0

    with database.transaction() as tx:
        tx.execute("update orders.purchase set total_minor = 40 where order_id = 99950")
        tx.execute("delete from orders.purchase where order_id = 99951")
    order(database, 300_000, 300_009)
    changed = [(210, 210, 20_940)]

    assert sums(lake) == changed
    with analytics.open_lake(lake, ["orders"]) as snapshot:
        assert len(snapshot.relation("orders").hot) == 99 + 10  # Of the chunks that changed.
    assert {one.name: one.rows for one in analytics.export(lake)}["orders"] == 109
    assert sums(lake) == changed
    assert {one.name: one.rows for one in analytics.export(lake)}["orders"] == 0
    assert asked(lake, "select count(distinct customer_id) from orders") == [(7,)]  # The atoms.


def test_a_change_that_is_not_committed_yet_is_neither_lost_nor_seen_early(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path, tables=LAKE)
    order(database, 1, 10)
    analytics.export(lake)

    with database.connect() as writer:
        writer.execute(ORDER, {"first": 11, "last": 15, "at": AT, "person": 1})
        order(database, 21, 25)  # A later id commits first.
        analytics.export(lake)
        assert sums(lake) == [(15, 15, 1_500)]
        writer.commit()
        assert sums(lake) == [(20, 20, 2_000)]
    analytics.export(lake)
    assert sums(lake) == [(20, 20, 2_000)]


def test_every_table_of_a_shop_stands_in_the_lake_as_in_postgresql(
    database: Database, tmp_path: Path
) -> None:
    app = assembled(database, tmp_path)
    with database.transaction() as tx:
        for table in LAKE:
            tx.execute(f"select * from ({table.source}) as row limit 0")
            names = {
                one.name for one in tx.execute(f"select * from ({table.source}) as row limit 0").description
            }  # type: ignore[union-attr]
            assert set(table.columns) <= names
    order(database, 1, 3)
    analytics.export(app.lake)
    for table in LAKE:
        assert asked(app.lake, f"select count(*) from {table.name}") == [
            (3 if table.name == "orders" else 0,)
        ]


def assembled(database: Database, home: Path) -> App:
    return assemble(read_settings(home=home, workspace="main"), database)


def test_planned_properties_have_columns_of_their_own_whenever_they_were_planned(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 30)
    analytics.export(lake)
    from regulars.analytics import typed_columns

    with database.transaction() as tx:
        for kind, name in (("number", "price_number"), ("text", "colour_text")):
            tx.execute(
                "insert into analytics.typed_column values (%s, %s, %s, 31)", [name, name.split("_")[0], kind]
            )
        assert len(typed_columns.known(tx)) == 2
    happen(database, 30, first=30)
    analytics.export(lake)
    happen(database, 30, first=60)  # In no file, in old files, in new ones.

    found = asked(lake, "select sum(price_number), count(colour_text), min(colour_text) from events")
    assert found == [(sum(n % 9 + 0.5 for n in range(90)), 90, "grün 0")]


@pytest.fixture
def store() -> Iterator[str]:
    """A store that speaks S3 on loopback; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def test_the_lake_stands_in_a_store_that_speaks_s3(database: Database, tmp_path: Path, store: str) -> None:
    settings = read_settings(
        home=tmp_path, workspace="main", lake="s3://history/shop", lake_endpoint=store,
        lake_access_key="someone", lake_secret_key="something",
    )  # fmt: skip
    place = place_of(settings)
    assert httpx.put(f"{store}/history").status_code == 200
    lake = Lake(database=database, place=place)
    assert "something" not in repr(settings) and "something" not in repr(lake)

    happen(database, 60)
    analytics.export(lake)
    happen(database, 40, first=60)
    analytics.export(lake)
    assert positions(lake) == list(range(1, 101))
    assert analytics.compact(lake) == 2 and analytics.check(lake) == []
    with database.transaction() as tx:
        tx.execute("update log.event set customer_id = null where customer_id = 3")
        analytics.ask_erasure(tx, [3])
    assert analytics.erase(lake).open == 0
    assert asked(lake, "select count(*), count(customer_id) from events") == [(100, 98)]
    happen(database, 10, first=100)
    analytics.export(lake)
    assert positions(lake) == list(range(1, 111))


def test_an_address_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="write a folder, or s3://"):
        place_of(read_settings(home=tmp_path, lake="gs://bucket"))
    assert place_of(read_settings(home=tmp_path, lake=str(tmp_path / "l"))).root == str(
        tmp_path / "l" / "main"
    )
    assert START.tzinfo is UTC
