"""Memberships kept by real processes: killed anywhere, several at once, and within two seconds."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from psycopg import sql
from psycopg.errors import UndefinedTable

from regulars import definitions, log, segments
from regulars.access import SYSTEM
from regulars.app import App
from regulars.cli.working import CONNECTIONS, keep, rhythms, work
from regulars.conditions import Condition, Last, LastHours, Measured, Not
from regulars.db import Database, values
from regulars.segments import SEGMENT, SegmentBody, recomputing, wake_due
from regulars.settings import read_settings
from tests.integration.log.killing import killed_before
from tests.integration.segments.dying import AT, DAY, read_on, wake_on

VIEWED = Measured(of="event", name="Product Viewed", window=Last(days=1))
STAYS = sql.SQL(
    "select segment_key || ' ' || customer_id || coalesce(' until ' || left_at, '') from segments.membership "
    "inner join segments.segment using (segment_id) order by 1"
)
TOLD = sql.SQL(
    "select properties ->> 'segment' || ' ' || name || ' ' || customer_id from log.fact_event "
    "where starts_with(name, 'regulars.segments.')"
)


def publish(database: Database, key: str, condition: Condition, at: datetime = AT) -> None:
    with database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, SEGMENT, key, SegmentBody(name=key, condition=condition), at=at)
        definitions.publish(tx, SYSTEM, SEGMENT, key, at=at)


def views(database: Database, people: int, at: datetime, stamp: str = "") -> None:
    told = [
        log.NewEvent(
            source="shop", message_id=f"{stamp}{n}", name="Product Viewed", user_id=f"u{n}", occurred_at=at
        )
        for n in range(people)
    ]
    with database.transaction() as tx:
        log.append(tx, told)


def app_of(database: Database, home: Path = Path("/nonexistent")) -> App:
    return App(settings=read_settings(workspace="work", home=home), database=database, zone="UTC")


@pytest.fixture
def viewed(database: Database) -> Iterator[Database]:
    """Five looked at something an hour ago, and everybody but the segments' reader has applied it."""
    with database.transaction() as tx:
        log.stand(tx, AT)
    views(database, 1, AT - 2 * DAY, "old")
    app = app_of(database)
    app.catch_up(AT)
    publish(database, "viewed", VIEWED)
    publish(database, "idle", Not(condition=VIEWED))
    app.catch_up(AT)
    with database.transaction() as tx:
        log.pause(tx, "segments")
    views(database, 5, AT - timedelta(hours=1))
    app.catch_up(AT)
    with database.transaction() as tx:
        log.resume(tx, "segments")
    yield database
    app.sequencer.close()


def test_a_reader_or_waking_that_is_killed_between_statements_loses_and_repeats_nothing(
    viewed: Database,
) -> None:
    for work_of, present in ((read_on, {"viewed"}), (wake_on, {"idle"})):
        nth = 1
        while killed_before(work_of, viewed.dsn, nth):
            nth += 1
        assert nth > 5, "It was killed before each of its statements."
        with viewed.transaction() as tx:
            stays = values(tx, STAYS)
        open_stays = Counter(one.split()[0] for one in stays if "until" not in one)
        assert open_stays == dict.fromkeys(present, 5)
        app = app_of(viewed)
        with viewed.transaction() as tx:
            log.stand(tx, AT + 2 * DAY)
        app.catch_up(AT + 2 * DAY)
        app.sequencer.close()
    with viewed.transaction() as tx:
        told = Counter(" ".join(one.split()[:2]) for one in values(tx, TOLD))
        sizes = {one.key: one.members for one in segments.sizes(tx)}
    assert told == {
        "viewed regulars.segments.entered": 5,
        "viewed regulars.segments.left": 5,
        "idle regulars.segments.entered": 6,  # One of them when it was published.
        "idle regulars.segments.left": 1,
    }
    assert sizes == {"viewed": 0, "idle": 5}


