"""What stands of an order that several sources report, change, refund and cancel, in any order of arrival."""

from collections.abc import Iterator

import pytest

from regulars.db import Database
from tests.integration.orders.counter import Counter, line, told


@pytest.fixture
def counter(database: Database) -> Iterator[Counter]:
    made = Counter(database)
    yield made
    made.sequencer.close()


def completed(**more):
    return told("Order Completed", **{"currency": "USD", **more})


def refunded(**more):
    return told("Order Refunded", **more)


TWO = [line("milk", 3.30, 3, line_id="a"), line("tea", 5.00, line_id="b")]


def test_a_browser_without_lines_does_not_wipe_the_servers(counter: Counter) -> None:
    counter.tell(completed(source="server", products=TWO, total=8.30))
    counter.tell(completed(source="browser", minutes=1, total=8, coupon="SPRING"))

    order = counter.order()
    assert (order.total_minor, order.line_count, order.source) == (830, 2, "server")
    assert order.coupon == "SPRING"
    assert [one.line_key for one in counter.lines()] == ["a", "b"]


def test_the_servers_lines_replace_what_a_browser_told_first(counter: Counter) -> None:
    counter.tell(completed(source="browser", total=8))
    counter.tell(completed(source="server", minutes=-1, products=TWO, total=8.30, store_id="7"))

    order = counter.order()
    assert (order.total_minor, order.line_count, order.store) == (830, 2, "7")
    assert len(counter.lines()) == 2


def test_a_later_report_of_the_same_source_replaces_the_former(counter: Counter) -> None:
    counter.tell(completed(products=TWO, total=8.30))
    counter.tell(told("Order Updated", minutes=5, currency="USD", products=[TWO[1]], total=5))

    assert (counter.order().total_minor, counter.order().line_count) == (500, 1)
    assert [one.product_key for one in counter.lines()] == ["tea"]


def test_an_update_of_the_same_source_without_lines_keeps_them_and_changes_the_sum(counter: Counter) -> None:
    counter.tell(completed(products=TWO, total=8.30))
    counter.tell(told("Order Updated", minutes=5, currency="USD", total=7.30, discount=1))

    order = counter.order()
    assert (order.total_minor, order.discount_minor, order.line_count) == (730, 100, 2)


def test_a_greater_revision_stands_whoever_reports_it_and_whenever(counter: Counter) -> None:
    counter.tell(completed(source="webhook", revision=3, minutes=-9, products=[line("x", 1)]))
    counter.tell(completed(source="server", products=TWO))

    assert (counter.order().total_minor, counter.order().revision) == (100, 3)


def test_a_total_that_was_told_counts_with_shipping_and_tax_and_lines_keep_their_own(
    counter: Counter,
) -> None:
    counter.tell(completed(products=[{"sku": "a", "price": 10, "quantity": 2, "discount": 1}], total=25.5,
                           shipping=4, tax=2.5))  # fmt: skip

    order = counter.order()
    assert (order.total_minor, order.shipping_minor, order.tax_minor) == (2550, 400, 250)
    assert [one.total_minor for one in counter.lines()] == [1900]


def test_without_a_total_the_sum_is_made_of_what_is_told(counter: Counter) -> None:
    counter.tell(completed(order_id="lines", products=TWO, shipping=1, tax=0.5))
    counter.tell(completed(order_id="revenue", revenue=10, shipping=1, tax=2))
    counter.tell(completed(order_id="subtotal", subtotal=9, tax=1))

    sums = [counter.order(key).total_minor for key in ("lines", "revenue", "subtotal")]
    assert sums == [980, 1300, 1000]


def test_a_known_user_owns_the_order_before_somebody_anonymous_and_a_guest_last(counter: Counter) -> None:
    counter.tell(completed(source="webhook", user=None, anonymous="guest:o-1", minutes=-5))
    assert counter.set_aside() != []  # No total, no lines.
    counter.tell(completed(source="webhook", user=None, anonymous="guest:o-1", minutes=-4, total=5))
    guest = counter.order().customer_id
    counter.tell(completed(source="browser", user=None, anonymous="cookie", total=5))
    browser = counter.order().customer_id
    counter.tell(completed(source="server", user="7", minutes=9, products=[line("tea", 5)]))
    known = counter.order().customer_id

    assert len({guest, browser, known}) == 3
    assert [one for one in counter.totals() if one[1]] == [(known, 1, 0)]


def test_parts_given_back_by_quantity_make_the_whole_line(counter: Counter) -> None:
    counter.tell(completed(products=[line("milk", 10, 3, line_id="a")]))
    for n in range(3):
        counter.tell(refunded(minutes=n + 1, refund_id=f"r{n}", products=[{"line_id": "a", "quantity": 1}]))
        if n < 2:
            assert counter.order().status == "part_refunded"

    assert [one.refunded_minor for one in counter.refunds()] == [333, 334, 333]
    assert (counter.order().status, counter.order().net_minor) == ("refunded", 0)
    assert (counter.lines()[0].refunded_minor, counter.lines()[0].refunded_quantity) == (1000, 3)


