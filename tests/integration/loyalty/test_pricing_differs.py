"""One price, three ways: the evaluator, the ledger order by order, and the ledger in bulk, to the point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from regulars.conditions import Bucket
from regulars.db import Tx, copy_rows
from regulars.loyalty import (
    Basket,
    BasketLine,
    Programme,
    accrue,
    check_ledger,
    launch_version,
    preview_basket,
)
from tests.unit.loyalty.invented import BRANDS, CATEGORIES, MONDAY, PRODUCTS, baskets, programmes, some

CUSTOMERS = (101, 102)
START = MONDAY - timedelta(days=10)
BOOKED = MONDAY + timedelta(days=20)
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
