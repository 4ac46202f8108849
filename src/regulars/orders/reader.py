"""The reader that turns events into orders, products and stores, set-based."""

from regulars import customers
from regulars.db import Tx
from regulars.log import Reader, Span, is_from_outside
from regulars.orders.booking import book
from regulars.orders.reported import keep_catalogue


def apply(tx: Tx, span: Span) -> None:
    """Book the orders of a range of the log and what it says of products and stores.

    Raises UnreadableOrder, UnreadableProduct or UnreadableStore for the first event that cannot be read.
    """
    if not is_from_outside(tx, span):
        return
    customers.hold(tx)
    book(tx, span)
    keep_catalogue(tx, span)


READER = Reader(name="orders", apply=apply, after=("customers",))
