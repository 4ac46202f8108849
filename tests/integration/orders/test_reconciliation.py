"""Our orders beside the shop's own figures: files read, days compared, single orders found that differ."""

from collections.abc import Iterator
from datetime import date

import pytest

from regulars import orders
from regulars.db import Database
from tests.integration.orders.counter import AT, Counter, line, told

ZONE = "America/New_York"


@pytest.fixture
def counter(database: Database) -> Iterator[Counter]:
    made = Counter(database)
    yield made
    made.sequencer.close()


def completed(key: str, total: float, minutes: float = 0, **more):
    return told("Order Completed", order_id=key, currency="USD", total=total, minutes=minutes, **more)


def made(counter: Counter, text: str, source: str | None = None) -> orders.Reconciliation:
    theirs = orders.read_figures(text.encode(), currency="USD", zone=ZONE)
    with counter.database.transaction() as tx:
        return orders.reconcile(
            tx, theirs, title="March", source=source, currency="USD", zone=ZONE, made_by="Ada", at=AT
        )


def compared(counter: Counter, one: orders.Reconciliation) -> orders.Compared:
    with counter.database.transaction() as tx:
        return orders.compare(tx, one)


def test_days_are_local_and_each_says_ours_theirs_and_the_difference(counter: Counter) -> None:
    day = 24 * 60
    counter.tell(
        completed("a", 10), completed("b", 5, day), completed("late", 7, 16 * 60), completed("c", 1, 2 * day)
    )  # 28 hours after the first midnight in New York it is still the first of March there.

    one = made(counter, "date,orders,total\n2025-03-01,2,17.00\n2025-03-02,2,5\n")

    days = compared(counter, one).days
    assert [(d.day.day, d.ours_orders, d.difference.minor, d.agrees) for d in days] == [
        (1, 2, 0, True), (2, 1, 0, False),
    ]  # fmt: skip
    assert (one.then_differing, one.then_ours_orders, one.then_ours_minor) == (1, 3, 2200)


def test_single_orders_missing_on_either_side_or_of_other_amounts_are_named(counter: Counter) -> None:
    counter.tell(
        completed("same", 10), completed("more", 6), completed("only-here", 3), completed("gone", 2),
        completed("monday", 4, 24 * 60), told("Order Cancelled", order_id="gone", minutes=1),
        completed("euro", 1),
    )  # fmt: skip
    text = "Order ID;Date;Total\nsame;2025-03-01;10,00\nmore;2025-03-01;5,00\nonly-there;2025-03-01;9,00\n"
    text += "gone;2025-03-01;2,00\nmonday;2025-03-01;4,00\neuro;2025-03-02;1,00\n"

    one = made(counter, text)

    with counter.database.transaction() as tx:
        found = orders.differences(tx, one).items
        first = orders.differences(tx, one, limit=2)
        second = orders.differences(tx, one, cursor=first.next, limit=50)
        missing = orders.differences(tx, one, kind="missing_here").items
    assert [(d.kind, d.order_key, d.known_as) for d in found] == [
        ("missing_here", "gone", "cancelled"),
        ("other_day", "monday", None),
        ("other_amount", "more", None),
        ("missing_there", "only-here", None),
        ("missing_here", "only-there", None),
        ("other_day", "euro", None),
    ]
    assert (*first.items, *second.items) == found
    assert [d.order_key for d in missing] == ["gone", "only-there"]
    assert compared(counter, one).differences == {
        "missing_here": 2, "missing_there": 1, "other_amount": 1, "other_day": 2,
    }  # fmt: skip


def test_a_day_that_was_mended_agrees_when_it_is_looked_at_again(counter: Counter) -> None:
    counter.tell(completed("a", 10))
    one = made(counter, "order_id,date,total\na,2025-03-01,10\nb,2025-03-01,5\n")
    assert compared(counter, one).differing == 1

    counter.tell(completed("b", 5))

    assert compared(counter, one).differing == 0
    assert one.then_differing == 1


def test_refunds_are_compared_where_the_file_tells_them(counter: Counter) -> None:
    counter.tell(completed("a", 10), told("Order Refunded", order_id="a", amount=4, minutes=1))

    gross = made(counter, "order_id,date,total\na,2025-03-01,10\n")
    net = made(counter, "order_id,date,total,refunded\na,2025-03-01,10,4.00\n")
    other = made(counter, "order_id,date,total,refunded\na,2025-03-01,10,\n")

    assert [compared(counter, one).differing for one in (gross, net, other)] == [0, 0, 1]


