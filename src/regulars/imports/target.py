"""What the columns of a file can become: for each thing that is imported, its fields."""

from dataclasses import dataclass
from typing import Literal

What = Literal["customers", "events", "orders", "products", "stores", "consents", "balances"]
Type = Literal[
    "text", "key", "email", "phone", "number", "whole", "money", "currency", "boolean", "date", "instant",
    "list", "json", "agreed",
]  # fmt: skip

WHATS: dict[What, str] = {
    "customers": "Customers",
    "events": "Events",
    "orders": "Orders",
    "products": "Products",
    "stores": "Stores",
    "consents": "Consents",
    "balances": "Opening balances",
}
TYPES: dict[Type, str] = {
    "text": "text",
    "key": "an id",
    "email": "an e-mail address",
    "phone": "a phone number",
    "number": "a number",
    "whole": "a whole number",
    "money": "an amount of money",
    "currency": "a currency such as EUR",
    "boolean": "yes or no",
    "date": "a day",
    "instant": "a day and time",
    "list": "a list",
    "json": "JSON",
    "agreed": "agreed or not",
}
# Of what a person may choose for a trait or a property.
FREE_TYPES: tuple[Type, ...] = ("text", "number", "boolean", "date", "instant", "list", "json")
PREFIXES: dict[What, tuple[str, ...]] = {
    "customers": ("traits.",),
    "events": ("properties.",),
    "orders": ("properties.", "line.properties."),
    "products": (),
    "stores": (),
    "consents": (),
    "balances": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    name: str  # As a mapping says it.
    type: Type
    title: str
    text: str = ""  # What it is for.


WHO_FIELDS = (
    Target(
        name="user_id",
        type="key",
        title="Customer id",
        text="The id that shop, till and app use for this customer.",
    ),
    Target(
        name="anonymous_id",
        type="key",
        title="Anonymous id",
        text="The id of a browser or device before anybody signed in.",
    ),
    Target(
        name="email",
        type="email",
        title="E-mail address",
        text="Without a customer id, the customer is known by it.",
    ),
    Target(
        name="phone", type="phone", title="Phone number", text="With the country's code, as +49 30 1234567."
    ),
)

CUSTOMERS = (
    *WHO_FIELDS,
    Target(name="traits.first_name", type="text", title="First name"),
    Target(name="traits.last_name", type="text", title="Last name"),
    Target(name="traits.name", type="text", title="Whole name"),
    Target(name="traits.gender", type="text", title="Gender"),
    Target(name="traits.birthday", type="date", title="Birthday"),
    Target(name="traits.address.street", type="text", title="Street"),
    Target(name="traits.address.street2", type="text", title="Street, second line"),
    Target(name="traits.address.city", type="text", title="City"),
    Target(name="traits.address.state", type="text", title="State or region"),
    Target(name="traits.address.postal_code", type="text", title="Postal code"),
    Target(name="traits.address.country", type="text", title="Country"),
    Target(name="traits.company", type="text", title="Company"),
    Target(name="traits.title", type="text", title="Title"),
    Target(name="traits.language", type="text", title="Language"),
    Target(name="traits.zone", type="text", title="Time zone"),
    Target(name="traits.tags", type="list", title="Tags"),
    Target(name="traits.created_at", type="instant", title="Customer since"),
    Target(
        name="consent.email",
        type="agreed",
        title="Agreed to e-mail",
        text="Yes, no, subscribed, unsubscribed; becomes a consent of its own.",
    ),
    Target(name="consent.email.at", type="instant", title="Agreed to e-mail: when"),
    Target(
        name="consent.sms",
        type="agreed",
        title="Agreed to SMS",
        text="Yes, no, subscribed, unsubscribed; becomes a consent of its own.",
    ),
    Target(name="consent.sms.at", type="instant", title="Agreed to SMS: when"),
    Target(
        name="suppressed.email",
        type="text",
        title="Never write to this address",
        text="Anything but empty, no, none or []: why the other system sends nothing to the address.",
    ),
    Target(
        name="occurred_at",
        type="instant",
        title="Known since",
        text="When all this was true; without it, now. A value known later wins.",
    ),
)

EVENTS = (
    *WHO_FIELDS,
    Target(name="event", type="text", title="Event", text="What happened, as Product Viewed."),
    Target(name="occurred_at", type="instant", title="When", text="When it happened."),
    Target(
        name="message_id",
        type="key",
        title="Message id",
        text="The same id twice is one event; without it, the row of this file.",
    ),
    Target(name="properties", type="json", title="All properties", text="A JSON object."),
    Target(name="context", type="json", title="Context", text="A JSON object."),
    Target(
        name="type",
        type="text",
        title="Type",
        text="track, identify, page, screen, group or alias; without it, track.",
    ),
    Target(name="traits", type="json", title="All traits", text="Of an identify: a JSON object."),
)

ORDERS = (
    Target(
        name="order_id",
        type="key",
        title="Order id",
        text="Rows with the same id are lines of one order, wherever they stand.",
    ),
    *WHO_FIELDS,
    Target(name="occurred_at", type="instant", title="When", text="When it was ordered."),
    Target(name="currency", type="currency", title="Currency", text="Three letters, as EUR."),
    Target(name="total", type="money", title="Total", text="What was paid for the whole order."),
    Target(name="discount", type="money", title="Discount"),
    Target(name="shipping", type="money", title="Shipping"),
    Target(name="tax", type="money", title="Tax"),
    Target(name="store_id", type="key", title="Store"),
    Target(name="coupon", type="text", title="Coupon"),
    Target(name="revision", type="whole", title="Revision", text="A higher one replaces a lower one."),
    Target(
        name="products",
        type="json",
        title="All lines",
        text="A JSON list with product_id, quantity, price or total.",
    ),
    Target(
        name="line.product_id",
        type="key",
        title="Line: product",
        text="With this, a row is a line of an order.",
    ),
    Target(name="line.name", type="text", title="Line: product name"),
    Target(name="line.quantity", type="number", title="Line: quantity"),
    Target(name="line.price", type="money", title="Line: price of one"),
    Target(name="line.total", type="money", title="Line: total"),
    Target(name="line.discount", type="money", title="Line: discount"),
    Target(name="line.category", type="text", title="Line: category"),
    Target(name="line.brand", type="text", title="Line: brand"),
)

PRODUCTS = (
    Target(name="product_id", type="key", title="Product id", text="The id that order lines name."),
    Target(name="name", type="text", title="Name"),
    Target(name="category", type="text", title="Category"),
    Target(name="department", type="text", title="Department"),
    Target(name="brand", type="text", title="Brand"),
    Target(name="price", type="money", title="Price"),
    Target(name="cost", type="money", title="Cost"),
    Target(name="currency", type="currency", title="Currency"),
    Target(name="stock", type="number", title="Stock"),
    Target(name="image", type="text", title="Image", text="An address, as https://…"),
    Target(name="url", type="text", title="Page", text="The address of its page."),
)

STORES = (
    Target(name="store_id", type="key", title="Store id", text="The id that orders name."),
    Target(name="name", type="text", title="Name"),
    Target(name="kind", type="text", title="Kind"),
    Target(name="street", type="text", title="Street"),
    Target(name="city", type="text", title="City"),
    Target(name="postal_code", type="text", title="Postal code"),
    Target(name="country", type="text", title="Country"),
    Target(name="zone", type="text", title="Time zone"),
)

CONSENTS = (
    *WHO_FIELDS,
    Target(name="channel", type="text", title="Channel", text="email, sms, push, post, phone or tracking."),
    Target(name="given", type="agreed", title="Agreed", text="Yes, no, subscribed, unsubscribed."),
    Target(name="topic", type="text", title="Topic"),
    Target(name="occurred_at", type="instant", title="When", text="When it was given or withdrawn."),
    Target(name="source", type="text", title="Where", text="Where it was given, as a form or a till."),
    Target(name="wording", type="text", title="Wording", text="What the person agreed to, word for word."),
    Target(name="wording_version", type="text", title="Version of the wording"),
    Target(name="purpose", type="text", title="Purpose", text="What the data is used for."),
    Target(name="basis", type="text", title="Legal basis"),
    Target(name="ip", type="text", title="Network address", text="From which it was said."),
    Target(
        name="asked_at",
        type="instant",
        title="Double opt-in: asked",
        text="When the owner of the address was asked; it was confirmed when it was given.",
    ),
    Target(name="asked_ip", type="text", title="Double opt-in: asked from", text="A network address."),
)

BALANCES = (
    *WHO_FIELDS,
    Target(
        name="points",
        type="number",
        title="Points",
        text="What the customer may spend; each row becomes points of their own.",
    ),
    Target(name="programme", type="key", title="Programme", text="The key of the programme they belong to."),
    Target(name="currency", type="key", title="Kind of points", text="Only if the programme has several."),
    Target(
        name="earned_at",
        type="instant",
        title="Earned",
        text="When they were earned; without it, at the cut-over.",
    ),
    Target(
        name="expires_at",
        type="instant",
        title="Expire",
        text="When they can no longer be spent; without it, as the programme says.",
    ),
    Target(name="note", type="text", title="Note"),
)

TARGETS: dict[What, tuple[Target, ...]] = {
    "customers": CUSTOMERS,
    "events": EVENTS,
    "orders": ORDERS,
    "products": PRODUCTS,
    "stores": STORES,
    "consents": CONSENTS,
    "balances": BALANCES,
}
WHO = ("user_id", "anonymous_id", "email", "phone")
# For each thing, groups of which at least one member must come from a column or a constant.
NEEDED: dict[What, tuple[tuple[str, ...], ...]] = {
    "customers": (WHO,),
    "events": (WHO, ("event", "type"), ("occurred_at",)),
    "orders": (("order_id",), WHO, ("occurred_at",), ("currency",), ("total", "products", "line.product_id")),
    "products": (("product_id",),),
    "stores": (("store_id",),),
    "consents": (WHO, ("channel",), ("given",)),
    "balances": (WHO, ("points",), ("programme",)),
}


def target_of(what: What, name: str) -> Target | None:
    """The target of this name: a known one, or a trait or property of anybody's choosing."""
    known = next((one for one in TARGETS[what] if one.name == name), None)
    if known is not None:
        return known
    for prefix in PREFIXES[what]:
        if name.startswith(prefix) and len(name) > len(prefix):
            return Target(name=name, type="text", title=name.removeprefix(prefix).replace(".", ", "))
    return None
