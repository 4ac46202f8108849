"""Orders go along when it turns out who is which person."""

from collections.abc import Sequence

from regulars.customers import Moved
from regulars.db import Tx, run, values
from regulars.orders.booking import STANDING, recount


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Orders, lines and totals follow the atoms that told them; merge and split alike, again harmless."""
    if not moved:
        return
    order_ids = values(
        tx,
        STANDING.follow_orders,
        atoms=[one.atom_id for one in moved],
        before=[one.before for one in moved],
        after=[one.after for one in moved],
    )
    if order_ids:
        run(tx, STANDING.follow_lines, order_ids=order_ids)
        recount(tx, sorted({one.before for one in moved} | {one.after for one in moved}))
