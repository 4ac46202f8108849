"""Orders as the reader books them from the log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from psycopg import sql

from regulars import customers, log, orders
from regulars.db import Database, values

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def completed(message_id: str, **properties: object) -> log.NewEvent:
    told = {
        "order_id": "o-1",
        "currency": "USD",
        "products": [{"product_id": "milk", "total": 1.1}],
        **properties,
    }
    return log.NewEvent(
        message_id=message_id,
        name="Order Completed",
        occurred_at=AT,
        properties=told,
        user_id="7",
        source="shop",
    )


class Shop:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequencer = log.Sequencer(database, customers.resolve)
        self.runners = [
            log.ReaderRunner(database, orders.READER),
            log.ReaderRunner(database, customers.reader()),
        ]

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        log.catch_up(self.database, self.sequencer, self.runners, AT)

    def booked(self) -> list[orders.Order]:
        with self.database.transaction() as tx:
            ids = values(tx, sql.SQL("select order_id from orders.fact_order order by order_key"))
            return [orders.get_order(tx, order_id) for order_id in ids]

    def lines(self, order: orders.Order) -> list[orders.Line]:
        with self.database.transaction() as tx:
            return orders.order_lines(tx, order.order_id)

    def set_aside(self) -> list[str]:
        with self.database.transaction() as tx:
            return [one.reason for one in log.set_aside(tx)]


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def test_amounts_are_read_as_decimals_line_by_line_and_then_summed(shop: Shop) -> None:
    lines = [{"product_id": f"p{n}", "quantity": 0.5, "total": 0.1, "discount": 0.07} for n in range(3)]

    shop.tell(completed("m1", products=lines))

    (order,) = shop.booked()
    assert (order.total_minor, order.discount_minor, order.line_count) == (30, 21, 3)
    assert [line.quantity for line in shop.lines(order)] == [Decimal("0.5")] * 3


def test_minor_units_follow_the_currency(shop: Shop) -> None:
    shop.tell(completed("m1", currency="JPY", products=[{"product_id": "a", "price": 120, "quantity": 2}]))

    assert shop.booked()[0].total.format() == "240 JPY"


def test_the_same_order_under_other_message_ids_is_one_order(shop: Shop) -> None:
    shop.tell(completed("browser"), completed("server"))
    shop.tell(completed("till"))

    (order,) = shop.booked()
    assert order.position == 1
    assert len(shop.lines(order)) == 1


def test_a_later_revision_replaces_the_lines_and_an_earlier_one_does_not(shop: Shop) -> None:
    shop.tell(completed("m1"))
    shop.tell(
        completed("m2", revision=2, products=[{"product_id": "tea", "total": 5}, {"sku": "x", "total": 1}])
    )
    shop.tell(completed("m3", revision=1))

    (order,) = shop.booked()
    assert (order.total_minor, order.position, order.revision) == (600, 1, 2)
    assert [line.product_key for line in shop.lines(order)] == ["tea", "x"]


def test_totals_of_a_customer_count_each_order_once(shop: Shop) -> None:
    shop.tell(completed("m1"), completed("m2", order_id="o-2"))
    shop.tell(completed("m3", revision=1), completed("m4", order_id="o-3"))

    with shop.database.transaction() as tx:
        query = sql.SQL(
            "select orders from orders.fact_customer_total where first_at = %(at)s and last_at = %(at)s"
        )
        assert values(tx, query, at=AT) == [3]


def test_an_order_without_lines_takes_its_own_total(shop: Shop) -> None:
    shop.tell(completed("m1", products=[], total=12.345, discount=1))

    assert (shop.booked()[0].total_minor, shop.booked()[0].discount_minor) == (1235, 100)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"order_id": None}, "properties.order_id: is missing"),
        ({"order_id": ["o-1"]}, "properties.order_id: is missing"),
        ({"currency": "usd'; drop"}, "properties.currency: is not three letters"),
        ({"currency": None}, "properties.currency"),
        ({"products": {"a": 1}}, "properties.products: is not a list"),
        ({"products": [], "total": "12"}, 'properties.total: is not a number: found "12"'),
        ({"products": []}, "properties.total"),
        ({"tax": "much"}, "properties.tax: is not a number"),
        ({"shipping": 1e30}, "properties.shipping: is beyond"),
        (
            {"products": [{"product_id": "a", "total": 1}, {"product_id": "b", "total": "x"}]},
            'properties.products[1].total: is not a number: found "x"',
        ),
        ({"products": [{"product_id": "a"}]}, "properties.products[0].total: is missing"),
        ({"products": ["milk"]}, "properties.products: is not a list of objects"),
        ({"products": [{"name": "Milk", "total": 1}]}, "properties.products[0].product_id: is missing"),
        ({"products": [{"product_id": "a", "total": 1e30}]}, "beyond"),
        ({"revision": 1.5}, "properties.revision"),
        ({"revision": "3"}, "properties.revision"),
    ],
)
def test_an_unreadable_order_is_set_aside_with_its_reason_and_its_neighbours_are_booked(
    shop: Shop, wrong: dict[str, object], said: str
) -> None:
    shop.tell(completed("good", order_id="o-0"), completed("bad", **wrong), completed("also", order_id="o-2"))

    assert [order.order_key for order in shop.booked()] == ["o-0", "o-2"]
    (reason,) = shop.set_aside()
    assert said in reason


def test_the_same_range_applied_again_changes_nothing(shop: Shop) -> None:
    shop.tell(completed("m1"), completed("m2", order_id="o-2"))
    before = shop.booked()

    with shop.database.transaction() as tx:
        orders.READER.apply(tx, log.Span(after=0, to=2, booked_at=AT))
        orders.READER.apply(tx, log.Span(after=0, to=2, booked_at=AT))

    assert shop.booked() == before
    assert len(shop.lines(before[0])) == 1


def test_sums_are_over_half_open_spans_and_weeks_are_local(shop: Shop) -> None:
    shop.tell(completed("m1"), completed("m2", order_id="o-2"))

    with shop.database.transaction() as tx:
        (total,) = orders.totals(tx, AT, AT + timedelta(seconds=1))
        assert (total.orders, total.customers, total.lines, total.total_minor) == (2, 1, 2, 220)
        assert orders.totals(tx, AT - timedelta(days=1), AT) == []
        (week,) = orders.sales_by_week(tx, AT.date() - timedelta(days=8), 2, "America/New_York")
        assert (week.week, week.total_minor) == (AT.date() - timedelta(days=1), 220)


def test_orders_of_a_customer_come_latest_first_page_by_page(shop: Shop) -> None:
    shop.tell(*(completed(f"m{n}", order_id=f"o-{n}") for n in range(5)))
    customer_id = shop.booked()[0].customer_id

    with shop.database.transaction() as tx:
        first = orders.orders_of(tx, customer_id, limit=3)
        second = orders.orders_of(tx, customer_id, first.next, limit=3)

    assert [len(first.items), len(second.items), second.next] == [3, 2, None]
    assert len({order.order_id for order in (*first.items, *second.items)}) == 5


def test_booking_leaves_statements_prepared_and_nothing_of_anybody_in_the_session(database: Database) -> None:
    tables = ("report_staged", "line_staged", "order_staged")
    with Database(database.dsn, connections_max=1) as single:
        shop = Shop(single)
        for number in range(9):
            shop.tell(completed(f"m-{number}", order_id=f"o-{number}"))

        with single.transaction() as tx:
            kept = values(tx, sql.SQL("select statement from pg_prepared_statements"))
            left = [
                values(tx, sql.SQL("select count(*) from pg_temp.{}").format(sql.Identifier(one)))
                for one in tables
            ]
        shop.sequencer.close()
        assert len(shop.booked()) == 9

    assert any("into pg_temp.line_staged" in one for one in kept), [one[:60] for one in kept]
    assert left == [[0], [0], [0]]
