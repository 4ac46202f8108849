"""What definitions of data in can start from: the built-in identity policy, a source, an event, a mapping."""

from collections.abc import Iterator

import msgspec

from regulars import channels, customers, events, exports, imports, messaging, privacy, webhooks
from regulars.events import Property

TEXTS = {
    "retention": "Lets go what is rarely needed after a year or three; orders, points and profiles stay.",
    "points-to-the-shop": "Tells the shop of points earned, spent and expired, signed.",
    "default": "How customers are recognised until you say otherwise: cards join, addresses are contacts.",
    "nightly-orders": "Every night what changed of the orders, as Parquet into a folder.",
    "product-viewed": "Somebody looked at a product, as the usual clients send it.",
}

PRODUCT_VIEWED = events.TrackedEvent(
    event="Product Viewed",
    description="Somebody looked at a product.",
    properties={
        "product_id": Property(type="text", required=True),
        "name": Property(type="text"),
        "price": Property(type="money"),
        "currency": Property(type="text"),
    },
)

CUSTOMERS_FILE = imports.MappingBody(
    title="Customers of the shop",
    what="customers",
    columns={"Customer ID": "user_id", "Email": "email", "First Name": "first_name"},
)


def ready_made(kind: str) -> Iterator[tuple[str, msgspec.Struct]]:
    """The bodies of a kind, each with the key proposed for it."""
    if kind == "identity":
        yield "default", customers.BUILT_IN_IDENTITY
    elif kind == "source":
        yield "web-shop", events.Source(title="Web shop", note="Pages of the shop.")
        yield "shop-server", events.Source(title="Shop server", note="The shop's own server.", server=True)
    elif kind == "tracked-event":
        yield "product-viewed", PRODUCT_VIEWED
    elif kind == "import-mapping":
        yield "customers-of-the-shop", CUSTOMERS_FILE
    elif kind == "retention":
        yield privacy.RETENTION_KEY, privacy.STARTING_RETENTION
    elif kind == "sending-policy":
        yield messaging.POLICY_KEY, messaging.STARTING_POLICY
    elif kind == "export":
        yield "nightly-orders", exports.NIGHTLY_ORDERS
    elif kind == "channel":
        yield from channels.READY_MADE.items()
    elif kind == "webhook":
        yield "points-to-the-shop", webhooks.POINTS
