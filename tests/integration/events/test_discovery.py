"""Discovery: what really arrives, counted whatever the spans are, and where it contradicts itself or the plan."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars import customers, events, log
from regulars.events import Plan, Property, TrackedEvent
from regulars.log import NewEvent, ReaderRunner

NOON = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)


def arrive(database, *given, at=NOON):
    made = [
        NewEvent(
            **(
                {
                    "message_id": f"{at.isoformat()}-{n}",
                    "name": "Tea Ordered",
                    "occurred_at": at,
                    "source": "shop",
                }
                | one
            )
        )
        for n, one in enumerate(given)
    ]
    with database.transaction() as tx:
        assert log.append(tx, made) == len(made)
    sequencer = log.Sequencer(database, customers.resolve)
    try:
        sequencer.run_once(at)
    finally:
        sequencer.close()


def read(database, batch=5_000):
    runner = ReaderRunner(database, events.DISCOVERED)
    runner._size = batch
    while runner.run_once():
        runner._size = batch
    with database.transaction() as tx:
        assert log.set_aside(tx) == []


def found(database, **chosen):
    with database.transaction() as tx:
        return {(d.name, d.property, d.json_type): d for d in events.discovered(tx, **chosen)}


@pytest.mark.parametrize("batch", [1, 3, 5_000])
def test_each_type_of_each_property_is_counted_however_the_log_is_cut(database, batch):
    arrive(
        database,
        {"properties": {"total": 3, "title": "a"}},
        {"properties": {"total": "3", "products": [{"inner": 1}]}},
        {"properties": {"total": None, "gift": True, "address": {"city": "Bern"}}},
        {"properties": {}, "context": {"unplanned": ["x"]}},
        {"type": "identify", "name": "identify", "properties": {"email": "a@b.c"}, "user_id": "u1"},
        {"source": "regulars", "name": "regulars.test.done", "properties": {"a": 1}},
    )
    read(database, batch)

    seen = found(database)
    assert {place: one.volume for place, one in seen.items()} == {
        ("Tea Ordered", "", ""): 4,
        ("Tea Ordered", "total", "number"): 1,
        ("Tea Ordered", "total", "string"): 1,
        ("Tea Ordered", "total", "null"): 1,
        ("Tea Ordered", "title", "string"): 1,
        ("Tea Ordered", "products", "array"): 1,
        ("Tea Ordered", "gift", "boolean"): 1,
        ("Tea Ordered", "address", "object"): 1,
        ("identify", "", ""): 1,
    }
    assert seen["Tea Ordered", "", ""].unplanned == 1
    assert seen["Tea Ordered", "total", "string"].example == 2


def test_first_and_last_sight_and_volume_grow(database):
    arrive(database, {"properties": {"a": 1}})
    read(database)
    arrive(database, {"properties": {"a": 2}}, {"properties": {"a": 3}}, at=NOON + timedelta(days=1))
    read(database)

    one = found(database)["Tea Ordered", "a", "number"]
    assert (one.first_seen, one.last_seen, one.volume, one.example) == (NOON, NOON + timedelta(days=1), 3, 3)


def test_a_client_that_puts_ids_into_names_fills_nothing(database, monkeypatch):
    monkeypatch.setattr("regulars.events.discovery.NAMES_MAX", 5)
    monkeypatch.setattr("regulars.events.discovery.PROPERTIES_MAX", 9)
    for day in range(3):
        arrive(
            database,
            *({"name": f"Viewed {day}-{n}", "properties": {"p": n}} for n in range(20)),
            {"name": "Viewed 0-0", "properties": {f"p{day}-{n}": n for n in range(40)}},
            at=NOON + timedelta(days=day),
        )
        read(database)

    seen = found(database)
    assert sum(1 for _, prop, _ in seen if not prop) == 5
    assert sum(1 for name, _, _ in seen if name == "Viewed 0-0") <= 10
    assert seen["Viewed 0-0", "", ""].volume == 4


def test_names_that_are_sql_or_html_are_names(database):
    evil = "'); drop table events.discovered; --<script>alert(1)</script>"
    arrive(database, {"name": evil, "properties": {evil: 1, "%s %(x)s": 2}})
    read(database)
    assert (evil, evil, "number") in found(database)
    assert (evil, "%s %(x)s", "number") in found(database, name=evil)


def test_arrivals_are_kept_by_the_quarter_of_an_hour(database):
    arrive(database, {}, {})
    arrive(database, {"source": "till"}, at=NOON + timedelta(minutes=8))
    read(database)

    with database.transaction() as tx:
        told = [(a.source, a.quarter, a.events) for a in events.arrivals(tx, NOON - timedelta(hours=1))]
        totals = [(t.source, t.recent, t.events) for t in events.source_totals(tx, NOON)]
        assert [a.source for a in events.arrivals(tx, NOON - timedelta(hours=1), source="till")] == ["till"]
    noon = NOON.replace(minute=0)
    assert told == [("shop", noon, 2), ("till", noon + timedelta(minutes=15), 1)]
    assert totals == [("shop", 0, 2), ("till", 1, 1)]


def test_what_contradicts_itself_or_the_plan_is_told(database):
    arrive(
        database,
        {"properties": {"total": 3, "when": "2026-03-01", "colour": "red"}},
        {"properties": {"total": "3", "when": 5}},
        {"name": "Other", "properties": {"a": 1}},
        {"name": "Other", "properties": {"a": "1"}, "source": "till", "context": {"unplanned": ["x"]}},
    )
    read(database)
    planned = TrackedEvent(
        event="Tea Ordered",
        properties={"total": Property(type="money"), "when": Property(type="time")},
        extra="refused",
    )

    with database.transaction() as tx:
        told = events.contradictions(events.discovered(tx), Plan({"Tea Ordered": planned}))
    assert {(c.name, c.property, c.sources, c.reason) for c in told} == {
        ("Other", "", ("shop", "till"), "1 event did not fit the plan and came through with a warning"),
        ("Other", "a", ("shop", "till"), "It comes as number 1 times, text 1 times"),
        ("Tea Ordered", "colour", ("shop",), "The plan does not have it and takes no others"),
        (
            "Tea Ordered", "when", ("shop",),
            "Planned as an instant, as 2026-03-29T13:37:00Z; it came as number 1 times, text 1 times",
        ),
    }  # fmt: skip


def test_an_event_can_be_watched_as_it_arrives(database):
    arrive(
        database,
        {"name": "One"},
        {"name": "Two", "source": "till"},
        {"source": "regulars", "name": "regulars.a.b"},
    )

    with database.transaction() as tx:
        assert [e.name for e in events.latest(tx)] == ["Two", "One"]
        assert [e.name for e in events.latest(tx, source="shop")] == ["One"]
        assert [e.name for e in events.latest(tx, name="Two")] == ["Two"]
        assert [e.name for e in events.latest(tx, after=1)] == ["Two"]
        assert events.event_at(tx, 1).name == "One"
        with pytest.raises(events.EventNotFound):
            events.event_at(tx, 99)
