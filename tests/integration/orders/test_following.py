"""Orders, lines and totals go along when customers turn out to be one, and come back when they are split."""

from collections.abc import Iterator

import pytest

from regulars import access, customers, log, orders
from regulars.db import Database
from tests.integration.orders.counter import AT, Counter, customer_of, line, told


@pytest.fixture
def counter(database: Database) -> Iterator[Counter]:
    made = Counter(database)
    yield made
    made.sequencer.close()


def test_what_somebody_bought_before_signing_in_is_theirs(counter: Counter) -> None:
    tea = [line("tea", 5)]
    counter.tell(
        told("Order Completed", user=None, anonymous="cookie", currency="USD", products=tea),
        told("Order Completed", order_id="o-2", user="7", currency="USD", products=tea, minutes=5),
    )
    assert counter.order().customer_id != counter.order("o-2").customer_id

    counter.tell(told("Signed In", user="7", anonymous="cookie", minutes=9))

    known = counter.order("o-2").customer_id
    assert counter.order().customer_id == known
    assert counter.totals() == [(known, 2, 0)]
    with counter.database.transaction() as tx:
        owners = tx.execute("select distinct customer_id from orders.fact_line").fetchall()
    assert owners == [(known,)]


def test_following_again_and_back_leaves_the_totals_right(counter: Counter) -> None:
    counter.tell(
        told("Order Completed", user="1", currency="USD", total=1),
        told("Order Completed", order_id="o-2", user="2", currency="USD", total=2),
        told("Order Refunded", order_id="o-2", user="2", amount=1, minutes=1),
    )
    with counter.database.transaction() as tx:
        one, two = customer_of(tx, "user_id", "1"), customer_of(tx, "user_id", "2")
        there = customers.Moved(atom_id=two, before=two, after=one)
        orders.follow(tx, [there])
        orders.follow(tx, [there])
    assert counter.totals() == [(one, 2, 1)]

    with counter.database.transaction() as tx:
        orders.follow(tx, [customers.Moved(atom_id=two, before=one, after=two)])

    assert counter.totals() == [(one, 1, 0), (two, 1, 1)]
    assert counter.order("o-2").customer_id == two


def test_a_guest_order_told_later_by_a_known_user_is_theirs(counter: Counter) -> None:
    counter.tell(told("Order Completed", source="webhook", user=None, anonymous="guest:o-1",
                      currency="USD", total=5))  # fmt: skip
    guest = counter.order().customer_id
    counter.tell(told("Order Completed", source="server", user="7", currency="USD", total=5, minutes=3))

    with counter.database.transaction() as tx:
        known = customer_of(tx, "user_id", "7")
    assert counter.order().customer_id == known != guest
    assert counter.totals() == [(known, 1, 0)]


def test_a_guest_order_is_claimed_by_hand_with_all_the_guests_orders(counter: Counter) -> None:
    def guest(key: str) -> log.NewEvent:
        return told("Order Completed", order_id=key, source="webhook", user=None, anonymous="guest:o-1",
                    currency="USD", total=5)  # fmt: skip

    counter.tell(guest("o-1"), guest("o-2"), told("Signed Up", user="7", minutes=1))
    with counter.database.transaction() as tx:
        known = customer_of(tx, "user_id", "7")
        assert orders.is_unclaimed(tx, counter.order())
        by = customers.Deciding(actor=access.SYSTEM, at=AT, follow=(orders.follow,), reason="the receipt")
        orders.claim(tx, by, counter.order().order_id, known)

    assert [counter.order(key).customer_id for key in ("o-1", "o-2")] == [known, known]
    assert counter.totals() == [(known, 2, 0)]
    with counter.database.transaction() as tx, pytest.raises(orders.NotAGuest):
        orders.claim(tx, by, counter.order().order_id, known)
