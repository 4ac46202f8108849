"""One price, three ways: the evaluator, the ledger order by order, and the ledger in bulk, to the point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback
from psycopg.types.json import Jsonb

from regulars.conditions import Bucket, Filter
from regulars.db import Tx, copy_rows
from regulars.loyalty import (
    Basket,
    BasketLine,
    EarningRule,
    Orders,
    Programme,
    accrue,
    check_ledger,
    launch_version,
    preview_basket,
    preview_event,
)
from tests.unit.loyalty.invented import BRANDS, CATEGORIES, MONDAY, PRODUCTS, baskets, caps, programmes, some

CUSTOMERS = (101, 102)
START = MONDAY - timedelta(days=10)
BOOKED = MONDAY + timedelta(days=20)
TOLD = """
insert into log.event (position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id,
    properties, history, schema_version, hops)
values (%(position)s, %(booked)s, %(at)s, %(at)s, %(id)s, 'shop', 'track', 'Reviewed', %(customer)s, %(told)s,
    false, 1, 0)
"""
# What lines earned by rules: line, figure, factor, points; in the order in which it was posted.
EARNED = """
select t.rule, c.code, t.amount, l.line_key, l.figure, l.factor, l.points
from loyalty.transfer t
join loyalty.currency c on c.id = t.currency_id
join loyalty.award_line l on l.transfer_id = t.id
where t.order_id = any (%s) and t.kind = 'earn' and l.points > 0 order by t.order_id, t.rule, l.line
"""


@dataclass(frozen=True, kw_only=True)
class Bought:
    customer_id: int
    at: datetime
    basket: Basket


@st.composite
def asked(draw: st.DrawFn) -> Programme:
    """A programme of which some rules and multipliers ask who it is."""
    programme = draw(programmes())
    who = st.none() | some([Bucket(salt="half", below=5000), Bucket(salt="other", below=5000)])
    earning = tuple(msgspec.structs.replace(one, who=draw(who)) for one in programme.earning)
    multipliers = tuple(msgspec.structs.replace(one, who=draw(who)) for one in programme.multipliers)
    return msgspec.structs.replace(programme, earning=earning, multipliers=multipliers)


@st.composite
def bought(draw: st.DrawFn) -> Bought:
    basket = draw(baskets().filter(lambda one: one.total >= 0))
    lines = tuple(replace(line, categories=None, brand=None) for line in basket.lines)
    hours = draw(st.integers(0, 80))
    return Bought(
        customer_id=draw(some(CUSTOMERS)),
        at=MONDAY + timedelta(hours=hours),
        basket=replace(basket, lines=lines),
    )


facts = st.tuples(
    st.none() | st.lists(some(CATEGORIES), max_size=2, unique=True),
    st.none() | some(CATEGORIES),
    st.none() | some(BRANDS),
)
catalogue = st.tuples(*[facts] * len(PRODUCTS))
Catalogue = tuple[tuple[list[str] | None, str | None, str | None], ...]


@st.composite
def event_rules(draw: st.DrawFn, key: str) -> EarningRule:
    """Of an event with stars and words, or of another."""
    by_order = draw(st.booleans())
    return EarningRule(
        key=key,
        points=draw(st.integers(1, 7)),
        per=draw(some(["1", "2", "0.5"])),
        counts="events",
        event=draw(some(["Reviewed", "Reviewed", "Trained"])),
        where=draw(some([(), (Filter(property="stars", test="at_least", value=3),)])),
        amount=draw(some(["", "words"])),
        rounding=draw(some(["floor", "half_up", "half_even", "ceiling"])),
        orders=Orders(weekdays=draw(some([(), ("monday",)])), channels=draw(some([(), ("shop",)]))),
        tiers=draw(some([(), ("club/Member",)])),
        multiplied=draw(st.booleans()),
        caps=draw(caps("points")),
        budget=draw(st.none() | st.integers(1, 90)),
        rounded_per="order" if by_order else "line",
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    customer_id: int
    at: datetime
    told: dict[str, object]


@st.composite
def told_events(draw: st.DrawFn) -> Told:
    stars, words = draw(some([1, 3, 5, "5"])), draw(some([0, 1.5, 20, "many"]))
    return Told(
        customer_id=draw(some(CUSTOMERS)),
        at=MONDAY + timedelta(hours=draw(st.integers(0, 80))),
        told={"stars": stars} | ({"words": words} if draw(st.booleans()) else {}),
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(programmes(), event_rules("e0"), event_rules("e1"), st.lists(told_events(), min_size=1, max_size=4))
def test_single_bulk_and_evaluator_agree_on_events(
    tx: Tx, around: Programme, one: EarningRule, other: EarningRule, happened: list[Told]
) -> None:
    programme = msgspec.structs.replace(around, earning=(one, other))
    with tx.transaction():
        launch_version(tx, "invented", 1, programme, START)
        for position, event in enumerate(happened, 1):
            tx.execute(
                TOLD,
                {
                    "position": position, "booked": BOOKED + timedelta(hours=position), "at": event.at,
                    "id": f"event-{position}", "customer": event.customer_id, "told": Jsonb(event.told),
                },
            )  # fmt: skip
        single = []
        with tx.transaction():
            for position, event in enumerate(happened, 1):
                priced = preview_event(
                    tx, "invented", event.customer_id, "Reviewed", event.told, event.at, channel="shop"
                )
                foretold = sorted((award.rule, award.points) for award in priced.awards if award.points)
                accrue(tx, after=position - 1, to=position)
                earned = posted_by_events(tx, position - 1, position)
                assert earned == foretold, msgspec.json.encode((programme, event))
                single += earned
            raise Rollback
        accrue(tx, after=0, to=len(happened))
        assert posted_by_events(tx, 0, len(happened)) == single
        raise Rollback


def posted_by_events(tx: Tx, after: int, to: int) -> list[tuple[object, ...]]:
    query = """select rule, amount from loyalty.transfer
        where kind = 'earn' and order_id is null and position > %s and position <= %s order by position, rule"""
    return tx.execute(query, (after, to)).fetchall()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked(), catalogue, st.lists(bought(), min_size=1, max_size=5))
def test_single_bulk_and_evaluator_agree(
    tx: Tx, programme: Programme, products: Catalogue, sales: list[Bought]
) -> None:
    with tx.transaction():
        put(tx, programme, products, sales)
        single = []
        with tx.transaction():
            for position, sale in enumerate(sales, 1):
                foretold = preview(tx, sale)
                accrue(tx, after=position - 1, to=position)
                earned = posted(tx, [position])
                assert earned == foretold, msgspec.json.encode((programme, sale))
                single += earned
            raise Rollback
        accrue(tx, after=0, to=len(sales))
        assert posted(tx, range(1, len(sales) + 1)) == single
        assert check_ledger(tx) == []
        raise Rollback


def preview(tx: Tx, sale: Bought) -> list[tuple[object, ...]]:
    priced = preview_basket(tx, "invented", sale.customer_id, sale.basket, sale.at)
    return [
        (award.rule, award.currency, award.points, part.line, part.figure, part.factor, part.points)
        for award in sorted(priced.awards, key=lambda one: one.rule)
        for part in award.parts
        if part.points
    ]


def posted(tx: Tx, orders: Sequence[int]) -> list[tuple[object, ...]]:
    return tx.execute(EARNED, (list(orders),)).fetchall()


def put(
    tx: Tx,
    programme: Programme,
    products: Catalogue,
    sales: list[Bought],
) -> None:
    launch_version(tx, "invented", 1, programme, START)
    tx.cursor().executemany(
        "insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at) values (%s, %s, %s, %s)",
        [(customer_id, START, START, START) for customer_id in CUSTOMERS],
    )
    tx.cursor().executemany(
        "insert into orders.product (product_id, product_key, category_path, category, brand) values (%s, %s, %s, %s, %s)",
        [(n, key, *told) for n, (key, told) in enumerate(zip(PRODUCTS, products, strict=True), 1)],
    )
    put_orders(tx, sales)


def put_orders(tx: Tx, sales: list[Bought]) -> None:
    copy_rows(
        tx,
        "orders.purchase",
        (
            "order_id", "order_key", "customer_id", "position", "revised_position", "revision", "occurred_at",
            "booked_at", "currency", "total_minor", "discount_minor", "line_count", "store", "source",
        ),
        (
            (
                n, f"order-{n}", sale.customer_id, n, n, 1, sale.at, BOOKED + timedelta(hours=n), sale.basket.money,
                sale.basket.total, 0, len(sale.basket.lines), sale.basket.store, sale.basket.channel,
            )
            for n, sale in enumerate(sales, 1)
        ),
    )  # fmt: skip
    numbers = {key: n for n, key in enumerate(PRODUCTS, 1)}
    lines: list[tuple[int, int, Bought, BasketLine]] = [
        (n, place, sale, line)
        for n, sale in enumerate(sales, 1)
        for place, line in enumerate(sale.basket.lines, 1)
    ]
    copy_rows(
        tx,
        "orders.line",
        (
            "order_id", "line", "customer_id", "product_id", "total_minor", "discount_minor", "quantity", "line_key",
        ),
        (
            (n, place, sale.customer_id, numbers[line.product], line.total_minor, 0, line.quantity, line.key)
            for n, place, sale, line in lines
        ),
    )  # fmt: skip
