"""Programmes from before several tier sets keep theirs, with the defaults that their bodies leave out."""

from psycopg.types.json import Jsonb

from regulars.db import Database, drop_database, migrate

BODY = {
    "tier_set": {
        "key": "club",
        "window_days": 182,
        "tiers": [{"name": "Member", "threshold": 0}, {"name": "Gold", "threshold": 1000}],
    }
}


def test_tier_sets_of_programmes_there_are_are_written_down(server) -> None:
    dsn = server.empty()
    with Database(dsn) as database:
        migrate(database, up_to=63)
        with database.transaction() as tx:
            tx.execute(
                "insert into loyalty.programme (key, name, legal_entity, zone, launched_at)"
                " values ('a', 'A', 'L', 'Europe/Berlin', '2025-01-01'), ('b', 'B', 'L', 'UTC', '2025-01-01')"
            )
            tx.execute(
                "insert into loyalty.currency (programme_id, code, name, scale) values (1, 'points', 'points', 0)"
            )
            for programme, version, body in ((1, 1, {}), (1, 2, BODY), (2, 1, {"tier_set": None})):
                tx.execute(
                    "insert into loyalty.programme_version (programme_id, version, live_from, body)"
                    " values (%s, %s, '2025-01-01', %s)",
                    (programme, version, Jsonb(body)),
                )

        migrate(database)

        with database.transaction() as tx:
            found = tx.execute(
                "select programme_id, key, names, thresholds, counts, currency_id, span, span_days, valid_days, downgrade,"
                " at_once, zone from loyalty.tier_set"
            ).fetchall()
    assert found == [
        (
            1,
            "club",
            ["Member", "Gold"],
            [0, 1000],
            "collected",
            1,
            "rolling",
            182,
            365,
            "one_step",
            True,
            "Europe/Berlin",
        )
    ]
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])
