"""The body of a connection: who sends, how it is signed, and the rules that make events of what comes."""

from typing import Any, Literal

import msgspec

Shape = Literal["shopify", "woocommerce", "mapping"]
Scheme = Literal["shopify", "woocommerce", "hmac-sha256", "standard-webhooks", "token"]
To = Literal["track", "identify", "page", "screen", "group"]


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"in_": "in"}, omit_defaults=True):
    """One of equals, in, not_in and present."""

    value: Any  # An expression.
    equals: Any = None
    in_: list[Any] | None = None
    not_in: list[Any] | None = None
    present: bool | None = None


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    topic: str | list[str] | None = None  # Left out: any.
    all: list[Test] = []


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one kind of delivery becomes. Every fitting rule makes an event, in their order."""

    to: To
    when: When = When()
    event: Any = None  # The event's name, for track, page and screen.
    each: str | None = None  # A path to a list: an event for each member, which is then $item.
    user_id: Any = None
    anonymous_id: Any = None
    group_id: Any = None
    message_id: Any = None  # Left out: made of the delivery's id.
    timestamp: Any = None  # Left out: when it was received.
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    scheme: Scheme
    header: str | None = None  # For hmac-sha256 and token.
    encoding: Literal["base64", "hex"] = "hex"  # For hmac-sha256.
    prefix: str = ""  # What stands before the signature or token, as "sha256=" or "Bearer ".


class ConnectionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    source: str  # The source that the events name.
    shape: Shape
    note: str = ""
    signature: Signature | None = None  # Left out: the shop's own.
    topic: Any = None  # For the shape mapping: an expression, as "$header.x-event" or "$.type".
    delivery: Any = None  # For the shape mapping: the id of a delivery, the same when it is sent again.
    rules: list[Rule] = []  # Left out for a shop: the ready-made ones.
