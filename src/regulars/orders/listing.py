"""Looking orders up: the list, who reported one, what was given back, and what waits for its order."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from regulars.db import Query, Statements, Tx, maybe, rows, value, values
from regulars.kernel import Page, decode_cursor, encode_cursor
from regulars.orders.model import Order, OrderFinding, Refund, Sighting, Status

PAGE_SIZE = 50


class Sql(Statements, file="listing.sql"):
    find_order: Query
    best_standing: Query
    list_orders: Query
    sightings: Query
    refunds: Query
    findings: Query
    refund_findings: Query
    waiting: Query
    sources: Query
    order_figures: Query
    last_orders: Query
    lines_for_messages: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """What the list of orders is narrowed to; None means no matter."""

    order_key: str | None = None
    status: Status | None = None
    source: str | None = None  # Of the report that stands.
    store: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFinding(OrderFinding):
    order_id: int
    order_key: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A refund or a cancellation whose order nobody has reported yet."""

    order_key: str
    position: int
    kind: str
    source: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFigures:
    """In the currency of most orders."""

    currency: str
    orders: int
    refunded: int  # Wholly or in part.
    cancelled: int
    net_minor: int
    refunded_minor: int


def find_order(tx: Tx, order_key: str) -> int | None:
    """The number of the order that the shop knows by a key."""
    return cast("int | None", value(tx, SQL.find_order, order_key=order_key))


def list_orders(
    tx: Tx, filters: OrderFilters | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Order]:
    """A page of all orders, the latest first."""
    by = filters or OrderFilters()
    at, order_id = decode_cursor(cursor, (datetime, int)) if cursor else (None, None)
    found = rows(
        tx,
        SQL.list_orders,
        Order,
        order_key=by.order_key,
        status=by.status,
        source=by.source,
        store=by.store,
        since=by.since,
        before=by.before,
        at=at,
        order_id=order_id,
        limit=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), encode_cursor(last.occurred_at, last.order_id) if last else None)


def sightings(tx: Tx, order_id: int) -> list[Sighting]:
    """Every event that says something of an order, in the order of arrival; at most 200."""
    return rows(tx, SQL.sightings, Sighting, order_id=order_id)


def refunds(tx: Tx, order_id: int) -> list[Refund]:
    """What was given back of an order, the earliest first."""
    return rows(tx, SQL.refunds, Refund, order_id=order_id)


def order_findings(tx: Tx, order_id: int) -> list[OrderFinding]:
    """What does not fit about one order."""
    return rows(tx, SQL.findings, OrderFinding, order_id=order_id)


def findings(tx: Tx, limit: int = PAGE_SIZE) -> list[FoundFinding]:
    """What does not fit about any order, the latest first."""
    return rows(tx, SQL.refund_findings, FoundFinding, limit=limit)


def waiting(tx: Tx, limit: int = PAGE_SIZE) -> list[Waiting]:
    """Refunds and cancellations that wait for their order, the latest first."""
    return rows(tx, SQL.waiting, Waiting, limit=limit)


def order_sources(tx: Tx) -> list[str]:
    """The sources that have reported orders."""
    return values(tx, SQL.sources)


def order_figures(tx: Tx, since: datetime) -> OrderFigures | None:
    """How the orders since an instant stand; None without any."""
    return maybe(tx, SQL.order_figures, OrderFigures, since=since)
