"""Bodies to begin with: the ready-made rules written out, to be changed, and a mapping of any system."""

from collections.abc import Iterator

from regulars.connections.body import ConnectionBody, Rule, Signature, When
from regulars.connections.drop import FileDropBody
from regulars.connections.ready_made import ready_rules

TILL = ConnectionBody(
    title="Till",
    source="till",
    shape="mapping",
    note="Each receipt that the till posts becomes an order.",
    signature=Signature(scheme="hmac-sha256", header="x-signature", encoding="hex"),
    topic="$.type",
    delivery="$.id",
    rules=[
        Rule(
            when=When(topic="receipt"),
            to="track",
            event="Order Completed",
            user_id="$.customer.id",
            anonymous_id={"unless": "$.customer.id", "then": {"text": "guest:{$.id}"}},
            timestamp={"time": "$.at"},
            properties={
                "order_id": {"required": {"text": "$.id"}},
                "total": {"money": {"required": "$.total"}},
                "currency": "EUR",
                "store_id": {"text": "$.store"},
                "products": {
                    "each": "$.lines",
                    "to": {
                        "object": {
                            "product_id": {"required": {"text": "$item.sku"}},
                            "name": {"trim": "$item.name"},
                            "quantity": {"number": "$item.quantity"},
                            "price": {"money": "$item.price"},
                        }
                    },
                },
            },
        )
    ],
)
NIGHTLY = FileDropBody(
    title="Nightly orders",
    place="nightly",
    what="orders",
    source="nightly-files",
    pattern="*.csv",
    every="daily at 03:00",
)
TEXTS = {
    "shopify": "Shopify's rules written out, to be changed.",
    "woocommerce": "WooCommerce's rules written out, to be changed.",
    "till": "Receipts of a till, or of any system that posts JSON.",
}


def starting_connections() -> Iterator[tuple[str, ConnectionBody]]:
    for shape, title in (("shopify", "Shopify shop"), ("woocommerce", "WooCommerce shop")):
        yield (
            shape,
            ConnectionBody(title=title, source="web-shop", shape=shape, rules=list(ready_rules(shape))),  # type: ignore[arg-type]
        )
    yield "till", TILL
