"""The body of a webhook: where to, which events, and what of them leaves."""

import re

import msgspec

EVERYTHING = "*"
# As a name to begin with a full stop before the star, or the star alone.
PATTERN = re.compile(r"(?:[^*]+\.)?\*|[^*]+")


class WebhookBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    url: str
    events: list[str]  # Names, as "Order Completed", or beginnings, as "regulars.loyalty.*".
    note: str = ""
    sources: list[str] = []  # Left out: any.
    properties: list[str] | None = None  # Left out: all.
    contacts: bool = False  # Whether addresses, numbers and names leave too.
    headers: dict[str, str] = {}
    rate: int = 50  # Requests a second at most.
    at_once: int = 4  # Requests under way at most.
    timeout_s: int = 15
    paused: bool = False  # What comes is written down and sent later.


def fits(body: WebhookBody, *, event: str, source: str) -> bool:
    """Whether an event is one that it wants.

    >>> wants = WebhookBody(title="", url="", events=["regulars.loyalty.*", "Order Completed"])
    >>> [fits(wants, event=name, source="shop") for name in ("regulars.loyalty.joined", "Order Refunded")]
    [True, False]
    """
    if body.sources and source not in body.sources:
        return False
    return any(
        event.startswith(one[:-1]) if one.endswith(EVERYTHING) else event == one for one in body.events
    )
