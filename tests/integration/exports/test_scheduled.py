"""Scheduled exports: each occurrence once, brought whole, tried again, and nothing lost when a place is."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet

from regulars import definitions, exports
from regulars.access import NotAllowed
from regulars.app import App
from regulars.connections import PlaceRefused, PlaceUnreachable
from regulars.db import Database
from regulars.exports import Run
from regulars.kernel import Invalid
from tests.integration.connections import sftp_server
from tests.integration.exports import s3_server
from tests.integration.exports.stand import AT, Stand, open_shop, open_stand, order, read_csv

NIGHT = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)  # 02:30 in New York, in summer time.


def test_each_night_a_file_comes_into_the_folder_once_with_two_workers(stand: Stand) -> None:
    stand.publish("orders", place="shop/orders", name="{key}-{date}", filter={"status": "open"})
    assert stand.look() == []
    stand.wall.at = NIGHT
    with Database(stand.database.dsn) as other, ThreadPoolExecutor(4) as pool:
        second = App(settings=stand.app.settings, database=other, zone=stand.app.zone, wall=stand.wall)
        asked = list(pool.map(lambda app: app.export_due(), [stand.app, second] * 6))
        two = [pool.submit(stand.work), pool.submit(replace(stand, app=second).work)]
        [one.result() for one in two]

    assert sum(len(found) for found in asked) == 1
    [run] = stand.runs()
    folder = stand.app.settings.exports_root / "shop/orders"
    assert [path.name for path in folder.iterdir()] == ["orders-2026-03-11.csv"]
    assert len(read_csv((folder / "orders-2026-03-11.csv").read_bytes())) == 7
    assert (run.state, run.rows, run.due_at, run.place) == ("done", 7, NIGHT, "shop/orders")
    assert run.removed_why == "delivered" and not stand.app.exports.file_of(run).exists()
    made = stand.audited("exports.made")
    assert [(one["by"], one["scheduled"], one["rows"], one["place"]) for one in made] == [
        ("the schedule", "orders", 7, "shop/orders")
    ]
    assert stand.look(NIGHT + timedelta(hours=23)) == []
    assert len(stand.look(NIGHT + timedelta(days=4))) == 1  # Down for days: once, not four times.


def test_only_what_is_new_comes_and_nothing_is_lost_when_the_place_is(stand: Stand) -> None:
    root = stand.app.settings.exports_root
    stand.publish("new", place="new", only_new=True, name="{run}")
    folder = root / "new"

    def night(day: int) -> Run:
        stand.look(NIGHT + timedelta(days=day))
        stand.work()
        return stand.runs("new")[0]

    stand.look()
    first = night(0)
    quiet = night(1)
    stand.tell(order(8), order(9))
    root.rename(root.parent / "gone")
    root.write_text("A file is in the way.")
    stand.tell(order(10))
    resting = night(2)
    assert (resting.state, resting.rows) == ("resting", 3) and "cannot be made (File exists)" in (
        resting.problem or ""
    )
    assert resting.next_try_at == stand.wall.at + timedelta(minutes=1)
    stand.tell(order(11))
    stand.look(stand.wall.at + timedelta(minutes=2))
    stand.work()
    assert stand.again(resting).next_try_at == stand.wall.at + timedelta(minutes=5)

    still = night(3)  # The next night takes the rows of the night before along.
    assert stand.again(resting).state == "superseded" and (still.state, still.rows) == ("resting", 4)
    root.unlink()
    (root.parent / "gone").rename(root)
    stand.look(stand.wall.at + timedelta(minutes=2))
    stand.work()
    late = stand.again(still)

    assert [run.state for run in (stand.again(first), stand.again(quiet), late)] == ["done"] * 3
    names = [f"{run.id}.csv" for run in (first, quiet, late)]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    told = [[row["order_key"] for row in read_csv((folder / name).read_bytes())] for name in names]
    assert [len(one) for one in told] == [7, 0, 4]
    assert sorted(key for one in told for key in one) == sorted(f"A-{n}" for n in range(1, 12))


def test_an_order_that_changes_comes_again(stand: Stand) -> None:
    stand.publish("new", place="new", only_new=True, name="{run}", columns=["order_key", "status"])
    for day in (0, 1):
        with stand.database.transaction() as tx:
            run = exports.run_now(tx, stand.app.exports, stand.actor("lea"), "new")
        stand.work()
        if day == 0:
            refund = replace(
                order(3),
                message_id="r3",
                name="Order Refunded",
                occurred_at=AT,
                properties={"order_id": "A-3"},
            )
            stand.tell(refund)
    file = stand.app.settings.exports_root / "new" / f"{run.id}.csv"

    assert read_csv(file.read_bytes()) == [{"order_key": "A-3", "status": "refunded"}]


def tried(stand: Stand, key: str) -> None:
    with stand.database.transaction() as tx:
        place = exports.place_of(tx, stand.app.exports, key)
    exports.try_place(stand.app.exports, key, place)


def test_a_password_is_shown_to_the_place_alone_that_it_was_given_for(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "far").mkdir()
    with sftp_server.serving(tmp_path / "far") as far:
        stand = open_stand(
            database,
            tmp_path / "home",
            outgoing_allow=f"127.0.0.1:{far.port} localhost:{far.port} 127.0.0.1:2222",
        )
        own = {"place": f"sftp://shop@127.0.0.1:{far.port}/", "host_key": far.host_key}
        stand.publish("far", **own, secret="drop-password")
        tried(stand, "far")
        before = list(far.logins)

        for place in (f"root@127.0.0.1:{far.port}", f"shop@localhost:{far.port}", "shop@127.0.0.1:2222"):
            stand.publish("far", **(own | {"place": f"sftp://{place}/"}))
            with pytest.raises(PlaceRefused, match="given for another place"):
                tried(stand, "far")

        assert far.logins == before
        (tmp_path / "far" / "new").mkdir()
        stand.publish("far", **(own | {"place": f"{own['place']}new"}))
        tried(stand, "far")  # Another folder of the same user.


def test_sftp_and_s3_get_whole_files_and_say_what_is_wrong(database: Database, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with sftp_server.serving(tmp_path / "far") as far, s3_server.serving("lake") as store:
        stand = open_stand(
            database, tmp_path / "home", outgoing_allow=f"127.0.0.1:{far.port} 127.0.0.1:{store.port}"
        )
        open_shop(stand)
        sftp = {"place": f"sftp://shop@127.0.0.1:{far.port}/", "host_key": far.host_key}
        s3 = {"place": "s3://lake/nightly", "endpoint": store.endpoint, "format": "parquet"}
        stand.publish("far", **sftp, secret="drop-password")
        stand.publish("key", **sftp, secret=far.client_key, name="by-key", format="csv-gzip")
        stand.publish("store", **s3, secret="key:secret")
        stand.publish("wrong", **sftp, secret="another")
        stand.publish("nowhere", **(s3 | {"place": "s3://nobody"}), secret="key:secret")
        stand.publish("unset", **s3)
        stand.publish("inside", **(s3 | {"endpoint": "http://127.0.0.1:9"}), secret="key:secret")
        for key in ("far", "store"):
            tried(stand, key)
        with pytest.raises(PlaceRefused, match="password or key"):
            tried(stand, "wrong")
        assert list((tmp_path / "far").iterdir()) == [] and store.names("lake") == []

        stand.look()
        stand.look(NIGHT)
        stand.work()
        by_key = {run.export_key: run for run in stand.runs()}

        assert {run.state for run in map(by_key.get, ("far", "key", "store")) if run} == {"done"}
        assert sorted(path.name for path in (tmp_path / "far").iterdir()) == [
            "by-key.csv.gz",
            "far-2026-03-11.csv",
        ]
        assert len(read_csv((tmp_path / "far" / "far-2026-03-11.csv").read_bytes())) == 7
        assert store.names("lake") == ["lake/nightly/store-2026-03-11.parquet"]
        copy = tmp_path / "copy.parquet"
        copy.write_bytes(store.read("lake/nightly/store-2026-03-11.parquet"))
        assert parquet.read_table(copy).num_rows == 7
        problems = {key: (run.state, run.problem or "") for key, run in by_key.items()}
        assert problems["wrong"][0] == "failed" and "password or key" in problems["wrong"][1]
        assert problems["nowhere"][0] == "failed" and "NO_SUCH_BUCKET" in problems["nowhere"][1]
        assert problems["unset"][0] == "failed" and "No password or key is set" in problems["unset"][1]
        assert problems["inside"][0] == "failed" and "REGULARS_OUTGOING_ALLOW" in problems["inside"][1]
    told = " ".join(str(run) for run in stand.runs())
    assert "drop-password" not in told and "key:secret" not in told

    stand.look(NIGHT + timedelta(days=1))  # Both servers are gone now.
    stand.work()
    gone = {run.export_key: run for run in reversed(stand.runs())}
    assert {gone[key].state for key in ("far", "store")} == {"resting"}
    with s3_server.serving("lake", store.port):
        stand.look(stand.wall.at + timedelta(minutes=2))
        stand.work()
    assert stand.again(gone["store"]).state == "done" and stand.again(gone["far"]).state == "resting"
    with pytest.raises(PlaceUnreachable):
        tried(stand, "far")
    stand.app.sequencer.close()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"listing": "nothing"}, "listing"),
        ({"every": "sometimes"}, "every"),
        ({"place": "../out"}, "place"),
        ({"place": "/etc"}, "place"),
        ({"place": "ftp://a@b/c"}, "place"),
        ({"place": "s3://B/../x"}, "place"),
        ({"place": "s3://bucket/a/../b"}, "place"),
        ({"place": "sftp://shop@host/"}, "host_key"),
        ({"place": "s3://bucket", "endpoint": "http://u:p@host"}, "endpoint"),
        ({"name": "../{date}"}, "name"),
        ({"name": "{shoe}"}, "name"),
        ({"only_new": True}, "name"),
        ({"listing": "stores", "only_new": True, "name": "{run}"}, "only_new"),
        ({"filter": {"shoe": "44"}}, "filter.shoe"),
        ({"columns": ["total", "total"]}, "columns"),
    ],
)
def test_a_scheduled_export_that_cannot_work_is_refused_with_its_place(
    shop: Stand, wrong: dict[str, object], path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        shop.publish("wrong", **wrong)
    assert path in {finding.path.removeprefix("body.") for finding in refused.value.findings}


def test_who_publishes_must_be_able_to_see_what_leaves(stand: Stand) -> None:
    kind, body = (
        stand.app.exports.kind,
        {"title": "All", "place": "out", "every": "hourly", "listing": "customers"},
    )
    with stand.database.transaction() as tx:
        lea = stand.actor("lea")
        definitions.save_draft(tx, lea, kind, "all", body | {"contacts": "shown"}, at=AT)
        with pytest.raises(NotAllowed, match="contact details"), tx.transaction():
            definitions.publish(tx, lea, kind, "all", at=AT)
        done = definitions.publish(tx, stand.actor("pia"), kind, "all", at=AT)
        assert isinstance(done, definitions.Published)
        asked = definitions.save_draft(tx, stand.actor("max"), kind, "two", body, at=AT)
        assert isinstance(
            definitions.publish(tx, stand.actor("max"), kind, "two", at=AT), definitions.Requested
        )
        assert asked.key == "two"
    stand.look()
    stand.look(AT + timedelta(hours=1))
    stand.work()
    [run] = stand.runs()
    assert "anna@shop.example" in (stand.app.settings.exports_root / "out" / run.file).read_text()
