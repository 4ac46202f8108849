"""How many orders of ten lines earn a second in bulk, and how many one by one, in a migrated database.

One by one is what the reader does for an order that has just come: a transaction of its own.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter

from regulars.db import Database, Tx, copy_rows
from regulars.loyalty import accrue, launch_version, points_club

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
LINES, PRODUCTS, SPAN = 10, 500, 5_000
CLUB = points_club(name="Club", legal_entity="Bench", zone="America/New_York", money="USD")
PURCHASE = (
    "order_id", "order_key", "customer_id", "position", "revised_position", "revision", "occurred_at",
    "booked_at", "currency", "total_minor", "discount_minor", "line_count",
)  # fmt: skip
LINE = ("order_id", "line", "customer_id", "product_id", "total_minor", "discount_minor")


def accrual_orders_per_s(
    database: Database, *, orders: int = 20_000, single: int = 200
) -> tuple[float, float]:
    """In bulk, and one by one."""
    with database.transaction() as tx:
        launch_version(tx, "bench", 1, CLUB, START)
        put(tx, 0, orders + single, people=orders // 4)
    with database.connect() as own:
        own.autocommit = True
        own.execute("analyze orders.purchase")
        own.execute("analyze orders.line")
        own.execute("analyze orders.product")
    bulk = timed(database, 0, orders, SPAN)
    return bulk, timed(database, orders, orders + single, 1)


def timed(database: Database, first: int, last: int, step: int) -> float:
    began = perf_counter()
    for after in range(first, last, step):
        with database.transaction() as tx:
            accrue(tx, after=after, to=min(last, after + step))
    return (last - first) / (perf_counter() - began)


def put(tx: Tx, first: int, last: int, *, people: int) -> None:
    random = Random(7)
    bought = {n: random.randint(1, people) for n in range(first + 1, last + 1)}
    prices = {n: [random.randint(50, 2_000) for _ in range(LINES)] for n in bought}
    copy_rows(
        tx, "orders.product", ("product_id", "product_key"), ((n, f"p{n}") for n in range(1, PRODUCTS + 1))
    )
    copy_rows(
        tx,
        "orders.purchase",
        PURCHASE,
        (
            (
                n, f"order-{n}", who, n, n, 1, START + timedelta(minutes=n), START + timedelta(minutes=n),
                "USD", sum(prices[n]), 0, LINES,
            )
            for n, who in bought.items()
        ),
    )  # fmt: skip
    copy_rows(
        tx,
        "orders.line",
        LINE,
        (
            (n, line, who, random.randint(1, PRODUCTS), minor, 0)
            for n, who in bought.items()
            for line, minor in enumerate(prices[n], 1)
        ),
    )