def test_one_source_is_compared_by_what_it_said_itself(counter: Counter) -> None:
    counter.tell(
        completed("a", 9, source="browser"),
        completed("a", 10, 1, source="server", products=[line("tea", 10)]),
        completed("b", 5, source="browser"),
    )

    browser = made(counter, "date,orders,total\n2025-03-01,2,14\n", "browser")
    server = made(counter, "order_id,date,total\na,2025-03-01,10\nb,2025-03-01,5\n", "server")

    assert compared(counter, browser).differing == 0
    with counter.database.transaction() as tx:
        (one,) = orders.differences(tx, server).items
    assert (one.kind, one.order_key, one.known_as) == ("missing_here", "b", "other_source")


def test_exports_of_shops_with_a_line_for_each_product_are_read() -> None:
    text = "Name,Created at,Total,Refunded Amount,Lineitem name\n"
    text += '#1001,2025-03-01 23:30:00 -0500,"1,234.50",0.00,Tea\n#1001,,,,Milk\n'

    theirs = orders.read_figures(text.encode(), currency="USD", zone=ZONE)

    (one,) = theirs.orders
    assert (one.order_key, one.day, one.total_minor, one.refunded_minor) == (
        "#1001", date(2025, 3, 1), 123450, 0,
    )  # fmt: skip
    assert theirs.with_refunds


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "found nothing"),
        (b"a,b\n1,2\n", "found a, b"),
        (b"date,orders,total\n", "no line under it"),
        (b"PK\x03\x04rest", "an Excel or ZIP file"),
        (b"%PDF-1.7", "a PDF"),
        (b"date,orders,total\n\x00", "not text"),
        (b"date,orders,total\n03/04/2025,1,2\n", "line 2: the date"),
        (b"date,orders,total\n0001-01-01,1,2\n", "line 2: the year"),
        (b"date,orders,total\n0001-01-01T00:00:00+14:00,1,2\n", "line 2: the date"),
        (b"date,orders,total\n9999-12-31,1,2\n", "line 2: the year"),
        (b'"date' + b"x" * 200_000, "cannot be read"),
        (b"a\rb\x0b\r\n", "found a"),
        (b"date,orders,total\n2025-03-01,one,2\n", "line 2: the number of orders"),
        (b"date,orders,total\n2025-03-01,1,NaN\n", "beyond"),
        (b"date,orders,total\n2025-03-01,1,1e99\n", "beyond"),
        (b"date,orders,total\n2025-03-01,1,lots\n", "total is not a number"),
        (
            b"date,orders,total\n2025-03-01,1,2\n2025-03-01,1,2\n",
            "line 3: the day 2025-03-01 stands there twice",
        ),
        (b"order_id,date,total\n,2025-03-01,2\n", "id is missing"),
        (b"order_id,date,total\na,2025-03-01,2\na,2025-03-01,3\n", "line 3: the order a stands there twice"),
        (b'date,orders,total\n2025-03-01,1,"' + b"x" * 200_000, "cannot be read"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_told_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(orders.UnreadableFigures, match="(?s).*") as told_:
        orders.read_figures(content, currency="USD", zone=ZONE)

    findings = "; ".join(f"{one.path}: {one.message}" for one in told_.value.findings)
    assert said in f"{told_.value} {findings}"


def test_a_hundred_thousand_orders_agree_with_their_file(counter: Counter) -> None:
    with counter.database.transaction() as tx:
        tx.execute(
            "insert into orders.purchase (order_key, customer_id, position, revised_position, revision, occurred_at, "
            "booked_at, currency, total_minor, discount_minor, line_count) "
            "select 'o-' || n, 1, n, n, 0, %s + n * interval '1 minute', %s, 'USD', n, 0, 0 "
            "from generate_series(0, 99999) as n",
            (AT, AT),
        )
        pairs = tx.execute(
            "select order_key, (occurred_at at time zone %s)::date, total_minor from orders.purchase", (ZONE,)
        ).fetchall()
    text = "order_id,date,total\n" + "".join(f"{k},{d},{m / 100:.2f}\n" for k, d, m in pairs)

    one = made(counter, text)

    found = compared(counter, one)
    assert (found.differing, found.differences, len(found.days)) == (0, {}, 70)
    assert sum(day.ours_orders for day in found.days) == 100_000
