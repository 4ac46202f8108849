"""What a till tells of orders and returns: each once, under its own id, as events of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars import customers, events, log, orders
from regulars.checkout.cart import Order, check
from regulars.checkout.repeated import check_key, check_same, fitting, tell_log
from regulars.db import Query, Statements, Tx, value
from regulars.kernel import Finding, Invalid

LINES_MAX = 500


class Sql(Statements, file="telling.sql"):
    tell_order: Query
    told_order: Query
    wall_clock: Query
    tell_refund: Query
    told_refund: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A line of an order and how many of it came back; None: all that is left."""

    line: str
    quantity: Decimal | None = None


def tell_order(tx: Tx, order: Order, *, at: datetime) -> bool:
    """Puts an order into the log; False for a repeat. Another field under the same id raises KeyConflict."""
    check_key(order.key, "order")
    check(order.cart)
    fields: dict[str, Any] = {
        "customer": order.customer_id,
        "occurred_at": order.occurred_at and order.occurred_at.isoformat(),
        "cart": msgspec.to_builtins(order.cart),
    }
    place = {"order_key": order.key}
    fresh = value(tx, SQL.tell_order, **place, customer_id=order.customer_id, fields=Jsonb(fields), at=at)
    if fresh is None:
        check_same(order.key, value(tx, SQL.told_order, **place), fields)
        return False
    _check_time(tx, order, at)
    tell_log(tx, order.event(at))
    return True


def _check_time(tx: Tx, order: Order, at: datetime) -> None:
    """An order is bought when the intake of its source would take it; a till's clock goes with the wall."""
    source, bought = order.cart.channel, order.occurred_at or at
    received = at if bought <= at else max(at, value(tx, SQL.wall_clock))
    reception = events.Reception(source=source, received_at=received, policy=events.policy_of(tx, source))
    refusal = events.mistimed(bought, reception)
    if refusal is not None:
        raise Invalid(
            refusal.reason, [Finding(path="occurred_at", code=refusal.code, message=refusal.reason)]
        )


def tell_refund(
    tx: Tx,
    order_key: str,
    lines: Sequence[Returned],
    *,
    key: str,
    at: datetime,
    reason: str = "",
    store: str = "",
) -> bool:
    """Puts a return into the log, of these lines or of all that is left; False for a repeat."""
    check_key(order_key, "order")
    check_key(key)
    check_returned(lines)
    fields = {"lines": msgspec.to_builtins(lines), "reason": reason, "store": store}
    place = {"order_key": order_key, "refund_key": key}
    if value(tx, SQL.tell_refund, **place, fields=Jsonb(fields), at=at) is None:
        check_same(key, value(tx, SQL.told_refund, **place), fields)
        return False
    check_bought(tx, order_key, lines)
    told = {"order_id": order_key, "refund_id": key, "reason": reason or None, "store_id": store or None}
    properties: dict[str, Any] = {name: said for name, said in told.items() if said}
    if lines:
        properties["products"] = [_line(line) for line in lines]
    tell_log(
        tx,
        log.NewEvent(
            message_id=fitting(f"checkout/{order_key}/{key}"),
            name="Order Refunded",
            occurred_at=at,
            anonymous_id=fitting(f"guest:{order_key}"),
            properties=properties,
            context={"server": True},
            source="checkout",
        ),
    )
    return True


def user_id_of(tx: Tx, customer_id: int | None) -> str | None:
    """An id under which the log knows somebody, so that what they buy is surely theirs."""
    if customer_id is None:
        return None
    known = customers.identifiers(tx, customer_id)
    return next((one.value for one in known if one.kind == "user_id"), None)


def check_returned(lines: Sequence[Returned]) -> None:
    found = []
    if len(lines) > LINES_MAX:
        found.append(("lines", f"At most {LINES_MAX} lines are returned at once; found {len(lines)}."))
    for n, line in enumerate(lines):
        if not line.line:
            found.append((f"lines[{n}].line", "Say which line: its key in the order."))
        if line.quantity is not None and line.quantity <= 0:
            found.append((f"lines[{n}].quantity", f"A quantity is above zero; found {line.quantity}."))
    if found:
        raise Invalid(
            "The return cannot be taken as it is.",
            [Finding(path=path, code="checkout.return", message=told) for path, told in found],
        )


def check_bought(tx: Tx, order_key: str, lines: Sequence[Returned]) -> None:
    """Raises Invalid for more than is left of an order that is known; a return may come before its order."""
    order_id = orders.find_order(tx, order_key)
    if order_id is None:
        return
    bought = {one.line_key: one for one in orders.order_lines(tx, order_id)}
    found = []
    for n, line in enumerate(lines):
        one = bought.get(line.line)
        if one is None:
            known = ", ".join(sorted(bought)[:10]) or "none"
            found.append((f"lines[{n}].line", f"The order has no line {line.line!r}; it has {known}."))
        elif line.quantity is not None and one.quantity is not None:
            left = one.quantity - (one.refunded_quantity or 0)
            if line.quantity > left:
                told = f"{line.quantity} of line {line.line!r} were to come back and {left} are left of it."
                found.append((f"lines[{n}].quantity", told))
    if found:
        raise Invalid(
            "More was to come back than was bought.",
            [Finding(path=path, code="checkout.return", message=told) for path, told in found],
        )


def _line(line: Returned) -> dict[str, Any]:
    said: dict[str, Any] = {"line_id": line.line}
    if line.quantity is not None:
        said["quantity"] = int(line.quantity) if line.quantity == int(line.quantity) else float(line.quantity)
    return said
