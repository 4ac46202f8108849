"""Claiming: somebody says by hand that the guest of an order is one of our customers."""

from typing import ClassVar, cast

from regulars import customers
from regulars.customers import Deciding
from regulars.db import Tx, value
from regulars.kernel import Conflict
from regulars.orders.history import get_order
from regulars.orders.listing import SQL
from regulars.orders.model import Order


class NotAGuest(Conflict):
    """A source named a known user for the order: whose it is is no question."""

    code: ClassVar[str] = "orders.not_a_guest"


def is_unclaimed(tx: Tx, order: Order) -> bool:
    """Whether nobody has said which known customer the order's buyer is."""
    named = cast("int", value(tx, SQL.best_standing, order_key=order.order_key)) == 0
    return not named and customers.get(tx, order.customer_id).user_id is None


def claim(tx: Tx, by: Deciding, order_id: int, customer_id: int) -> Order:
    """The order's guest and the customer are one person from now on; all the guest's orders go along.

    It is a decision by hand like any merge, and is undone like one. Raises NotAGuest, and what
    `customers.merge` raises.
    """
    order = get_order(tx, order_id)
    if not is_unclaimed(tx, order):
        raise NotAGuest(
            f"Order {order.order_key} belongs to a known customer; merge the two customers if they are one."
        )
    customers.merge(tx, by, order.customer_id, customer_id)
    return get_order(tx, order_id)
