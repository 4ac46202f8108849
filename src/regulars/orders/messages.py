"""Orders and products as messages use them: plain values by name, amounts already as text."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.db import Tx, rows
from regulars.kernel import Money
from regulars.orders.catalogue import KnownProduct, products_by_key
from regulars.orders.listing import SQL

LINES_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOrder:
    customer_id: int
    order_id: int
    order_key: str
    occurred_at: datetime
    store: str | None
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    order_id: int
    product_key: str
    name: str | None
    brand: str | None
    category: str | None
    image_url: str | None
    url: str | None
    price_minor: int | None
    currency: str | None
    variant: str | None
    quantity: Decimal | None
    total_minor: int


def for_messages(tx: Tx, customer_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What a message may say of each customer's last order that was not cancelled; who has none is left out.

    `{"last_order": {"order_id", "date", "total", "currency", "store", "products": [...]}}`, each product
    with key, name, brand, category, price, paid, quantity, image and url; the first 20 lines.
    """
    last = rows(tx, SQL.last_orders, LastOrder, customer_ids=list(customer_ids))
    lines: dict[int, list[MessageLine]] = defaultdict(list)
    found = rows(
        tx, SQL.lines_for_messages, MessageLine, order_ids=[one.order_id for one in last], most=LINES_MAX
    )
    for line in found:
        lines[line.order_id].append(line)
    return {one.customer_id: {"last_order": _order(one, lines[one.order_id])} for one in last}


def _order(order: LastOrder, lines: Sequence[MessageLine]) -> dict[str, Any]:
    return {
        "id": order.order_key,
        "order_id": order.order_key,
        "date": order.occurred_at,
        "total": Money(order.total_minor, order.currency).format(),
        "currency": order.currency,
        "store": order.store or "",
        "products": [_line(line, order.currency) for line in lines],
    }


def _line(line: MessageLine, currency: str) -> dict[str, Any]:
    return {
        "key": line.product_key,
        "name": line.name or line.product_key,
        "brand": line.brand or "",
        "category": line.category or "",
        "price": _price(line.price_minor, line.currency),
        "paid": Money(line.total_minor, currency).format(),
        "variant": line.variant or "",
        "quantity": float(line.quantity) if line.quantity is not None else None,
        "image": line.image_url or "",
        "url": line.url or "",
    }


def products_for_messages(tx: Tx, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What a message may say of products, by key; those that are not known are left out. Never the cost."""
    return {key: _product(one) for key, one in products_by_key(tx, keys).items()}


def _product(product: KnownProduct) -> dict[str, Any]:
    return {
        "key": product.product_key,
        "name": product.name or product.product_key,
        "brand": product.brand or "",
        "category": product.category or "",
        "price": _price(product.price_minor, product.currency),
        "in_stock": product.stock is None or product.stock > 0,
        "image": product.image_url or "",
        "url": product.url or "",
        "attributes": dict(product.attributes or {}),
    }


def _price(minor: int | None, currency: str | None) -> str:
    return "" if minor is None or currency is None else Money(minor, currency).format()
