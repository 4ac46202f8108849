"""Sales by local week, every week there, the unfinished one marked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars import orders
from regulars.db import Tx
from regulars.kernel import Money, day_bounds, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    start: date  # Its Monday.
    sales: Money
    orders: int
    buyers: int
    finished: bool  # Whether its seven days are over.


def weeks(tx: Tx, at: datetime, zone: str, *, count: int = 53) -> list[Week]:
    """The last weeks up to the one that holds the instant, in the currency of most orders.

    Weeks before the first order are left out; without any order there are none.
    """
    today = local_day(at, zone)
    first = today - timedelta(days=today.weekday(), weeks=count - 1)
    found = orders.sales_by_week(tx, first, count, zone)
    sums: dict[str, int] = {}
    for row in found:
        sums[row.currency] = sums.get(row.currency, 0) + row.orders
    if not sums:
        return []
    currency = min(sums, key=lambda code: (-sums[code], code))
    by_week = {row.week: row for row in found if row.currency == currency}
    starts = [first + timedelta(weeks=n) for n in range(count)]
    return [
        Week(
            start=start,
            sales=Money(by_week[start].total_minor if start in by_week else 0, currency),
            orders=by_week[start].orders if start in by_week else 0,
            buyers=by_week[start].customers if start in by_week else 0,
            finished=day_bounds(start + timedelta(days=6), zone)[1] <= at,
        )
        for start in starts
        if start >= min(by_week)
    ]
