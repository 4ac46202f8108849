"""What people do besides buying, as the log tells it: it makes members, counts for tiers, ends waiting."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, value, values
from regulars.loyalty.activation import activate_by_events
from regulars.loyalty.climbing import climb_by_events
from regulars.loyalty.live import Live, live
from regulars.loyalty.welcome import greet


class Sql(Statements, file="acts.sql"):
    acted: Query
    join: Query
    counted: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    programme_id: int
    customer_id: int
    at: datetime
    booked_at: datetime


def before(tx: Tx, *, after: int, to: int) -> None:
    """What comes before the orders at positions (after, to] are priced: joining by doing anything, tiers."""
    _join_active(tx, live(tx), after, to)
    climb_by_events(tx, after=after, to=to)


def after(tx: Tx, *, after: int, to: int) -> None:
    """What comes when they have earned: waiting that an event ends, and what joining gives."""
    climb_by_events(tx, after=after, to=to)  # Of who joined by an order of this very span.
    activate_by_events(tx, live(tx), after=after, to=to)
    greet(tx)


def counted_events(tx: Tx) -> list[str]:
    """The events that tiers count, which therefore stay at hand."""
    return values(tx, SQL.counted)


def _join_active(tx: Tx, programmes: list[Live], after: int, to: int) -> None:
    open_ones = {one.programme_id: one for one in programmes if one.programme.join == "first_active"}
    if not open_ones:
        return
    acted = rows(tx, SQL.acted, Acted, programmes=list(open_ones), after=after, to=to)
    for programme_id, programme in open_ones.items():
        joining = [
            one
            for one in acted
            if one.programme_id == programme_id and one.at >= programme.live_from and programme.gives(one.at)
        ]
        if joining:
            value(
                tx,
                SQL.join,
                programme_id=programme_id,
                customers=[one.customer_id for one in joining],
                joined=[one.at for one in joining],
                booked=[one.booked_at for one in joining],
                terms=programme.programme.terms_version,
            )
