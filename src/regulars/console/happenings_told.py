"""Sentences of what shops, tills and pages track, beside purchases: visits, consents, groups, returns."""

from collections.abc import Callable, Mapping
from typing import Any

from regulars.console.formats import money
from regulars.console.happening import Happening, Known
from regulars.kernel import Invalid, Money
from regulars.log import Event

SIGNS_MAX = 120


def _text(told: Mapping[str, Any], *names: str) -> str:
    for name in names:
        found = told.get(name)
        if isinstance(found, str | int | float) and not isinstance(found, bool) and str(found).strip():
            return str(found).strip()[:SIGNS_MAX]
    return ""


def _group(event: Event, _known: Known) -> Happening:
    key = _text(event.context or {}, "groupId") or _text(event.properties, "groupId", "group_id")
    kind = _text(event.properties, "type") or "account"
    name = _text(event.properties, "name") or key
    left = event.name == "Group Left"
    return Happening(
        at=event.occurred_at,
        title=f"{'Left' if left else 'Belongs to'} the {kind} {name}".rstrip(),
        text=f"Told by {event.source}.",
        icon="users",
    )


def _consent(event: Event, _known: Known) -> Happening:
    given = event.name == "Consent Given"
    channel, topic = _text(event.properties, "channel"), _text(event.properties, "topic")
    about = " about ".join(part for part in (channel, topic) if part) or "something unnamed"
    wording = _text(event.properties, "wording")
    source = _text(event.properties, "source") or event.source
    return Happening(
        at=event.occurred_at,
        title=f"{'Agreed to' if given else 'No longer agrees to'} {about}",
        text=f"Told by {source}{f', shown “{wording}”' if wording else ''}.",
        icon="circle-check" if given else "circle-x",
        tone="good" if given else "bad",
    )


WISHES: Mapping[str, tuple[str, bool]] = {  # And whether something is allowed again.
    "Profiling Objected": ("Objects to profiling", False),
    "Profiling Allowed": ("Allows profiling again", True),
    "Processing Restricted": ("Restricts the use of their data", False),
    "Processing Resumed": ("Lifts the restriction of their data", True),
    "Messages Paused": ("Wants a pause from messages", False),
    "Messages Resumed": ("Ends the pause from messages", True),
    "Fewer Messages Asked": ("Wants to hear less often", False),
    "Usual Messages Asked": ("Wants to hear as usual", True),
}


def _wish(event: Event, _known: Known) -> Happening:
    title, again = WISHES[event.name]
    source = _text(event.properties, "source") or event.source
    return Happening(
        at=event.occurred_at,
        title=title,
        text=f"Told by {source}.",
        icon="circle-check" if again else "circle-x",
        tone="quiet",
    )


VERBS: Mapping[str, str] = {
    "Product Viewed": "Looked at",
    "Product Added": "Put into the cart:",
    "Product Removed": "Took out of the cart:",
}


def _product(event: Event, _known: Known) -> Happening:
    told = event.properties
    what = _text(told, "name", "product_name") or f"product {_text(told, 'product_id', 'sku') or 'unnamed'}"
    return Happening(
        at=event.occurred_at,
        title=f"{VERBS[event.name]} {what}",
        text=f"Told by {event.source}.",
        amount=_amount(told.get("price"), told.get("currency")),
        icon="eye" if event.name == "Product Viewed" else "shopping-cart",
    )


def _page(event: Event, _known: Known) -> Happening:
    where = _text(event.properties, "title", "name", "path", "url")
    word = "page" if event.name == "page" else "screen"
    return Happening(
        at=event.occurred_at,
        title=f"Visited the {word} {where}" if where else f"Visited a {word}",
        text=f"Told by {event.source}.",
        icon="eye",
    )


ORDERS: Mapping[str, str] = {
    "Order Refunded": "Got money back for order",
    "Order Cancelled": "Cancelled order",
    "Order Updated": "Changed order",
}


def _order(event: Event, known: Known) -> Happening:
    told = event.properties
    key = _text(told, "order_id")
    public = known.orders.get(key)
    back = event.name == "Order Refunded"
    amount = _amount(told.get("total", told.get("refund")), told.get("currency")) if back else ""
    return Happening(
        at=event.occurred_at,
        title=f"{ORDERS[event.name]} {key}".rstrip(),
        text=_text(told, "reason") or f"Told by {event.source}.",
        amount=f"−{amount}" if amount else "",
        icon="shopping-cart",
        tone="waiting" if event.name == "Order Updated" else "bad",
        href=f"{known.href}/orders/{public}" if public else "",
        drawer=True,
    )


def _amount(given: object, currency: object) -> str:
    if not isinstance(given, int | float | str) or isinstance(given, bool) or not isinstance(currency, str):
        return ""
    try:
        return money(Money.parse(str(given), currency))
    except Invalid:
        return ""


TOLD: Mapping[str, Callable[[Event, Known], Happening]] = {
    "group": _group,
    "Group Left": _group,
    "Consent Given": _consent,
    "Consent Withdrawn": _consent,
    **dict.fromkeys(WISHES, _wish),
    "page": _page,
    "screen": _page,
    **dict.fromkeys(VERBS, _product),
    **dict.fromkeys(ORDERS, _order),
}
