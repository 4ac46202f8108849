"""A shop whose orders come back: their state is set as the room `orders` would have worked it out."""

from collections.abc import Mapping

from regulars.db import Tx
from regulars.loyalty import accrue

REFUNDED = """
update orders.line set refunded_minor = %(minor)s, refunded_quantity = %(quantity)s
where order_id = %(order)s and line = %(line)s
"""
SUMMED = """
update orders.purchase p set refunded_minor = s.minor,
    status = case when p.cancelled_at is not null then 'cancelled' when s.minor >= p.total_minor then 'refunded'
        when s.minor > 0 then 'part_refunded' else 'open' end
from (select coalesce(sum(refunded_minor), 0) + %(beyond)s as minor from orders.line where order_id = %(order)s) s
where p.order_id = %(order)s
"""
CANCELLED = """
update orders.purchase set cancelled_at = case when %(off)s then occurred_at end,
    status = case when %(off)s then 'cancelled' else 'open' end
where order_id = %(order)s
"""
STANDING = "select transfer_id, line_key, points, standing from loyalty.award_line order by transfer_id, line"


def returned(tx: Tx, order: int, minors: Mapping[int, int], *, beyond: int = 0) -> None:
    """So much was given back of each line in all, and so much without naming a line."""
    for line, minor in minors.items():
        tx.execute(REFUNDED, {"order": order, "line": line, "minor": minor or None, "quantity": None})
    tx.execute(SUMMED, {"order": order, "beyond": beyond})


def cancelled(tx: Tx, order: int, *, off: bool = True) -> None:
    tx.execute(CANCELLED, {"order": order, "off": off})
    if not off:
        tx.execute(SUMMED, {"order": order, "beyond": 0})


def touch(tx: Tx, order: int) -> None:
    """The reader passes the order once more."""
    accrue(tx, after=order - 1, to=order)
