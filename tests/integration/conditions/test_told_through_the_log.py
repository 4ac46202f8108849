"""A history that goes the whole way, through the log and its readers, is asked like one put into the tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

from regulars import customers, log
from regulars.app import assemble
from regulars.conditions import Condition, compile_conditions
from regulars.conditions import nodes as c
from regulars.settings import read_settings
from tests.integration.conditions import dice, drawn_conditions, drawn_people
from tests.integration.conditions.agreeing import by_customer, check
from tests.integration.conditions.history import Event, Order, Person, World
from tests.integration.conditions.kept import BEGAN

COMPLETED, CANCELLED, REFUNDED = "Order Completed", "Order Cancelled", "Order Refunded"
MINOR = {"EUR": 100, "JPY": 1}
CONDITIONS, PEOPLE = 150, 40
IDS = count(1)


def past(person: Person, at: Any) -> Person:
    """What can have been told until the instant; a till's returns have no event of their own."""
    orders = tuple(replace(one, total=abs(one.total) + 1, lines=()) for one in person.orders if one.at < at)
    orders = tuple(replace(one, refunded=given_back(one), status=status_of(one)) for one in orders)
    known = ("anonymous_id", "user_id") if person.atoms > 1 else ("user_id",)
    events = tuple(one for one in person.events if one.tracked)
    events += tuple(one for order in orders for one in of_order(order))
    return replace(
        person,
        events=events,
        orders=orders,
        identifiers=known,
        said=(),
        stays=(),
        facts=(),
        lists=(),
        test=False,
    )


def of_order(order: Order) -> Iterator[Event]:
    """What tells of an order is tracked as well; none of what conditions ask here is told with it."""
    yield Event(at=order.at, name=COMPLETED)
    if order.status == "cancelled" or order.refunded:
        name = CANCELLED if order.status == "cancelled" else REFUNDED
        yield Event(at=order.at + timedelta(hours=1), name=name)


def given_back(order: Order) -> int:
    return {"refunded": order.total, "part_refunded": 1}.get(order.status, 0)


def status_of(order: Order) -> Any:
    return "refunded" if given_back(order) == order.total else order.status


def told(number: int, person: Person) -> Iterator[log.NewEvent]:
    """First who is who, then everything, as a shop would send it."""

    def event(
        kind: str, name: str, at: Any, properties: Any, atom: int = 0, *, both: bool = False
    ) -> log.NewEvent:
        return log.NewEvent(
            message_id=f"m-{next(IDS)}", type=kind, name=name, occurred_at=at, properties=dict(properties), source="shop",
            user_id=f"u-{number}" if both or not atom else None, anonymous_id=f"a-{number}-{atom}" if atom else None,
        )  # fmt: skip

    yield event("identify", "identify", BEGAN, {})
    for atom in range(1, person.atoms):
        yield event("identify", "identify", BEGAN, {}, atom, both=True)
    for one in person.events:
        if one.name not in (COMPLETED, CANCELLED, REFUNDED):
            yield event("track", one.name, one.at, one.told, one.atom)
    for trait in person.told:
        yield event("identify", "identify", trait.at, {trait.name: trait.value}, trait.atom)
    for order in person.orders:
        known = {"order_id": f"o-{next(IDS)}", "currency": order.currency}
        unit = MINOR[order.currency]
        paid = {
            "total": order.total / unit,
            "discount": order.discount / unit,
            "coupon": order.coupon,
            "store_id": order.store,
        }
        yield event(
            "track", COMPLETED, order.at, known | {key: value for key, value in paid.items() if value}
        )
        if order.status == "cancelled":
            yield event("track", CANCELLED, order.at + timedelta(hours=1), known)
        elif order.refunded:
            back = {"refund_id": f"r-{next(IDS)}", "total": order.refunded / unit}
            yield event("track", REFUNDED, order.at + timedelta(hours=1), known | back)


def test_conditions_of_what_was_told_through_the_log(database, tmp_path) -> None:
    zone, at = dice.PLACES[1]
    random = Random(23)
    own = dice.Dice(random, zone, at)
    people = [past(drawn_people.person(own), at) for _ in range(PEOPLE)]
    app = assemble(read_settings(workspace="told", home=tmp_path), database)
    with database.transaction() as tx:
        log.stand(tx, at)
        log.append(tx, [one for number, person in enumerate(people) for one in told(number, person)])
    app.catch_up(at)
    app.sequencer.close()
    with database.transaction() as tx:
        found = {customers.find(tx, "user_id", f"u-{number}"): person for number, person in enumerate(people)}
    world = World(people=found, products=dice.CATALOGUE)
    asked = [one for one in (drawn_conditions.leaf(own) for _ in range(CONDITIONS)) if is_of_the_log(one)]

    def ask(wanted: Any) -> dict[int, list[bool]]:
        compiled = compile_conditions(wanted, at, zone=zone)
        with database.transaction() as tx:
            return by_customer(tx.execute(compiled.query, compiled.params))

    check(world, asked, at, zone, ask, "PostgreSQL")


def is_of_the_log(condition: Condition) -> bool:
    words = repr(condition)
    return "probe_" not in words and "order_line" not in words and not isinstance(condition, c.Reachable)
