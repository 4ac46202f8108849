"""Events that left PostgreSQL come back when a condition needs them: whole, once, and after any kill."""

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import sql

from regulars import analytics, definitions, log, segments
from regulars.access import SYSTEM
from regulars.analytics import Lake
from regulars.app import App, assemble
from regulars.conditions import Measured, matching
from regulars.db import Database, Tx, value, values
from regulars.segments import SEGMENT, SegmentBody
from regulars.settings import read_settings
from tests.integration.analytics.lake_of import happen, killed_at, lake_in, positions
from tests.integration.analytics.test_lake import LATER, pieces_of

Step = Callable[[str], None]
HELD = sql.SQL("select position from log.fact_event where position <= 200 order by position")
EVENTS = sql.SQL(
    "select message_id, occurred_at, booked_at, received_at, source, type, name, customer_id, properties, "
    "context, history, schema_version, hops, user_id, anonymous_id from log.fact_event "
    "where name = 'Shelf Seen' order by position"
)
KNOWN = sql.SQL("""
    insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
    select id, '2025-01-01', '2025-01-01', '2025-01-01' from generate_series(1, 50) as id
""")
PLACES = sql.SQL(
    "select customer_id, first_position, last_at from log.place order by first_position, customer_id"
)
STANDING = sql.SQL("""
    select customer_id, case when position > 100 then 101 else 1 end, max(occurred_at) from log.event
    where position <= 200 group by 1, 2 order by 2, 1
""")
SEEN_OFTEN = Measured(of="event", name="Shelf Seen", value=2)
WHY = "segments look at them"
KEEP = analytics.Keep(why=WHY, names=segments.events_looked_at)


def bringing(lake: Lake, step: Step) -> None:
    analytics.bring_back(lake, step=step)


def keeping(database: Database, folder: Path) -> Lake:
    return lake_in(database, folder, keep_days=1, keeps=(KEEP,))


def publish(database: Database, condition: Measured) -> tuple[str, ...]:
    """What it was warned of beforehand."""
    with database.transaction() as tx:
        body = SegmentBody(name="Seen", condition=condition)
        draft = definitions.save_draft(tx, SYSTEM, SEGMENT, "seen", body, at=LATER)
        assert SEGMENT.preview is not None
        warned = SEGMENT.preview(tx, draft, LATER).warnings
        definitions.publish(tx, SYSTEM, SEGMENT, "seen", at=LATER)
    return tuple(warned)


def held(tx: Tx) -> list[int]:
    return values(tx, HELD)


@pytest.fixture
def thinned(database: Database, tmp_path: Path) -> tuple[Lake, list[tuple[object, ...]]]:
    """Two pieces that left PostgreSQL, and a third that did not; the events as they were."""
    pieces_of(database, 100)
    lake = keeping(database, tmp_path)
    with database.transaction() as tx:
        tx.execute(KNOWN)
    happen(database, 120)
    happen(database, 60, first=120, name="Shelf Passed")
    happen(database, 60, first=180)
    with database.transaction() as tx:
        before = tx.execute(EVENTS).fetchall()
    analytics.export(lake)
    assert log.note_places(database) == 2
    analytics.drop_old(lake, LATER)
    with database.transaction() as tx:
        assert held(tx) == []
        assert tx.execute(PLACES).fetchall() == []
        # The last piece is not finished; of it nothing leaves.
        assert analytics.whole_from(tx) == 201
    return lake, before


@pytest.mark.parametrize("step", ["put", "noted", "committed"])
def test_killed_between_any_two_steps_it_comes_back_once(
    database: Database, tmp_path: Path, thinned: tuple[Lake, list[tuple[object, ...]]], step: str
) -> None:
    lake, before = thinned
    publish(database, SEEN_OFTEN)

    killed_at(step, database.dsn, tmp_path, _bringing_with_keeps)
    assert positions(lake) == list(range(1, 241))
    done = analytics.bring_back(lake)

    assert positions(lake) == list(range(1, 241))  # A reader of the lake sees each event once.
    assert sum(one.events for one in done) == (140 - 100 if step == "committed" else 140)
    assert analytics.bring_back(lake) == []
    with database.transaction() as tx:
        assert tx.execute(EVENTS).fetchall() == before
        assert held(tx) == [*range(1, 121), *range(181, 201)]
        assert tx.execute(PLACES).fetchall() == tx.execute(STANDING).fetchall() != []
        assert [(one.kept, one.dropped) for one in analytics.thinned(tx)] == [(100, 0), (40, 60)]
        assert analytics.whole_from(tx) == 201


