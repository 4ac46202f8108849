"""A plain history put into the tables of a real PostgreSQL.

Straight into the tables, not through the log and its readers: a history must be able to hold any moment to the
microsecond, any value and any state in any order, and ten thousand rows must cost a second.
`test_told_through_the_log.py` goes the whole way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.conditions import Column, Source
from regulars.db import Tx
from tests.integration.conditions.history import Fact, Person, World

Row = tuple[Any, ...]
APPROACH = "rings"
BEGAN = datetime.fromisoformat("2020-01-01T00:00:00Z")
SOURCES = (
    Source(
        name="probe_message", title="messages", by_atom=True, has_name=True, names=("sent", "failed"),
        has_told=True,
        columns={"channel": Column(type="text", title="channel"), "clicks": Column(type="number", title="clicks")},
        rows="select customer_id, at, name, told, channel, amount as clicks from probe.fact "
             "where source = 'probe_message'",
    ),
    Source(
        name="probe_lot", title="lots", by_atom=False, ahead=True,
        columns={"amount": Column(type="number", title="amount"),
                 "programme": Column(type="text", title="programme")},
        rows="select customer_id, at, amount, programme from probe.fact where source = 'probe_lot'",
    ),
    Source(
        name="probe_balance", title="balances", by_atom=False, has_moment=False,
        columns={"amount": Column(type="number", title="amount"),
                 "programme": Column(type="text", title="programme")},
        rows="select customer_id, amount, programme from probe.fact where source = 'probe_balance'",
    ),
)  # fmt: skip
MADE = """
create schema if not exists probe;
create table if not exists probe.fact (
    source text collate "C", customer_id bigint, at timestamptz, name text collate "C", told jsonb,
    channel text collate "C", amount double precision, programme text collate "C"
);
create index if not exists fact_of on probe.fact (source, customer_id);
"""
EMPTIED = """
truncate customers.customer, customers.identifier, customers.claim, customers.trait, customers.trait_value,
    customers.consent, orders.product, orders.purchase, orders.line, orders.customer_total, log.event,
    segments.segment, segments.approach, segments.membership, segments.list_entry, probe.fact restart identity cascade
