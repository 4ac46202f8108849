"""Orders: the list, one with its lines, refunds, findings and who reported it, and what waits."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import customers, orders
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Note,
    Out,
    Page,
    id_in_path,
    id_type,
    money,
)
from regulars.kernel import parse_public_id, public_id
from regulars.wiring import FOLLOW

router = resource("orders")
OrderInPath = Annotated[str, id_in_path("ord", "the order")]
MORE = 200


class Order(Out):
    id: Annotated[str, id_type("ord", "an order")]
    order_key: str = Field(description="The id the shop gave it.", examples=["31198459904"])
    customer: CustomerId
    occurred_at: Instant
    booked_at: Instant
    store: str | None
    total: Money
    discount: Money
    line_count: int
    status: orders.Status = Field(examples=["part_refunded"])
    refunded: Money
    net: Money = Field(description="What is left after refunds; nothing of a cancelled order.")
    source: str = Field(description="Of the report that stands.", examples=["server"])
    history: bool = Field(description="All that made it came from before the cut-over: nothing fired.")


class OrderLine(Out):
    line: int = Field(description="Its place in the order, from 1.")
    line_key: str = Field(description="The id the source gave it; else its place.", examples=["li_1"])
    product_key: str
    product_name: str | None
    variant: str | None
    quantity: str | None = Field(description="As reported, as decimal text; units differ.", examples=["1"])
    total: Money
    discount: Money
    refunded: Money


class Refund(Out):
    refund_key: str = Field(examples=["r_77"])
    occurred_at: Instant
    source: str
    told: Money = Field(description="What was reported.")
    refunded: Money = Field(description="What counts: never more than was paid.")
    reason: str | None


class Sighting(Out):
    event: Annotated[str, id_type("evt", "the event")]
    kind: str = Field(examples=["completed"])
    source: str = Field(examples=["browser"])
    revision: int
    occurred_at: Instant
    total: Money | None
    line_count: int
    stands: bool = Field(description="Whether its sums are the order's.")
    gives_lines: bool = Field(description="Whether its lines are the order's.")


class OrderFinding(Out):
    code: str = Field(examples=["refund.beyond_paid"])
    event: Annotated[str, id_type("evt", "the event")]
    amount: Money | None
    note: str | None


class OrderWithLines(Order):
    lines: tuple[OrderLine, ...]
    refunds: tuple[Refund, ...]
    reported_by: tuple[Sighting, ...]
    findings: tuple[OrderFinding, ...]


class Waiting(Out):
    order_key: str = Field(examples=["31198459905"])
    kind: str = Field(examples=["refunded"])
    source: str
    occurred_at: Instant
    event: Annotated[str, id_type("evt", "the event")]


@router.get("/orders", openapi_extra=permission("customers.view"))
def list_orders(
    call: Calling,
    order_key: Annotated[Line | None, Query(description="The id the shop gave it.")] = None,
    status: orders.Status | None = None,
    source: Annotated[Line | None, Query(description="Of the report that stands.")] = None,
    store: Line | None = None,
    since: Instant | None = None,
    before: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Order]:
    """The latest first."""
    with call.enter() as entered:
        filters = orders.OrderFilters(
            order_key=order_key, status=status, source=source, store=store, since=since, before=before
        )
        page = orders.list_orders(entered.tx, filters, cursor, limit)
        return Page(items=tuple(Order(**order_fields(one)) for one in page.items), next=page.next)


@router.get("/orders-waiting", openapi_extra=permission("customers.view"))
def waiting(call: Calling) -> Page[Waiting]:
    """Refunds and cancellations whose order nobody has reported; at most 200, the latest first."""
    with call.enter() as entered:
        return Page(
            items=tuple(
                Waiting(
                    order_key=one.order_key,
                    kind=one.kind,
                    source=one.source,
                    occurred_at=one.occurred_at,
                    event=public_id("evt", one.position),
                )
                for one in orders.waiting(entered.tx, MORE)
            )
        )


@router.get("/orders/{order}", openapi_extra=permission("customers.view"))
def get_order(call: Calling, order: OrderInPath) -> OrderWithLines:
    """One order with its lines, what was given back, who reported it, and what does not fit."""
    with call.enter() as entered:
        order_id = parse_public_id("ord", order)
        found = orders.get_order(entered.tx, order_id)
        code = found.currency
        return OrderWithLines(
            **order_fields(found),
            lines=tuple(_line(one, code) for one in orders.order_lines(entered.tx, order_id)),
            refunds=tuple(_refund(one, code) for one in orders.refunds(entered.tx, order_id)),
            reported_by=tuple(_sighting(one, code) for one in orders.sightings(entered.tx, order_id)),
            findings=tuple(_finding(one, code) for one in orders.order_findings(entered.tx, order_id)),
        )


class Claiming(In):
    customer: Line = Field(description="Public id of the customer.", examples=["cus_1000"])
    reason: Note | None = Field(default=None, examples=["She showed the receipt"])


@router.post(
    "/orders/{order}/claim",
    openapi_extra=permission("customers.merge"),
    responses=documented(400, 409, 413, 415),
)
def claim(call: Calling, order: OrderInPath, body: Claiming) -> Order:
    """The order's guest is this customer from now on, with all the guest's orders; undone like a merge."""
    with call.enter() as entered:
        by = customers.Deciding(actor=entered.actor, at=entered.at, follow=FOLLOW, reason=body.reason)
        order_id, customer_id = parse_public_id("ord", order), parse_public_id("cus", body.customer)
        return Order(**order_fields(orders.claim(entered.tx, by, order_id, customer_id)))


def order_fields(order: orders.Order) -> dict[str, Any]:
    """The fields of an order as an answer holds them."""
    return {
        "id": order.id,
        "order_key": order.order_key,
        "customer": public_id("cus", order.customer_id),
        "occurred_at": order.occurred_at,
        "booked_at": order.booked_at,
        "store": order.store,
        "total": money(order.total_minor, order.currency),
        "discount": money(order.discount_minor, order.currency),
        "line_count": order.line_count,
        "status": order.status,
        "refunded": money(order.refunded_minor, order.currency),
        "net": money(order.net_minor, order.currency),
        "source": order.source,
        "history": order.history,
    }


def _line(line: orders.Line, currency: str) -> OrderLine:
    return OrderLine(
        line=line.line,
        line_key=line.line_key,
        product_key=line.product_key,
        product_name=line.product_name,
        variant=line.variant,
        quantity=None if line.quantity is None else format(line.quantity, "f"),
        total=money(line.total_minor, currency),
        discount=money(line.discount_minor, currency),
        refunded=money(line.refunded_minor, currency),
    )


def _refund(refund: orders.Refund, currency: str) -> Refund:
    return Refund(
        refund_key=refund.refund_key,
        occurred_at=refund.occurred_at,
        source=refund.source,
        told=money(refund.told_minor, currency),
        refunded=money(refund.refunded_minor, currency),
        reason=refund.reason,
    )


def _sighting(seen: orders.Sighting, currency: str) -> Sighting:
    code = seen.currency or currency
    return Sighting(
        event=public_id("evt", seen.position),
        kind=seen.kind,
        source=seen.source,
        revision=seen.revision,
        occurred_at=seen.occurred_at,
        total=None if seen.total_minor is None else money(seen.total_minor, code),
        line_count=seen.line_count,
        stands=seen.stands,
        gives_lines=seen.gives_lines,
    )


def _finding(found: orders.OrderFinding, currency: str) -> OrderFinding:
    return OrderFinding(
        code=found.code,
        event=public_id("evt", found.position),
        amount=None if found.minor is None else money(found.minor, currency),
        note=found.note,
    )