def test_killed_when_events_are_back_their_segments_are_asked_all_the_same(
    database: Database, tmp_path: Path, thinned: tuple[Lake, list[tuple[object, ...]]]
) -> None:
    publish(database, SEEN_OFTEN)

    killed_at("committed", database.dsn, tmp_path, _bringing_for_segments)
    asked = [segments.ask_put_off(database, thinned[0], LATER) for _ in range(2)]

    assert asked == [True, False]
    with database.transaction() as tx:
        assert len(segments.members(tx, "seen", limit=200).items) == 50


def _bringing_for_segments(lake: Lake, step: Step) -> None:
    lake = keeping(lake.database, Path(lake.place.root))
    analytics.bring_back(lake, step=step, came=segments.ask_again)


def _bringing_with_keeps(lake: Lake, step: Step) -> None:
    bringing(keeping(lake.database, Path(lake.place.root)), step)


def test_a_segment_that_goes_live_later_counts_what_had_left(database: Database, tmp_path: Path) -> None:
    app = shop(database, tmp_path)
    with database.transaction() as tx:
        assert analytics.needs_past(tx, app.lake.keeps) == {}
    warned = publish(database, SEEN_OFTEN)
    with database.transaction() as tx:
        assert analytics.needs_past(tx, app.lake.keeps) == {1: ("Shelf Seen",), 101: ("Shelf Seen",)}
        assert len(matching(tx, SEEN_OFTEN, LATER)) < 50  # Only what happened of late is there.
    assert [one[:17] for one in warned] == ["Of “Shelf Seen”, "]

    assert app.recall(LATER) == 140

    with database.transaction() as tx:
        assert matching(tx, SEEN_OFTEN, LATER) == list(range(1, 51))
        assert len(segments.members(tx, "seen", limit=200).items) == 50
    assert app.recall(LATER) == 0

    # What comes by any name needs everything.
    with database.transaction() as tx:
        definition = definitions.live(tx, SEGMENT, "seen")
        assert definition is not None
        body = SegmentBody(name="Seen", condition=Measured(of="event", value=2))
        definitions.save_draft(tx, SYSTEM, SEGMENT, "seen", body, at=LATER, etag=definition.etag)
        definitions.publish(tx, SYSTEM, SEGMENT, "seen", at=LATER)
    assert app.recall(LATER) == 60
    with database.transaction() as tx:
        assert held(tx) == list(range(1, 201))
        assert rows_agree(tx)


def rows_agree(tx: Tx) -> bool:
    return all(one.dropped == 0 for one in analytics.thinned(tx))


def test_nothing_comes_back_of_who_was_erased(database: Database, tmp_path: Path) -> None:
    app = shop(database, tmp_path)
    publish(database, SEEN_OFTEN)
    with database.transaction() as tx:
        tx.execute("update customers.customer set erased_at = now() where customer_id = 7")
        analytics.ask_erasure(tx, [7])

    assert app.recall(LATER) == 0  # The lake may still hold them.
    assert analytics.erase(app.lake).open == 0
    assert app.recall(LATER) == 140 - 3
    with database.transaction() as tx:
        of_seven = sql.SQL("select count(*) from log.fact_event where customer_id = 7 and position <= 200")
        assert value(tx, of_seven) == 0


def shop(database: Database, folder: Path) -> App:
    pieces_of(database, 100)
    app = assemble(read_settings(home=folder, lake_keep_days=1), database)
    with database.transaction() as tx:
        tx.execute(KNOWN)
    happen(database, 120)
    happen(database, 60, first=120, name="Shelf Passed")
    happen(database, 60, first=180)
    analytics.export(app.lake)
    analytics.drop_old(app.lake, LATER)
    with database.transaction() as tx:
        assert held(tx) == []
    return app