def test_two_who_wake_at_once_tell_of_each_change_once(database: Database) -> None:
    with database.transaction() as tx:
        log.stand(tx, AT)
    app = app_of(database)
    publish(database, "viewed", VIEWED)
    views(database, 1_500, AT - timedelta(hours=1))
    app.catch_up(AT)
    with database.transaction() as tx:
        log.stand(tx, AT + DAY)

    with ThreadPoolExecutor(3) as pool:
        woken = list(pool.map(lambda _: wake_due(database, AT + DAY), range(3)))
    app.catch_up(AT + DAY)
    app.sequencer.close()

    assert sum(woken) == 1_500
    with database.transaction() as tx:
        told = Counter(" ".join(one.split()[:2]) for one in values(tx, TOLD))
    assert told == {"viewed regulars.segments.entered": 1_500, "viewed regulars.segments.left": 1_500}


def test_looks_at_everybody_that_fail_are_told_and_tried_again_and_keep_nobody_from_being_woken(
    viewed: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, stop, tomorrow = app_of(viewed, tmp_path), Event(), AT + DAY
    app.catch_up(AT)
    monkeypatch.setattr(recomputing, "LARGE", 0)
    with viewed.transaction() as tx:
        log.stand(tx, tomorrow)
        segments.ask_again(tx)
        tx.execute("alter table segments.sweep rename to sweep_away")
    whole = next(one for one in rhythms(app) if one.name == "looks at everybody")

    with pytest.raises(UndefinedTable):
        app.keep_segments(tomorrow)

    with viewed.transaction() as tx:
        assert [one for one in values(tx, STAYS) if one.startswith("viewed") and "until" not in one] == []
    with caplog.at_level("INFO", "regulars.worker"):
        working = Thread(target=keep, args=(whole, stop))
        working.start()
        try:
            until(viewed, lambda: "The looks at everybody failed and are tried again" in caplog.messages)
            with viewed.transaction() as tx:
                tx.execute("alter table segments.sweep_away rename to sweep")
            until(viewed, lambda: "The looks at everybody work again." in caplog.messages)
        finally:
            stop.set()
            working.join()
    with viewed.transaction() as tx:
        assert len(segments.sweeps(tx)) == 1
    app.sequencer.close()


def test_a_worker_lets_an_event_and_the_passing_of_time_change_membership_within_two_seconds(
    database: Database, tmp_path: Path
) -> None:
    with Database(database.dsn, connections_max=CONNECTIONS) as wide:
        app = app_of(wide, tmp_path)
        publish(wide, "viewed", VIEWED, datetime.now(UTC))
        publish(
            wide,
            "lately",
            Measured(of="event", name="Product Viewed", window=LastHours(hours=1)),
            datetime.now(UTC),
        )
        stop = Event()
        worker = Thread(target=work, args=(app, stop))
        worker.start()
        try:
            waited = [seconds_until(wide, number) for number in range(4)]
            ends = datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=3)
            view(wide, "soon", ends)
            until(wide, lambda: came_and_went(wide, "lately", "soon") == [True, True])
            with wide.transaction() as tx:
                (stay,) = [s for s in segments.stays(tx, number_of(wide, "soon")) if s.key == "lately"]
        finally:
            stop.set()
            worker.join()
    assert max(waited) < 2
    assert stay.left_at is not None
    assert (stay.left_at - ends - timedelta(hours=1)).total_seconds() < 2


def view(database: Database, who: str, at: datetime) -> None:
    told = log.NewEvent(
        source="shop", message_id=f"view {who}", name="Product Viewed", user_id=who, occurred_at=at
    )
    with database.transaction() as tx:
        log.append(tx, [told])


def seconds_until(database: Database, number: int) -> float:
    """How long it takes until somebody new, who looks at something now, is in."""
    began = monotonic()
    view(database, f"w{number}", datetime.now(UTC))
    until(database, lambda: came_and_went(database, "viewed", f"w{number}") != [])
    return monotonic() - began


def number_of(database: Database, user_id: str) -> int:
    with database.transaction() as tx:
        found = values(
            tx, sql.SQL("select customer_id from customers.identifier where value = %(who)s"), who=user_id
        )
    return int(found[0]) if found else 0


def came_and_went(database: Database, key: str, user_id: str) -> list[bool]:
    """Whether they came, and then whether they went again."""
    with database.transaction() as tx:
        stays = [one for one in segments.stays(tx, number_of(database, user_id)) if one.key == key]
    return [flag for one in stays for flag in (True, one.left_at is not None) if flag]


def until(database: Database, holds: object, seconds: float = 20) -> None:
    ends = monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert monotonic() < ends, "It did not happen in time."
        sleep(0.05)
