"""What goes wrong with a lake: a full disk, a lost store, a truncated file, one restored older or newer."""

import resource
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from regulars import analytics
from regulars.analytics import Lake
from regulars.db import Database
from tests.integration.analytics.lake_of import FORK, START, happen, lake_in, positions
from tests.integration.analytics.test_lake import pieces_of

LATER = START + timedelta(days=400)
EVENTS = analytics.EVENTS


def problem(lake: Lake) -> str | None:
    with lake.database.transaction() as tx:
        return next(one.problem for one in analytics.states(tx) if one.name == "events")


def export_with_little_room(dsn: str, folder: Path) -> None:
    """As on a full disk: no file may grow beyond some bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))
    with Database(dsn) as database:
        try:
            analytics.export(lake_in(database, folder))
        except analytics.LakeUnavailable:
            raise SystemExit(7) from None


def test_a_full_disk_is_said_and_loses_nothing(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 900)

    writer = FORK.Process(target=export_with_little_room, args=(database.dsn, tmp_path))
    writer.start()
    writer.join(60)

    assert writer.exitcode == 7
    assert "cannot be used" in str(problem(lake)) and "Nothing was lost" in str(problem(lake))
    assert positions(lake) == list(range(1, 901))
    analytics.export(lake)
    assert problem(lake) is None and positions(lake) == list(range(1, 901))
    assert analytics.vacuum(lake, hours=0) >= 0
    assert positions(lake) == list(range(1, 901))


def test_a_lost_store_is_noticed_and_written_anew_while_postgresql_holds_all(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path, keep_days=1)
    happen(database, 50)
    analytics.export(lake)
    shutil.rmtree(tmp_path / "events")

    with pytest.raises(analytics.LakeDamaged, match="is not there any more"):
        analytics.export(lake)
    with pytest.raises(analytics.LakeDamaged, match="`regulars lake status`"):
        positions(lake)
    assert analytics.check(lake)
    said = analytics.mend(lake, EVENTS, do=False)
    assert "PostgreSQL holds all of it" in str(said) and problem(lake)
    analytics.mend(lake, EVENTS, do=True)
    analytics.export(lake)

    assert positions(lake) == list(range(1, 51)) and problem(lake) is None


def test_a_truncated_file_is_noticed_and_keeps_events_in_postgresql(
    database: Database, tmp_path: Path
) -> None:
    pieces_of(database, 100)
    lake = lake_in(database, tmp_path, keep_days=1)
    happen(database, 150)
    analytics.export(lake)
    file = next((tmp_path / "events").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-100])

    assert "bytes instead of" in analytics.check(lake)[0]
    with pytest.raises(analytics.NotDroppable, match="bytes instead of"):
        analytics.drop_old(lake, LATER)
    happen(database, 10, first=150)
    analytics.export(lake)  # What comes is exported all the same.
    assert "bytes instead of" in str(problem(lake))
    analytics.mend(lake, EVENTS, do=True)
    analytics.export(lake)

    assert analytics.check(lake) == [] and problem(lake) is None
    assert positions(lake) == list(range(1, 161))


def test_a_lake_restored_older_is_noticed_and_filled_up(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path / "lake", keep_days=1)
    happen(database, 40)
    analytics.export(lake)
    shutil.copytree(tmp_path / "lake", tmp_path / "backup")
    happen(database, 40, first=40)
    analytics.export(lake)
    shutil.rmtree(tmp_path / "lake")
    shutil.copytree(tmp_path / "backup", tmp_path / "lake")

    with pytest.raises(analytics.LakeDamaged, match="older than the database"):
        analytics.export(lake)
    assert "older than the database" in str(problem(lake))
    assert "goes on from there" in str(analytics.mend(lake, EVENTS, do=True))
    analytics.export(lake)

    assert positions(lake) == list(range(1, 81)) and problem(lake) is None


def test_what_only_the_lost_lake_held_is_not_written_over(database: Database, tmp_path: Path) -> None:
    pieces_of(database, 100)
    lake = lake_in(database, tmp_path / "lake", keep_days=1)
    happen(database, 30)
    analytics.export(lake)
    shutil.copytree(tmp_path / "lake", tmp_path / "backup")
    happen(database, 120, first=30)
    analytics.export(lake)
    assert [one.dropped for one in analytics.drop_old(lake, LATER)] == [100]
    shutil.rmtree(tmp_path / "lake")

    with pytest.raises(analytics.NotMendable, match="Bring the lake back from a backup"):
        analytics.mend(lake, EVENTS, do=True)
    shutil.copytree(tmp_path / "backup", tmp_path / "lake")
    with pytest.raises(analytics.NotMendable, match="holds events up to 30"):
        analytics.mend(lake, EVENTS, do=True)


def test_a_database_restored_older_than_its_lake_is_noticed_before_its_positions_are_given_again(
    database: Database, tmp_path: Path
) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 40)
    analytics.export(lake)
    with database.transaction() as tx:
        before = tx.execute(
            "select version, watermark, lake_rows, files, file_bytes from analytics.lake"
        ).fetchone()
    happen(database, 40, first=40)
    analytics.export(lake)
    with database.transaction() as tx:  # What a restored dump would hold.
        tx.execute("delete from log.event where position > 40")
        tx.execute("delete from log.seen")
        tx.execute("update log.sequencer set next_position = 41")
        assert before
        changed = "update analytics.lake set (version, watermark, lake_rows, files, file_bytes) = row(%s, %s, %s, %s, %s)"
        tx.execute(changed, before)
    happen(database, 100, first=5000)

    with pytest.raises(analytics.LakeDamaged, match="newer than the database"):
        analytics.export(lake)
    assert positions(lake) == list(
        range(1, 141)
    )  # Of the version that the database knows, and what came since.
    assert "40 events after position 40" in str(analytics.mend(lake, EVENTS, do=False))
    analytics.mend(lake, EVENTS, do=True)
    analytics.export(lake)

    assert positions(lake) == list(range(1, 141)) and problem(lake) is None


def test_the_lake_of_another_database_is_left_alone(database: Database, tmp_path: Path) -> None:
    lake = lake_in(database, tmp_path)
    happen(database, 40)
    analytics.export(lake)
    with database.transaction() as tx:
        tx.execute("delete from analytics.lake")

    with pytest.raises(analytics.LakeDamaged, match="another lake"):
        analytics.export(lake)
    with pytest.raises(analytics.NotMendable, match="the lake of another database"):
        analytics.mend(lake, EVENTS, do=True)
    assert positions(lake) == list(range(1, 41))
