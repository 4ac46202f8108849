"""The amounts of an order event, seen at the door, where what is wrong can still be mended.

Many shops send amounts as texts, "12.30"; to us they are numbers. The room of orders judges again and in
full, since events come to it by other ways, too.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from regulars.events.reception import Refusal

EVENTS = frozenset({"Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"})
AMOUNTS = ("total", "revenue", "subtotal", "shipping", "tax", "discount", "amount")
OF_LINES = ("price", "quantity", "total", "discount")
DECIMAL = re.compile(r"\s*[+-]?[0-9]{1,13}(\.[0-9]{1,6})?\s*")

Told = Mapping[str, Any]


def readable(properties: Told) -> Told | Refusal:
    """The properties with amounts as numbers, or which of them is none."""
    numbered = _numbered(properties, AMOUNTS, "properties")
    lines = properties.get("products")
    if isinstance(numbered, Refusal) or not isinstance(lines, list):
        return numbered
    told = []
    for place, line in enumerate(lines):
        read = (
            _numbered(line, OF_LINES, f"properties.products[{place}]") if isinstance(line, Mapping) else line
        )
        if isinstance(read, Refusal):
            return read
        told.append(read)
    return {**numbered, "products": told}


def _numbered(told: Told, fields: tuple[str, ...], path: str) -> Told | Refusal:
    """The same with decimal texts as numbers; no new object where there is none."""
    changed: dict[str, Decimal] = {}
    for field in fields:
        said = told.get(field)
        if not isinstance(said, str):
            continue
        if not DECIMAL.fullmatch(said):
            return _refusal(
                f"{path}.{field}", "It is a text that is no number; write 12.30, without a sign of money."
            )
        changed[field] = Decimal(said.strip())
    return {**told, **changed} if changed else told


def _refusal(path: str, reason: str) -> Refusal:
    return Refusal(code="events.not_an_amount", path=path, reason=reason)
