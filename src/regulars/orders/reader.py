"""The reader that turns `Order Completed` events into orders and lines, set-based."""

from dataclasses import dataclass
from typing import ClassVar

from psycopg.types.json import Jsonb

from regulars.db import Tx, maybe, rows, run, values
from regulars.kernel import Finding, Invalid, minor_digits
from regulars.log import Reader, Span
from regulars.orders.statements import SQL


class UnreadableOrder(Invalid):
    """An event says that an order was completed, and the order cannot be read from it."""

    code: ClassVar[str] = "orders.unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    position: int
    order_key: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    order_id: int
    replaced: bool


def apply(tx: Tx, span: Span) -> None:
    """Book the orders of a range of the log; raises UnreadableOrder for the first that cannot be read.

    The same order under other message ids is one order; the lines of a later revision replace the former.
    """
    if not run(tx, SQL.stage_orders, after=span.after, to=span.to):
        run(tx, SQL.unstage_orders)
        return
    _refuse(maybe(tx, SQL.bad_order, Bad))
    digits = Jsonb({currency: minor_digits(currency) for currency in values(tx, SQL.staged_currencies)})
    run(tx, SQL.stage_lines, digits=digits)
    _refuse(maybe(tx, SQL.bad_line, Bad))
    if run(tx, SQL.know_products):
        run(tx, SQL.adopt_products)
    booked = rows(tx, SQL.book_orders, Booked, digits=digits)
    run(tx, SQL.add_totals, order_ids=[order.order_id for order in booked if not order.replaced])
    replaced = [order.order_id for order in booked if order.replaced]
    if replaced:
        run(tx, SQL.drop_lines, order_ids=replaced)
        run(tx, SQL.recount_totals, order_ids=replaced)
    run(tx, SQL.book_lines, order_ids=[order.order_id for order in booked])
    run(tx, SQL.unstage_lines)
    run(tx, SQL.unstage_orders)


def _refuse(bad: Bad | None) -> None:
    if bad is None:
        return
    problem = f"Order {bad.order_key!r} at log position {bad.position} cannot be booked: {bad.problem}."
    first, colon, _ = bad.problem.partition(": ")
    place = first if colon and first.startswith("products[") else ""
    path = f"properties.{place}".rstrip(".")
    raise UnreadableOrder(problem, [Finding(path=path, code="orders.unreadable", message=bad.problem)])


READER = Reader(name="orders", apply=apply)