"""
TOTALS = """
insert into orders.customer_total (customer_id, orders, first_at, last_at)
select customer_id, count(*), min(occurred_at), max(occurred_at) from orders.purchase
where status <> 'cancelled' group by customer_id
"""


def keep(tx: Tx, world: World) -> None:
    """Instead of all that is there."""
    tx.execute(MADE)
    tx.execute(EMPTIED)
    for table, columns, rows in (
        ("customers.customer",
         "customer_id survivor_id traits test created_at first_seen_at last_seen_at email email_folded phone", _customers(world)),
        ("customers.identifier", "kind value customer_id", _identifiers(world)),
        ("customers.trait", "customer_id name value occurred_at position", _traits(world, standing=True)),
        ("customers.trait_value", "customer_id name value occurred_at position", _traits(world, standing=False)),
        ("customers.consent", "atom_id about channel topic given source occurred_at position until believed", _said(world)),
        ("orders.product", "product_id product_key category department brand", _products(world)),
        ("orders.purchase",
         """order_id order_key customer_id atom_id position revised_position revision occurred_at booked_at store
         currency total_minor discount_minor line_count status source refunded_minor coupon""", _orders(world)),
        ("orders.line",
         "order_id line customer_id product_id quantity total_minor discount_minor variant refunded_minor",
         _lines(world)),
        ("log.event",
         """position booked_at occurred_at received_at customer_id schema_version hops history message_id source type
         name properties""", _events(world)),
        ("segments.approach", "approach_id approach_key", iter([(1, APPROACH)])),
        ("segments.segment", "segment_id segment_key title approach_id stage stage_place", _segments(world)),
        ("segments.membership", "segment_id approach_id customer_id entered_at left_at", _stays(world)),
        ("segments.list_entry", "segment_key atom_id added_at added_by until", _entries(world)),
        ("probe.fact", "source customer_id at name told channel amount programme", _facts(world)),
    ):  # fmt: skip
        _copied(tx, table, columns.split(), rows)
    tx.execute(TOTALS)
    tx.execute(
        "update log.sequencer set next_position = (select coalesce(max(position), 0) + 1 from log.event)"
    )


def _copied(tx: Tx, table: str, columns: list[str], rows: Iterator[Row]) -> None:
    with tx.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _customers(world: World) -> Iterator[Row]:
    for number, person in world.people.items():
        email = f"{number}@shop.example" if "email" in person.identifiers else None
        phone = f"+47901{number:05}" if "phone" in person.identifiers else None
        seen = (BEGAN, BEGAN, BEGAN)
        yield number, None, Jsonb(person.traits), person.test, *seen, email, email, phone
        for atom in range(1, person.atoms):
            yield number + atom, number, Jsonb({}), False, *seen, None, None, None


def _identifiers(world: World) -> Iterator[Row]:
    for number, person in world.people.items():
        for place, kind in enumerate(person.identifiers):
            yield kind, f"{kind}-{number}", number + place % person.atoms


def _traits(world: World, *, standing: bool) -> Iterator[Row]:
    """Of each profile the value told last stands; the others are kept beside it."""
    for number, person in world.people.items():
        last = {(one.atom, one.name): place for place, one in enumerate(person.told)}
        for place, one in enumerate(person.told):
            if (last[one.atom, one.name] == place) == standing:
                yield number + one.atom, one.name, Jsonb(one.value), one.at, place + 1


def _said(world: World) -> Iterator[Row]:
    for number, person in world.people.items():
        for place, one in enumerate(person.said):
            yield (
                number + one.atom, one.about, one.channel, one.topic, one.given, "test", one.at, number * 1000 + place,
                one.until, one.believed,
            )  # fmt: skip


def _products(world: World) -> Iterator[Row]:
    for place, (key, one) in enumerate(world.products.items(), 1):
        yield place, key, one.category, one.department, one.brand


def _orders(world: World) -> Iterator[Row]:
    for place, (number, person, one) in enumerate(_numbered_orders(world), 1):
        yield (
            place, f"o-{place}", number, number + one.atom % person.atoms, place, place, 0, one.at, BEGAN,
            one.store, one.currency, one.total, one.discount, len(one.lines), one.status, one.source,
            one.refunded, one.coupon,
        )  # fmt: skip


def _numbered_orders(world: World) -> Iterator[tuple[int, Person, Any]]:
    for number, person in world.people.items():
        for one in person.orders:
            yield number, person, one


def _lines(world: World) -> Iterator[Row]:
    products = {key: place for place, key in enumerate(world.products, 1)}
    for place, (number, _, order) in enumerate(_numbered_orders(world), 1):
        for line, one in enumerate(order.lines, 1):
            yield (
                place, line, number, products[one.product], one.quantity, one.total, one.discount, one.variant,
                one.refunded,
            )  # fmt: skip


def _events(world: World) -> Iterator[Row]:
    place = 0
    for number, person in world.people.items():
        for one in person.events:
            place += 1
            # What is not tracked is the product's own, or tells traits.
            source, kind = (
                ("shop", "track") if one.tracked else (("regulars", "track"), ("shop", "identify"))[place % 2]
            )
            yield (
                place, BEGAN, one.at, BEGAN, number + one.atom, 1, 0, False, f"m-{place}", source, kind, one.name,
                Jsonb(one.told),
            )  # fmt: skip


def segment_ids(world: World) -> Mapping[str, int]:
    keys = {one.segment for person in world.people.values() for one in person.stays}
    return {key: place for place, key in enumerate(sorted(keys), 1)}


def _segments(world: World) -> Iterator[Row]:
    for key, number in segment_ids(world).items():
        approach, _, stage = key.rpartition(".")
        yield number, key, key, 1 if approach else None, stage if approach else None, number


def _stays(world: World) -> Iterator[Row]:
    ids = segment_ids(world)
    for number, person in world.people.items():
        for one in person.stays:
            approach = 1 if "." in one.segment else None
            yield ids[one.segment], approach, number, one.entered, one.left


def _facts(world: World) -> Iterator[Row]:
    for number, person in world.people.items():
        for one in person.facts:
            atom = one.atom if one.source == "probe_message" else 0
            columns = one.columns
            yield (
                one.source, number + atom, one.at, one.name, None if one.told is None else Jsonb(one.told),
                columns.get("channel"), columns.get("amount", columns.get("clicks")), columns.get("programme"),
            )  # fmt: skip


def _entries(world: World) -> Iterator[Row]:
    for number, person in world.people.items():
        for one in person.lists:
            yield one.segment, number + one.atom, BEGAN, "test", one.until


def reached(tx: Tx, world: World) -> World:
    """With who can be reached, as the check before a send says: it is not ours to say it a second time here."""
    rows = tx.execute("select customer_id, channel, since from messaging.fact_reach").fetchall()
    people = dict(world.people)
    for number, channel, since in rows:
        fact = Fact(source="reach", at=since, columns={"channel": channel})
        people[number] = replace(people[number], facts=(*people[number].facts, fact))
    return replace(world, people=people)
