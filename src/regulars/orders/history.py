"""Reading orders: of a customer, their lines, and sums over a period."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars.db import Tx, maybe, rows
from regulars.kernel import NotFound, Page, day_bounds, decode_cursor, encode_cursor, public_id
from regulars.orders.model import PREFIX, Line, Order, Totals, WeekSales
from regulars.orders.statements import SQL

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSales:
    span: int
    currency: str
    orders: int
    customers: int
    total_minor: int


def get_order(tx: Tx, order_id: int) -> Order:
    """One order; raises NotFound."""
    found = maybe(tx, SQL.get, Order, order_id=order_id)
    if found is None:
        raise NotFound(f"There is no order {public_id(PREFIX, order_id)}.")
    return found


def order_lines(tx: Tx, order_id: int) -> list[Line]:
    """The lines of one order, in their order."""
    return rows(tx, SQL.order_lines, Line, order_id=order_id)


def orders_of(tx: Tx, customer_id: int, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Order]:
    """A page of one customer's orders, the latest first."""
    at, order_id = decode_cursor(cursor, (datetime, int)) if cursor else (None, None)
    found = rows(tx, SQL.orders_of, Order, customer_id=customer_id, at=at, order_id=order_id, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor(last.occurred_at, last.order_id) if last else None
    return Page(tuple(found[:limit]), more)


def totals(tx: Tx, start: datetime, end: datetime) -> list[Totals]:
    """Sums of the orders that occurred in [start, end), one a currency; cancelled ones are left out."""
    return rows(tx, SQL.totals, Totals, start=start, end=end)


def sales_by_week(tx: Tx, first: date, weeks: int, zone: str) -> list[WeekSales]:
    """Sums of `weeks` local weeks that begin at local midnight of `first` and of every seventh day after."""
    starts = [first + timedelta(weeks=n) for n in range(weeks + 1)]
    bounds = [day_bounds(day, zone)[0] for day in starts]
    found = rows(tx, SQL.sales_by_span, SpanSales, bounds=bounds, start=bounds[0], end=bounds[-1])
    return [
        WeekSales(
            week=starts[row.span],
            currency=row.currency,
            orders=row.orders,
            customers=row.customers,
            total_minor=row.total_minor,
        )
        for row in found
    ]
