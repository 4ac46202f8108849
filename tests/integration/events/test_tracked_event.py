"""Tracked events: what the plan finds wrong, and their properties as typed columns."""

from datetime import UTC, datetime

import pytest

from regulars import customers, definitions, events, log
from regulars.access import Actor
from regulars.events import Property, TrackedEvent
from regulars.kernel import Invalid
from regulars.log import NewEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENGINEER = Actor(person_id=None, name="Test", level=5, function="engineering", scope=None, via="console")
KIND = events.tracked_event(persons="customers.fact_person")
EVERY_TYPE = {
    "title": Property(type="text"),
    "rating": Property(type="number"),
    "quantity": Property(type="integer", required=True),
    "total": Property(type="money"),
    "gift": Property(type="boolean"),
    "due": Property(type="time"),
    "products": Property(type="list"),
    "address": Property(type="object"),
}
GOOD = {
    "title": "Tea",
    "rating": 4.5,
    "quantity": 3,
    "total": "12.50",
    "gift": True,
    "due": "2026-03-29T13:37:00+02:00",
    "products": [{"sku": 1}],
    "address": {"city": "Bern"},
}


def publish(tx, key, **body):
    made = TrackedEvent(**({"event": "Tea Ordered", "properties": EVERY_TYPE} | body))
    before = definitions.live(tx, KIND, key)
    definitions.save_draft(tx, ENGINEER, KIND, key, made, at=NOON, etag=before.etag if before else None)
    return definitions.publish(tx, ENGINEER, KIND, key, at=NOON)


def arrive(database, *properties, name="Tea Ordered", user_ids=("u1",)):
    with database.transaction() as tx:
        log.append(
            tx,
            [
                NewEvent(
                    message_id=f"{name}-{n}",
                    name=name,
                    occurred_at=NOON,
                    properties=one,
                    user_id=user_ids[n % len(user_ids)],
                    source="shop",
                )
                for n, one in enumerate(properties)
            ],
        )
    sequencer = log.Sequencer(database, customers.resolve)
    try:
        sequencer.run_once(NOON)
    finally:
        sequencer.close()


def fetch(database, query):
    with database.transaction() as tx:
        return tx.execute(query).fetchall()


def test_published_properties_are_typed_columns_of_a_view(database):
    with database.transaction() as tx:
        publish(tx, "tea-ordered")
    arrive(database, GOOD, {}, name="Tea Ordered")
    arrive(database, GOOD, name="Other")

    found = fetch(
        database,
        "select position, customer_id is not null, title, rating, quantity, total, gift, due, products, address "
        'from events."tracked_tea-ordered" order by position',
    )
    assert found[0][2:5] == ("Tea", 4.5, 3)
    assert str(found[0][5]) == "12.50"
    assert found[0][6:] == (True, datetime(2026, 3, 29, 11, 37, tzinfo=UTC), [{"sku": 1}], {"city": "Bern"})
    assert found[1] == (2, True, *[None] * 8)
    assert len(found) == 2


