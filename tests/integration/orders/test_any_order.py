"""Whatever the order of arrival, and however it is cut into ranges, the same reports give the same order."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars import log, orders
from regulars.db import Database
from tests.integration.orders.counter import Counter, line, told

# What depends on when it arrived, and on nothing else.
ARRIVAL = {"order_id", "position", "booked_at"}
LINES = [line("milk", 3.33, 3, line_id="a"), line("tea", 5.01, 2), line("jam", 4, line_id="c")]
minutes = st.integers(0, 40)
sources = st.sampled_from(("browser", "server", "till"))


def reported(name):
    return st.builds(
        lambda source, at, products, revision, total, user, history: told(
            name,
            source=source,
            minutes=at,
            currency="USD",
            products=[LINES[n] for n in sorted(products)],
            revision=revision,
            total=total,
            user=user,
            anonymous=None if user else f"cookie-{source}",
            history=history,
        ),
        sources,
        minutes,
        st.sets(st.integers(0, 2), max_size=3),
        st.integers(0, 2),
        st.integers(1, 30),
        st.sampled_from(("7", "8", None)),
        st.booleans(),
    )


def refunded():
    return st.builds(
        lambda source, at, key, products, amount: told(
            "Order Refunded",
            source=source,
            minutes=at,
            refund_id=key,
            **({"products": products} if products else {}),
            **({"amount": amount} if amount else {}),
        ),
        sources,
        minutes,
        st.sampled_from(("r1", "r2", "r3")),
        st.lists(
            st.builds(
                lambda where, quantity: {**where, **({"quantity": quantity} if quantity else {})},
                st.sampled_from(({"line_id": "a"}, {"product_id": "tea"}, {"position": 3}, {"sku": "none"})),
                st.sampled_from((0, 1, 2, 5)),
            ),
            max_size=3,
        ),
        st.sampled_from((0, 1, 2.5, 40)),
    )


cancelled = st.builds(lambda at: told("Order Cancelled", minutes=at), minutes)
histories = st.lists(
    st.one_of(reported("Order Completed"), reported("Order Updated"), refunded(), refunded(), cancelled),
    min_size=2,
    max_size=7,
    # Of one source and instant the later stands, and of one message the first: here neither is the question.
    unique_by=(lambda event: (event.source, event.name, event.occurred_at), lambda event: event.message_id),
)


@pytest.fixture(scope="module")
def counter(server) -> Iterator[Counter]:
    from regulars.db import drop_database

    dsn = server.clone()
    with Database(dsn) as database:
        made = Counter(database)
        yield made
        made.sequencer.close()
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def clean(counter: Counter) -> None:
    """Positions go on; only what they left behind goes."""
    with counter.database.transaction() as tx:
        tx.execute(
            "truncate orders.purchase, orders.line, orders.report, orders.refund, orders.refund_line, "
            "orders.finding, orders.customer_total, log.seen, log.set_aside"
        )


def seen(counter: Counter, key: str = "o-1") -> object:
    with counter.database.transaction() as tx:
        order_id = orders.find_order(tx, key)
        if order_id is None:
            return None
        order = orders.get_order(tx, order_id)
        lines = tx.execute(
            "select line, line_key, product_key, quantity, total_minor, refunded_minor, refunded_quantity "
            "from orders.fact_line where order_id = %s order by line",
            (order_id,),
        ).fetchall()
        refunds = [
            (one.refund_key, one.told_minor, one.refunded_minor) for one in orders.refunds(tx, order_id)
        ]
        findings = sorted((one.code, one.minor or 0) for one in orders.order_findings(tx, order_id))
        totals = tx.execute("select customer_id, orders, refunds from orders.fact_customer_total").fetchall()
    told_ = {f.name: getattr(order, f.name) for f in fields(order) if f.name not in ARRIVAL}
    return told_, lines, refunds, findings, totals


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), events=histories)
def test_reports_in_any_order_and_any_ranges_give_one_order(counter: Counter, data, events) -> None:
    clean(counter)
    counter.tell(*sorted(events, key=lambda event: event.occurred_at))
    in_order = seen(counter)

    clean(counter)
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    for event in shuffled[:cut]:
        counter.tell(event)
    if cut < len(events):
        counter.tell(*shuffled[cut:])

    assert seen(counter) == in_order
    assert counter.set_aside() == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=histories)
def test_what_is_left_is_never_less_than_nothing_nor_more_than_was_paid(counter: Counter, events) -> None:
    clean(counter)
    counter.tell(*events)

    found = seen(counter)
    if found is not None:
        told_, lines, refunds, _, totals = found
        assert 0 <= told_["net_minor"] <= told_["total_minor"]
        assert sum(counts for _, _, counts in refunds) == told_["refunded_minor"] <= told_["total_minor"]
        assert all(0 <= (back or 0) <= total for *_, total, back, _ in lines)
        assert len(totals) == (told_["status"] != "cancelled")


def test_a_range_applied_again_after_all_that_happened_changes_nothing(counter: Counter) -> None:
    clean(counter)
    counter.tell(
        told("Order Completed", currency="USD", products=LINES),
        told("Order Refunded", refund_id="r1", products=[{"line_id": "a", "quantity": 1}], minutes=1),
        told("Order Updated", currency="USD", products=LINES[:2], minutes=2),
    )
    before = seen(counter)
    with counter.database.transaction() as tx:
        (head,) = tx.execute("select max(position) from log.fact_event").fetchone()
        for _ in range(2):
            orders.READER.apply(tx, log.Span(after=head - 3, to=head, booked_at=None))

    assert seen(counter) == before
