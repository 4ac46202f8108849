"""Booking: what a range of the log says of orders becomes reports, and from all reports what stands of each.

What stands depends on the set of an order's reports and not on their order of arrival: a refund may come
before its order, a cancellation too. Only where two reports of one source tell the same revision and the same
instant does the one that came later stand.
"""

from dataclasses import dataclass
from typing import ClassVar

from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, maybe, one, rows, run, value, values
from regulars.kernel import MINOR_DIGITS, Finding, Invalid
from regulars.log import Span
from regulars.orders.catalogue import Product, fill_products

DIGITS = Jsonb(MINOR_DIGITS)


class UnreadableOrder(Invalid):
    """An event says something of an order, and it cannot be read from it."""

    code: ClassVar[str] = "orders.unreadable"


class Staging(Statements, file="staging.sql"):
    make_tables: Query
    stage_reports: Query
    bad_report: Query
    stage_older: Query
    stage_lines: Query
    bad_line: Query
    know_products: Query
    adopt_products: Query
    products_told: Query
    add_reports: Query


class Standing(Statements, file="standing.sql"):
    stage_orders: Query
    lines_to_read: Query
    book_orders: Query
    drop_lines: Query
    book_lines: Query
    hand_lines: Query
    have_changed: Query
    refunded: Query
    add_totals: Query
    changed_customers: Query
    drop_totals: Query
    recount_totals: Query
    follow_orders: Query
    follow_lines: Query


class Refunds(Statements, file="refunds.sql"):
    make_tables: Query
    drop_refunds: Query
    drop_refund_lines: Query
    drop_findings: Query
    stage_refunds: Query
    stage_refund_lines: Query
    book_refunds: Query
    book_refund_lines: Query
    find: Query
    sum_refunds: Query
    clear_line_refunds: Query
    sum_line_refunds: Query
    bad_refund_line: Query


STAGING, STANDING, REFUNDS = Staging(), Standing(), Refunds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    position: int
    order_key: str
    path: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    known: bool | None
    handed: bool | None
    cancelled: bool | None
    relined: bool | None


def book(tx: Tx, span: Span) -> None:
    """Book the orders of a range of the log; raises UnreadableOrder for the first that cannot be read."""
    run(tx, STAGING.make_tables)
    if run(tx, STAGING.stage_reports, after=span.after, to=span.to, digits=DIGITS):
        _refuse(maybe(tx, STAGING.bad_report, Bad))
        _refuse(maybe(tx, REFUNDS.bad_refund_line, Bad))
        _read_lines(tx, older=False)
        _refuse(maybe(tx, STAGING.bad_line, Bad))
        run(tx, STAGING.add_reports)
        _stand(tx)


def _read_lines(tx: Tx, *, older: bool) -> None:
    """Stage the lines that the events tell, and know the products that nobody has named before."""
    if not run(tx, STAGING.stage_lines, older=older):
        return
    if run(tx, STAGING.know_products):
        run(tx, STAGING.adopt_products)
    fill_products(tx, rows(tx, STAGING.products_told, Product))


def _stand(tx: Tx) -> None:
    """Work out what stands of the orders that the staged reports touch, and write it."""
    if run(tx, STANDING.stage_orders):
        older = values(tx, STANDING.lines_to_read)
        if older:
            run(tx, STAGING.stage_older, positions=older, digits=DIGITS)
            _read_lines(tx, older=True)
        changed = one(tx, STANDING.have_changed, Changed)
        run(tx, STANDING.book_orders)
        if changed.relined:
            run(tx, STANDING.drop_lines)
        run(tx, STANDING.book_lines)
        if changed.handed:
            run(tx, STANDING.hand_lines)
        refunded = value(tx, STANDING.refunded)
        if refunded:
            _refund(tx)
        if changed.known or changed.cancelled or refunded:
            recount(tx, values(tx, STANDING.changed_customers))
        else:
            run(tx, STANDING.add_totals)


def _refund(tx: Tx) -> None:
    run(tx, REFUNDS.make_tables)
    run(tx, REFUNDS.drop_refunds)
    run(tx, REFUNDS.drop_refund_lines)
    run(tx, REFUNDS.drop_findings)
    run(tx, REFUNDS.clear_line_refunds)
    run(tx, REFUNDS.stage_refunds, digits=DIGITS)
    run(tx, REFUNDS.stage_refund_lines)
    run(tx, REFUNDS.book_refunds)
    run(tx, REFUNDS.book_refund_lines)
    run(tx, REFUNDS.find)
    run(tx, REFUNDS.sum_refunds)
    run(tx, REFUNDS.sum_line_refunds)


def recount(tx: Tx, customer_ids: list[int]) -> None:
    """Count the totals of some customers anew from their orders."""
    run(tx, STANDING.drop_totals, customer_ids=customer_ids)
    run(tx, STANDING.recount_totals, customer_ids=customer_ids)


def _refuse(bad: Bad | None) -> None:
    if bad is None:
        return
    place = f"properties.{bad.path}" if bad.path else ""
    said = f"{place}: {bad.problem}" if place else bad.problem
    problem = f"Order {bad.order_key!r} at log position {bad.position} cannot be booked: {said}."
    raise UnreadableOrder(problem, [Finding(path=place, code="orders.unreadable", message=bad.problem)])
