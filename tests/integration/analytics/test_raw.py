"""All events for another system: each once, in order, wherever they stand, while they come and move."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from time import sleep

import pytest

from regulars import analytics
from regulars.analytics import EVENTS, EventsMissing, Lake, LakeDamaged, Place, raw_events
from regulars.db import Database
from tests.integration.log.world import NOON, event, fetch, put, sequence

EVERYTHING = 10**9


@pytest.fixture
def lake(database, tmp_path) -> Lake:
    return Lake(database=database, place=Place(root=str(tmp_path / "lake")), tables=(EVENTS,))


def follow(lake: Lake, *, after: int = 0, limit: int = 7, until: int | None = None) -> Iterator[list]:
    """What another system does: ask, keep, ask after it."""
    while True:
        page = raw_events(lake, after=after, limit=limit)
        yield page.events
        after = page.to
        if after >= (page.head if until is None else until):
            return


def positions(lake: Lake, **how) -> list[int]:
    return [event.position for part in follow(lake, **how) for event in part]


def remove(database: Database, condition: str) -> None:
    with database.transaction() as tx:
        tx.execute(f"delete from log.event where {condition}")


def test_each_event_comes_once_while_they_come_in_move_to_the_lake_and_leave_postgresql(database, lake):
    stop = Flag()

    def write(writer: int) -> None:
        for _ in range(50):
            put(database, *(event(writer) for _ in range(20)))
            sleep(0.02)

    def number() -> None:
        while not stop.is_set():
            sequence(database)

    def move() -> None:
        while not stop.is_set():
            analytics.export(lake)
            with database.transaction() as tx:
                # Thinned as old partitions are: some of what the lake has stays.
                tx.execute(
                    "delete from log.event where position % 5 > 0 and position < (select max(position) from log.event) "
                    "and position <= (select watermark from analytics.lake where name = 'events')"
                )

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write, writer) for writer in (1, 2, 3)]
        others = [pool.submit(number), pool.submit(move)]
        seen = positions(lake, limit=33, until=3_000)
        stop.set()
        for one in (*writers, *others):
            one.result()

    assert fetch(database, "select version from analytics.lake")[0][0] >= 4  # It did move meanwhile.
    assert seen == list(range(1, 3_001))
    again = [one for part in follow(lake, limit=250) for one in part]
    assert [one.position for one in again] == seen
    assert {one.message_id for one in again} == {
        f"{one.customer_id}-{json.loads(one.properties)['number']}" for one in again
    }
    assert len({one.message_id for one in again}) == 3_000


def test_an_answer_stays_within_its_bytes_and_gives_one_event_at_least(database, lake):
    wide = {"text": "x" * 400_000}
    put(database, *(event(properties=wide if number % 2 else {}) for number in range(80)))
    sequence(database)

    recent = [len(part) for part in follow(lake, limit=100)]
    analytics.export(lake)
    remove(database, "position < 80 and position % 7 > 0")
    stored = [len(part) for part in follow(lake, limit=100)]

    assert recent == stored and sum(recent) == 80 and len(recent) == 2
    assert positions(lake, limit=100) == list(range(1, 81))


def test_what_is_lost_is_said_and_what_its_retention_removed_is_passed_over(database, lake):
    put(database, *(event() for _ in range(30)))
    sequence(database)
    remove(database, "position between 11 and 20")

    first = raw_events(lake, after=0, limit=EVERYTHING)
    with pytest.raises(EventsMissing, match="after=20"):
        raw_events(lake, after=10, limit=5)
    with database.transaction() as tx:
        analytics.ask_expiry(tx, NOON + timedelta(days=1))
    pages = [raw_events(lake, after=after, limit=5) for after in (8, 10, 20)]

    assert (first.to, len(first.events), first.removed) == (10, 10, 0)
    assert [(page.to, len(page.events), page.removed) for page in pages] == [
        (13, 2, 3),
        (20, 0, 10),
        (25, 5, 0),
    ]
    assert raw_events(lake, after=30, limit=5).events == []
    assert raw_events(lake, after=99, limit=5).to == 99


def test_the_person_is_the_survivor_of_now(database, lake):
    put(database, event(1), event(2), event(3))
    sequence(database)
    with database.transaction() as tx:
        from tests.integration.people import know, regroup

        know(tx, [1, 2, 3])
        regroup(tx, {2: 1}, ())

    recent = [(one.customer_id, one.person_id) for one in raw_events(lake, after=0, limit=9).events]
    analytics.export(lake)
    remove(database, "position < 3")
    stored = [(one.customer_id, one.person_id) for one in raw_events(lake, after=0, limit=9).events]

    assert recent == stored == [(1, 1), (2, 1), (3, 3)]


def test_a_damaged_file_is_told_and_nothing_is_passed_over(database, lake):
    put(database, *(event() for _ in range(30)))
    sequence(database)
    analytics.export(lake)
    remove(database, "position < 20")
    for file in Path(lake.place.table("events")).glob("*.parquet"):
        file.write_bytes(file.read_bytes()[:-200])

    with pytest.raises(LakeDamaged, match="regulars lake status"):
        raw_events(lake, after=0, limit=5)
    with pytest.raises(LakeDamaged, match="regulars lake status"), analytics.open_engine(lake) as engine:
        engine.ask("select count(distinct name) from events").read_all()
    assert [one.position for one in raw_events(lake, after=20, limit=5).events] == [21, 22, 23, 24, 25]