def test_a_refund_by_line_place_product_or_sum_counts_once_for_each_refund_id(counter: Counter) -> None:
    counter.tell(completed(products=[*TWO, line("jam", 4)]))
    counter.tell(refunded(refund_id="r1", products=[{"product_id": "jam"}], minutes=1))
    counter.tell(refunded(refund_id="r1", products=[{"product_id": "jam"}], minutes=2, source="webhook"))
    counter.tell(refunded(refund_id="r2", amount=0.30, minutes=3))
    counter.tell(refunded(refund_id="r3", products=[{"position": 2, "quantity": 1}], minutes=4))

    assert [one.refunded_minor for one in counter.refunds()] == [400, 30, 500]
    assert counter.order().net_minor == 300
    assert counter.totals()[0][1:] == (1, 3)


def test_never_more_is_given_back_than_was_paid_and_the_rest_is_a_finding(counter: Counter) -> None:
    counter.tell(completed(products=TWO))
    counter.tell(refunded(refund_id="r1", amount=8, minutes=1), refunded(refund_id="r2", amount=5, minutes=2))

    assert (counter.order().status, counter.order().net_minor) == ("refunded", 0)
    assert [one.refunded_minor for one in counter.refunds()] == [800, 30]
    assert counter.findings() == ["refund.beyond_paid"]


def test_a_refund_that_names_nothing_is_of_all_that_is_left(counter: Counter) -> None:
    counter.tell(completed(products=TWO), refunded(refund_id="r1", amount=1, minutes=1))
    counter.tell(refunded(minutes=2))

    assert [one.refunded_minor for one in counter.refunds()] == [100, 730]
    assert (counter.order().status, counter.findings()) == ("refunded", [])
    assert all(one.refunded_minor == one.total_minor for one in counter.lines())


def test_a_refund_of_what_was_not_bought_or_in_other_money_is_a_finding(counter: Counter) -> None:
    counter.tell(completed(products=TWO))
    counter.tell(refunded(refund_id="r1", products=[{"line_id": "zz", "price": 1}], minutes=1))
    counter.tell(refunded(refund_id="r2", products=[{"line_id": "a", "quantity": 9}], minutes=2))
    counter.tell(refunded(refund_id="r3", amount=1, currency="EUR", minutes=3))

    assert sorted(counter.findings()) == [
        "refund.line_unknown", "refund.more_than_bought", "refund.other_currency",
    ]  # fmt: skip
    assert [one.refunded_minor for one in counter.refunds()] == [100, 330, 0]


def test_an_unreadable_refund_is_set_aside_with_the_field(counter: Counter) -> None:
    counter.tell(completed(products=TWO), refunded(amount="all", minutes=1))
    counter.tell(refunded(products=[{"line_id": "a", "quantity": "one"}], minutes=2))

    first, second = sorted(counter.set_aside())
    assert "properties.amount: is not a number" in first
    assert "properties.products[0].quantity: is not a number" in second


def test_a_cancelled_order_is_none_and_what_comes_before_its_order_waits(counter: Counter) -> None:
    from regulars import orders

    counter.tell(told("Order Cancelled"), refunded(order_id="o-2", amount=1, minutes=1))
    with counter.database.transaction() as tx:
        assert [(one.order_key, one.kind) for one in orders.waiting(tx)] == [
            ("o-2", "refunded"), ("o-1", "cancelled"),
        ]  # fmt: skip

    counter.tell(completed(products=TWO), completed(order_id="o-2", products=TWO))

    assert (counter.order().status, counter.order().net_minor) == ("cancelled", 0)
    assert (counter.order("o-2").status, counter.order("o-2").net_minor) == ("part_refunded", 730)
    assert [one[1:] for one in counter.totals()] == [(1, 1)]


def test_totals_forget_an_order_that_is_cancelled_later(counter: Counter) -> None:
    counter.tell(completed(products=TWO), completed(order_id="o-2", products=TWO, minutes=60))
    counter.tell(told("Order Cancelled", minutes=90))
    counter.tell(told("Order Cancelled", order_id="o-2", minutes=91))

    assert counter.totals() == []


def test_history_is_what_nothing_but_history_made(counter: Counter) -> None:
    counter.tell(completed(products=TWO, history=True), completed(order_id="o-2", total=1, history=True))
    counter.tell(completed(order_id="o-2", total=1, minutes=1, source="browser"))

    assert (counter.order().history, counter.order("o-2").history) == (True, False)


def test_money_of_several_currencies_keeps_its_digits(counter: Counter) -> None:
    counter.tell(
        completed(order_id="yen", currency="JPY", total=1200),
        completed(order_id="dinar", currency="kwd", total=1.234),
        refunded(order_id="dinar", amount=0.234, minutes=1),
    )

    assert counter.order("yen").total.format() == "1,200 JPY"
    assert counter.order("dinar").net.format() == "1.000 KWD"


def test_who_reported_what_is_kept(counter: Counter) -> None:
    from regulars import orders

    counter.tell(completed(source="browser", total=8), completed(source="server", minutes=1, products=TWO))
    counter.tell(refunded(source="till", refund_id="r", amount=2, minutes=2))

    with counter.database.transaction() as tx:
        seen = orders.sightings(tx, counter.order().order_id)
        assert orders.order_sources(tx) == ["browser", "server", "till"]
    assert [(one.source, one.total_minor, one.stands, one.gives_lines) for one in seen] == [
        ("browser", 800, False, False), ("server", 830, True, True), ("till", 200, False, False),
    ]  # fmt: skip
