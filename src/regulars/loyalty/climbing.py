"""Members rise in the tier sets of their programme by what they did; nobody is lowered here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars.db import Query, Statements, Tx, value

if TYPE_CHECKING:  # Earning calls this room's climbing.
    from regulars.loyalty.accrual import Version


class Sql(Statements, file="climbing.sql"):
    climb: Query


SQL = Sql()


def climb(tx: Tx, version: "Version", transfers: Sequence[int], orders: Sequence[int] = ()) -> int:
    """Lift the members behind transfers and orders where their figures, these included, reach a tier.

    Called after each wave with all of its transfers and with every order of it, also those that earned
    nothing; the members are locked by then. Again, it lifts nobody. Gives the steps up.
    """
    return _climb(tx, version.programme_id, transfers, orders, ())


def _climb(
    tx: Tx, programme_id: int, transfers: Sequence[int], orders: Sequence[int], events: Sequence[int]
) -> int:
    given = {"transfers": list(transfers), "orders": list(orders), "events": list(events)}
    return int(value(tx, SQL.climb, programme_id=programme_id, **given))