def test_a_value_of_another_type_is_null_and_never_an_error(database):
    with database.transaction() as tx:
        publish(tx, "tea")
    odd = [
        None,
        "",
        "x",
        "12,5",
        1e400,
        10**30,
        1.5,
        True,
        [],
        {},
        "2026-02-30",
        "2026-13-01T99:99",
        "9" * 40,
    ]
    arrive(database, *(dict.fromkeys(EVERY_TYPE, value) for value in odd if value != 1e400))

    found = fetch(
        database,
        "select title, rating, quantity, total, gift, due, products, address from events.tracked_tea",
    )
    for value, row in zip([v for v in odd if v != 1e400], found, strict=True):
        for (name, wanted), cell in zip(EVERY_TYPE.items(), row, strict=True):
            assert (cell is not None) == (value is not None and events.fits(wanted.type, value)), (
                name,
                value,
            )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),
        ("2026-03-29T13:37", datetime(2026, 3, 29, 13, 37, tzinfo=UTC)),
        ("2026-03-29 13:37:01.250Z", datetime(2026, 3, 29, 13, 37, 1, 250000, tzinfo=UTC)),
        ("2026-03-29T13:37:00-0500", datetime(2026, 3, 29, 18, 37, tzinfo=UTC)),
        ("2026-03-29T13:37:00,5+02", datetime(2026, 3, 29, 11, 37, 0, 500000, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_alike_by_the_plan_and_the_view(database, said, meant):
    assert events.fits("time", said)
    assert fetch(database, f"select events.as_time('\"{said}\"')") == [(meant,)]


def test_names_are_text_and_never_sql(database):
    evil = 'a%s"; drop table log.reader; --'
    odd = {
        evil: Property(type="text"),
        "position": Property(type="integer"),
        "Größe 'x'": Property(type="number"),
    }
    with database.transaction() as tx:
        publish(tx, "evil", event="it's '; drop schema log cascade; --%", properties=odd)
    arrive(
        database, {evil: "in", "position": 7, "Größe 'x'": 1.5}, name="it's '; drop schema log cascade; --%"
    )

    with database.transaction() as tx:
        cursor = tx.execute("select * from events.tracked_evil")
        [row] = cursor.fetchall()
        told = dict(zip([column.name for column in cursor.description], row, strict=True))
        assert (told[evil], told["property_position"], told["Größe 'x'"]) == ("in", 7, 1.5)
        assert told["position"] == 1
        assert tx.execute("select to_regclass('log.reader') is not null").fetchone() == (True,)


def test_the_longest_keys_have_views_of_their_own(database):
    with database.transaction() as tx:
        for last in "ab":
            publish(tx, "k" * 62 + last, event=f"Long {last}")
    found = fetch(
        database, "select viewname from pg_views where schemaname = 'events' and viewname like 'tracked_%'"
    )
    assert len(found) == 2


def test_a_new_version_changes_the_columns_and_archiving_drops_the_view(database):
    with database.transaction() as tx:
        publish(tx, "tea")
        publish(tx, "tea", properties={"title": Property(type="integer")})
    arrive(database, {"title": 3})
    assert fetch(database, "select title from events.tracked_tea") == [(3,)]

    with database.transaction() as tx:
        definitions.archive(tx, ENGINEER, KIND, "tea", at=NOON)
        assert tx.execute("select to_regclass('events.tracked_tea')").fetchone() == (None,)


def test_one_event_is_planned_once(database):
    with database.transaction() as tx:
        publish(tx, "tea")
        with pytest.raises(Invalid, match="planned already"):
            publish(tx, "tea-again")


def test_the_view_shows_the_person_that_customers_merged_into(database):
    with database.transaction() as tx:
        publish(tx, "tea")
    arrive(database, GOOD, GOOD, user_ids=("u1", "u2"))
    (first,), (second,) = fetch(database, "select customer_id from log.event order by position")

    with database.transaction() as tx:
        tx.execute("update customers.customer set survivor_id = %s where customer_id = %s", (first, second))

    assert fetch(database, "select customer_id from events.tracked_tea") == [(first,), (first,)]


def test_a_body_is_checked_before_it_is_published(tx):
    def codes(**body):
        found = KIND.validate(TrackedEvent(**body), definitions.LiveLookup(tx))
        return [one.code for one in found]

    assert codes(event="") == ["events.name"]
    assert codes(event=" Tea") == ["events.name"]
    assert codes(event="Regulars.tea") == ["events.reserved_name"]
    assert codes(event="Tea", properties={"ä" * 32: Property(type="text")}) == ["events.property_name"]
    twins = {"position": Property(type="text"), "property_position": Property(type="text")}
    assert codes(event="Tea", properties=twins) == ["events.property_name"]
    assert codes(event="Tea", properties={str(n): Property(type="text") for n in range(201)}) == [
        "events.too_many"
    ]


def test_the_plan_names_everything_that_is_wrong_with_its_place(tx):
    publish(tx, "tea", extra="refused")
    check = events.plan(tx).check

    assert check("Tea Ordered", GOOD) == []
    assert [(p.code, p.path) for p in check("Coffee Ordered", {})] == [("events.unplanned_event", "event")]
    wrong = check("Tea Ordered", {"title": 3, "due": "soon", "colour": "red", "quantity": None})
    assert {(p.code, p.path) for p in wrong} == {
        ("events.property_type", "properties.title"),
        ("events.property_missing", "properties.quantity"),
        ("events.property_type", "properties.due"),
        ("events.unplanned_property", "properties.colour"),
    }


@pytest.mark.parametrize("unplanned", ["keep", "warn", "refuse"])
def test_a_source_says_what_becomes_of_events_that_do_not_fit(tx, unplanned):
    publish(tx, "tea")
    shop = events.Source(title="Shop", unplanned=unplanned)
    definitions.save_draft(tx, ENGINEER, events.SOURCE, "shop", shop, at=NOON)
    definitions.publish(tx, ENGINEER, events.SOURCE, "shop", at=NOON)
    reception = events.Reception(source="shop", received_at=NOON, policy=events.policy_of(tx, "shop"))

    said = {"type": "track", "event": "Tea Ordered", "userId": "u1", "properties": {"quantity": "three"}}
    found = events.read(said, reception)

    if unplanned == "refuse":
        assert (found.code, found.path) == ("events.property_type", "properties.quantity")
    else:
        assert bool(found.context and found.context.get("unplanned")) == (unplanned == "warn")


def test_a_body_reads_as_a_sentence():
    assert KIND.sentence(TrackedEvent(event="Tea Ordered", properties=EVERY_TYPE)) == (
        "“Tea Ordered” with 8 properties, of which quantity must be there; others are allowed"
    )
