"""A file of a drop goes all the way: the timer's look, the job, the import, the orders."""

from datetime import timedelta
from pathlib import Path

from regulars import connections, imports
from regulars.app import App
from regulars.jobs import Worker
from tests.integration.connections.shop import publish

ORDERS = """order_id,customer,placed,total,currency
n-1,u1,2026-11-01T10:00:00Z,12.30,EUR
n-2,u2,2026-11-01T11:00:00Z,7.00,EUR
"""


def test_a_nightly_file_is_looked_for_imported_once_and_shown_with_its_import(app: App) -> None:
    mapping = {
        "title": "Till export",
        "what": "orders",
        "columns": {
            "order_id": "order_id",
            "customer": "user_id",
            "placed": "occurred_at",
            "total": "total",
            "currency": "currency",
        },
    }
    publish(app, "till-export", imports.MAPPING, **mapping)
    publish(
        app,
        "nightly",
        connections.FILE_DROP,
        title="Nightly orders",
        place="nightly",
        what="orders",
        mapping="till-export",
        source="tills",
        history_before="2026-01-01T00:00:00Z",
    )
    folder = Path(app.settings.drops / "nightly")
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text(ORDERS)

    app.look_around()
    with app.database.transaction() as tx:
        connections.look_around(tx, app.wall.now() + timedelta(hours=1), app.zone)
    Worker(app.database, app.jobs).run_waiting()
    with app.database.transaction() as tx:
        connections.look_now(tx, "nightly", requested_by="Ada")
    Worker(app.database, app.jobs).run_waiting()

    with app.database.transaction() as tx:
        (picked,) = connections.pickups(tx, "nightly").items
        (made,) = imports.imports(tx).items
        assert (picked.state, picked.import_ref) == ("handed", made.id)
        assert (made.state, made.accepted, made.bad) == ("done", 2, 0)
        now = app.now(tx)
    app.catch_up(now)
    with app.database.transaction() as tx:
        found = tx.execute("select order_key, history from orders.fact_order order by order_key").fetchall()
        sources = tx.execute("select distinct source from log.event").fetchall()
    assert found == [("n-1", False), ("n-2", False)] and sources == [("tills",)]
