"""Members rise in the tier sets of their programme by what they did; only a return lowers anybody here."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from regulars.db import Query, Statements, Tx, value
from regulars.loyalty.inactivity import slide

if TYPE_CHECKING:  # Earning calls this room's climbing.
    from regulars.loyalty.accrual import Version


class Sql(Statements, file="climbing.sql"):
    climb: Query
    counted_events: Query
    fall: Query


SQL = Sql()


def climb(tx: Tx, version: "Version", transfers: Sequence[int], orders: Sequence[int] = ()) -> int:
    """Lift the members behind transfers and orders where their figures, these included, reach a tier.

    Called after each wave with all of its transfers and with every order of it, also those that earned
    nothing; the members are locked by then. What they earned or spent keeps their points alive, too. Again,
    it lifts nobody. Gives the steps up.
    """
    slide(tx, version.programme_id, transfers)
    return climb_by(tx, version.programme_id, transfers=transfers, orders=orders)


def climb_by(
    tx: Tx,
    programme_id: int,
    *,
    transfers: Sequence[int] = (),
    orders: Sequence[int] = (),
    events: Sequence[int] = (),
) -> int:
    if not (transfers or orders or events):
        return 0
    given = {"transfers": list(transfers), "orders": list(orders), "events": list(events)}
    return int(value(tx, SQL.climb, programme_id=programme_id, **given))


def climb_by_events(tx: Tx, *, after: int, to: int) -> int:
    """Lift who did what a tier set counts, as the log tells at positions (after, to]."""
    return int(value(tx, SQL.counted_events, after=after, to=to) or 0)


def fall(tx: Tx, version: "Version", customers: Sequence[int], at: datetime) -> int:
    """After returns: take back tiers that only what came back had reached, in the sets that say so."""
    return int(value(tx, SQL.fall, programme_id=version.programme_id, customers=list(customers), at=at))
