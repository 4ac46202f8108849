"""The lake against a real database: exported, compacted, thinned, killed anywhere, read meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from regulars import analytics, log
from regulars.analytics import Lake
from regulars.db import Database
from regulars.wiring import READERS
from tests.integration.analytics.lake_of import FORK, START, asked, happen, killed_at, lake_in, positions

LATER = START + timedelta(days=400)
Step = Callable[[str], None]


def exporting(lake: Lake, step: Step) -> None:
    analytics.export(lake, step=step)


def compacting(lake: Lake, step: Step) -> None:
    analytics.compact(lake, step=step)


def dropping(lake: Lake, step: Step) -> None:
    analytics.drop_old(lake, LATER, step=step)


def erasing(lake: Lake, step: Step) -> None:
    analytics.erase(lake, step=step)


def test_a_reader_sees_every_event_once_wherever_it_stands(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 300)
    assert positions(lake) == list(range(1, 301))  # All from PostgreSQL.

    moved = analytics.export(lake)
    happen(database, 200, first=300)

    assert {one.name: one.rows for one in moved}["events"] == 300
    assert positions(lake) == list(range(1, 501))  # From both.
    with analytics.open_lake(lake, ["events"]) as snapshot:
        events = snapshot.relation("events")
        assert (len(events.hot), len(events.files)) == (200, 1)
    assert analytics.export(lake)[0].rows == 200
    assert analytics.export(lake)[0].rows == 0
    assert asked(lake, "select count(*), count(distinct message_id), min(properties) from events") == [
        (500, 500, '{"price": 0.5, "colour": "grün 0"}')
    ]


@pytest.mark.parametrize("step", ["intended", "created", "written", "noted"])
def test_an_exporter_killed_between_any_two_steps_loses_and_doubles_nothing(
    database: Database, tmp_path: Path, step: str
) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 100)

    killed_at(step, database.dsn, tmp_path, exporting)
    seen_after_the_kill = positions(lake)
    happen(database, 50, first=100)
    analytics.export(lake)

    assert seen_after_the_kill == list(range(1, 101))
    assert positions(lake) == list(range(1, 151))
    with analytics.open_lake(lake, ["events"]) as snapshot:
        assert len(snapshot.relation("events").hot) == 0


@pytest.mark.parametrize("step", ["intended", "compacted", "noted"])
def test_a_compaction_killed_between_any_two_steps_changes_no_event(
    database: Database, tmp_path: Path, step: str
) -> None:
    lake = lake_in(database, tmp_path)
    for first in (0, 40, 80):
        happen(database, 40, first=first)
        analytics.export(lake)

    killed_at(step, database.dsn, tmp_path, compacting)

    assert positions(lake) == list(range(1, 121))
    happen(database, 40, first=120)
    analytics.export(lake)
    analytics.compact(lake)
    assert positions(lake) == list(range(1, 161))
    with analytics.open_lake(lake, ["events"]) as snapshot:
        assert len(snapshot.relation("events").files) == 1


def pieces_of(database: Database, span: int) -> None:
    """Let the log be cut every so many positions."""
    with database.transaction() as tx:
        tx.execute("drop table log.event_0000000000001")
        tx.execute("update log.sequencer set partition_span = %s, partitioned_to = 1", [span])


@pytest.mark.parametrize("step", ["needed by nobody", "counted", "dropped", "noted"])
def test_a_drop_killed_between_any_two_steps_loses_nothing(
    database: Database, tmp_path: Path, step: str
) -> None:
    pieces_of(database, 100)
    lake = lake_in(database, tmp_path, keep_days=1)
    happen(database, 99)
    happen(database, 1, first=99, name="Order Completed")
    happen(database, 50, first=100)
    analytics.export(lake)

    killed_at(step, database.dsn, tmp_path, dropping)

    assert positions(lake) == list(range(1, 151))
    analytics.drop_old(lake, LATER)
    assert positions(lake) == list(range(1, 151))
    with database.transaction() as tx:
        assert [(one.kept, one.dropped) for one in analytics.thinned(tx)] == [(0, 100)]
        assert analytics.whole_from(tx) == 101
        assert [one.position for one in log.events(tx, after=0, to=200)] == list(range(101, 151))


def test_what_a_room_needs_stays_and_what_somebody_waits_for_keeps_all(
    database: Database, tmp_path: Path
) -> None:
    pieces_of(database, 100)
    keep = analytics.Keep(why="orders", names=lambda _: ["Order Completed"])
    lake = lake_in(database, tmp_path, keep_days=1, keeps=(keep,))
    happen(database, 90)
    happen(database, 30, first=90, name="Order Completed")
    with pytest.raises(analytics.NotDroppable, match="The lake holds events up to 0 only"):
        analytics.drop_old(lake, LATER)
    analytics.export(lake)
    with database.transaction() as tx:
        log.reader.register(tx, READERS[0])
    with pytest.raises(analytics.NotDroppable, match="The reader .* has only applied events up to 0"):
        analytics.drop_old(lake, LATER)
    with database.transaction() as tx:
        tx.execute("update log.reader set position = 120")
        tx.execute("insert into log.set_aside (reader, position, reason) select name, 7, 'x' from log.reader")
    with pytest.raises(analytics.NotDroppable, match="set the event 7 aside"):
        analytics.drop_old(lake, LATER)
    with database.transaction() as tx:
        tx.execute("delete from log.set_aside")
        tx.execute("update log.event set properties = '{}' where position = 5")
    with pytest.raises(analytics.NotDroppable, match="their contents differ"):
        analytics.drop_old(lake, LATER)
    with database.transaction() as tx:
        restored = """{"price": 5.5, "colour": "grün 4"}"""
        tx.execute(
            "update log.event set properties = %s where position = 5", [restored.replace("5.5", "4.5")]
        )

    done = analytics.drop_old(lake, LATER)

    assert [(one.kept, one.dropped) for one in done] == [(10, 90)]
    assert positions(lake) == list(range(1, 121))
    assert analytics.drop_old(lake, LATER) == []
    assert (
        analytics.drop_old(lake_in(database, tmp_path), LATER) == []
    )  # Without a number of days nothing goes.


def test_readers_see_every_event_once_while_two_export_and_one_compacts(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 200)
    done, wrong = Event(), []

    def read() -> None:
        while not done.is_set():
            found = positions(lake)
            if found != list(range(1, len(found) + 1)) or len(found) < 200:
                wrong.append(found)

    readers = [Thread(target=read) for _ in range(2)]
    writers = [FORK.Process(target=keep_writing, args=(database.dsn, tmp_path)) for _ in range(2)]
    for one in (*readers, *writers):
        one.start()
    for round_ in range(12):
        happen(database, 60, first=200 + round_ * 60)
    for one in writers:
        one.join(60)
    done.set()
    for one in readers:
        one.join()

    assert not wrong
    assert [one.exitcode for one in writers] == [0, 0]
    analytics.export(lake)
    assert positions(lake) == list(range(1, 921))


def keep_writing(dsn: str, folder: Path) -> None:
    """Export and compact until all is there."""
    with Database(dsn) as database:
        lake = lake_in(database, folder)
        for _ in range(400):
            analytics.export(lake)
            analytics.compact(lake, small_files=4)
            with database.transaction() as tx:
                state = next(one for one in analytics.states(tx) if one.name == "events")
            if state.watermark >= 920:
                return


def test_an_export_that_comes_too_late_is_refused_by_the_lake(database: Database, tmp_path: Path) -> None:
    from regulars.analytics.exporting import _log

    lake = lake_in(database, tmp_path)
    happen(database, 100)
    analytics.export(lake)
    happen(database, 100, first=100)
    overtaken = []

    def overtake(step: str) -> None:
        if (
            step == "intended" and not overtaken
        ):  # As if our connection, and the lease with it, had been lost.
            overtaken.append(step)
            _log(lake, analytics.EVENTS, 1, lambda _: None)

    with pytest.raises(analytics.LakeUnavailable):
        _log(lake, analytics.EVENTS, 1, overtake)
    assert positions(lake) == list(range(1, 201))


@pytest.mark.parametrize("step", ["intended", "rewritten", "rewritten noted", "vacuumed", "cleaned"])
def test_an_erasure_killed_anywhere_is_finished_by_the_next_one(
    database: Database, tmp_path: Path, step: str
) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 120)
    analytics.export(lake)
    happen(database, 50, first=120)
    analytics.export(lake)
    with database.transaction() as tx:
        tx.execute("update log.event set customer_id = null, properties = '{}' where customer_id = 7")
        analytics.ask_erasure(tx, [7])

    killed_at(step, database.dsn, tmp_path, erasing)
    while analytics.erase(lake, wait_s=5).open:
        pass

    files = b"".join(path.read_bytes() for path in (tmp_path / "events").rglob("*") if path.is_file())
    assert b'gr\xc3\xbcn 6"' not in files  # The property's last sign ends the text.
    found = asked(lake, "select position, name, properties from events where customer_id is null order by 1")
    assert found == [(number, "regulars.privacy.erased", "{}") for number in (7, 57, 107, 157)]
    assert positions(lake) == list(range(1, 171))
    happen(database, 10, first=170)
    analytics.export(lake)
    assert positions(lake) == list(range(1, 181))


def test_an_erasure_waits_for_whoever_reads(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 60)
    analytics.export(lake)
    with database.transaction() as tx:
        analytics.ask_erasure(tx, [7])

    with analytics.open_lake(lake) as snapshot:
        first = analytics.erase(lake, wait_s=0.1)
        with analytics.open_duckdb(snapshot.relations, snapshot.people) as engine:
            seen = engine.ask("select count(customer_id) as found from events").read_all().to_pylist()
    second = analytics.erase(lake)

    assert (first.rows, first.open, second.open) == (2, 1, 0)
    assert seen == [{"found": 60}]


def test_old_events_expire_by_name(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 20)
    happen(database, 20, first=20, name="Order Completed")
    analytics.export(lake)
    with database.transaction() as tx:
        analytics.ask_expiry(tx, START + timedelta(days=9), ["Shelf Seen"])

    analytics.erase(lake)

    assert positions(lake) == list(range(21, 41))


def test_merges_after_the_export_show_the_survivor(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    with database.transaction() as tx:
        tx.execute(
            "insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at) "
            "overriding system value select n, %s, %s, %s from generate_series(1, 50) as n",
            [START, START, START],
        )
    happen(database, 100)
    analytics.export(lake)
    by_person = "select count(*), count(distinct person_id), count(distinct customer_id) from events"
    before = asked(lake, by_person)

    with database.transaction() as tx:
        tx.execute("update customers.customer set survivor_id = 1 where customer_id in (2, 3)")

    assert before == [(100, 50, 50)]
    assert asked(lake, by_person) == [(100, 48, 50)]
    assert asked(lake, "select count(*) from events where person_id = 1") == [(6,)]


def test_a_range_whose_events_all_expired_is_passed_over(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 20)
    with database.transaction() as tx:
        tx.execute("delete from log.event where position < 20")
    analytics.export(lake)
    assert positions(lake) == [20]


def test_a_drop_keeps_nobody_waiting_who_reads_the_log(database: Database, tmp_path: Path) -> None:
    pieces_of(database, 100)
    lake = lake_in(database, tmp_path, keep_days=1)
    happen(database, 120)
    analytics.export(lake)
    with database.connect() as reader:
        reader.execute("select count(*) from log.event")
        with pytest.raises(analytics.NotDroppable, match="for longer than others should wait"):
            analytics.drop_old(lake, LATER)
    assert [one.dropped for one in analytics.drop_old(lake, LATER)] == [100]
