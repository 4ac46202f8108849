"""What the log says of products and stores: servers say what is, browsers only fill what nobody knows."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Tx, rows
from regulars.log import Span
from regulars.orders.catalogue import (
    SQL,
    Product,
    UnreadableProduct,
    fill_products,
    product_of,
    put_products,
)
from regulars.orders.stores import put_stores, store_of

FILLED = ("name", "brand", "category", "price", "currency", "image_url", "image", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    position: int
    name: str
    booked_at: datetime
    properties: dict[str, Any]
    by_browser: bool  # Anybody can send in its name: the write key stands in the page.


def keep_catalogue(tx: Tx, span: Span) -> None:
    """Take up what a range says; raises UnreadableProduct or UnreadableStore for the first unreadable."""
    told = rows(tx, SQL.reported, Reported, after=span.after, to=span.to)
    seen: list[Product] = []
    for one in told:
        if one.name == "Store Updated":
            if not one.by_browser:
                put_stores(tx, [store_of(one.properties)], at=one.booked_at)
        elif one.name == "Product Updated" and not one.by_browser:
            put_products(tx, [product_of(one.properties)], at=one.booked_at)
        else:
            seen.extend(_seen(one.properties))
    fill_products(tx, seen)


def _seen(properties: dict[str, Any]) -> list[Product]:
    """Of what a browser shows, what can be read: a wrong page is no reason to set an event aside."""
    key = {name: properties.get(name) for name in ("product_id", "sku")}
    shown = {name: properties[name] for name in FILLED if name in properties}
    with suppress(UnreadableProduct):
        return [product_of({**key, **shown})]
    with suppress(UnreadableProduct):
        return [product_of({**key, **{n: v for n, v in shown.items() if n not in ("price", "currency")}})]
    return []
