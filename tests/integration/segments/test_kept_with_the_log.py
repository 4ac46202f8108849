"""What is kept with the log equals what a full computation says, whatever happens."""

import os
from pathlib import Path
from random import Random

import pytest
from psycopg import sql

from regulars import log, segments
from regulars.db import Database, value
from regulars.segments import SEGMENT, SegmentBody
from tests.integration.analytics.test_lake import pieces_of
from tests.integration.segments.living import CHOICES, HOUR, Living

# A longer run: REGULARS_TEST_STEPS=5000 REGULARS_TEST_SEED=7.
STEPS = int(os.environ.get("REGULARS_TEST_STEPS", "80"))
SEED = int(os.environ.get("REGULARS_TEST_SEED", "20260322"))
PLACED = sql.SQL("select end_position from log.placed")


def test_what_is_kept_equals_a_full_computation_whatever_happens(database: Database, tmp_path: Path) -> None:
    pieces_of(database, 2 * STEPS)
    living = Living(database, tmp_path, Random(SEED))
    living.app.sequencer.batch = STEPS  # Of which twice as many positions stand ready.
    for number in range(STEPS):
        living.step()
        living.settle()
        if number % 7 == 0:
            log.note_places(database)
        if number % 5 == 0 or number == STEPS - 1:
            assert living.differences() == [], f"after step {number}: {living.done}"
    living.close()
    assert living.done.get("erased") or STEPS < 200
    with database.transaction() as tx:
        assert value(tx, PLACED) > 1


def test_with_a_long_log_everybody_is_asked_in_duckdb_and_what_is_kept_is_the_same(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    living = Living(database, tmp_path, Random(SEED), defined=())
    for _ in range(12):
        living.tell_some()
        living.pass_time(5 * HOUR)
        living.settle()
    monkeypatch.setattr("regulars.segments.recomputing.LARGE", 0)

    said = [
        living.publish(SEGMENT, f"s{n}", SegmentBody(name="S", condition=one))
        for n, one in enumerate(CHOICES)
    ]
    living.tell_some()  # Not yet read when everybody is asked.
    living.settle()

    assert said[0].endswith("everybody is asked within minutes.")
    assert living.differences() == []
    with database.transaction() as tx:
        tx.execute(
            "delete from segments.membership where segment_id = (select min(segment_id) from segments.membership)"
        )
        assert segments.sweep(tx, living.now) is None
    living.settle()
    with database.transaction() as tx:
        last = segments.sweeps(tx)[0]
    assert (last.engine, last.differences > 0) == ("duckdb", True)
    assert living.differences() == []
    living.close()
