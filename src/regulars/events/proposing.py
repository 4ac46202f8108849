"""A plan for an event that arrives already: its properties with the types that were seen."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from regulars.events.discovery import Discovered
from regulars.events.tracked_event import (
    PROPERTIES_MAX,
    PROPERTY_BYTES_MAX,
    Property,
    PropertyType,
    TrackedEvent,
    fits,
)
from regulars.kernel import fold

KEY_SIGNS_MAX = 63
PLAIN: Mapping[str, PropertyType] = {
    "string": "text",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
}
# Properties of these names hold money, where they hold numbers.
AMOUNTS = re.compile(r"(^|_)(price|revenue|total|subtotal|value|amount|discount|shipping|tax|cost)$")


def proposed(
    name: str,
    found: Iterable[Discovered],
    examples: Mapping[int, Mapping[str, Any]],
    known: TrackedEvent | None,
) -> TrackedEvent:
    """What stands in the plan stays; what was seen besides is added with its most frequent type."""
    most: dict[str, Discovered] = {}
    for one in found:
        usable = one.json_type in PLAIN and 0 < len(one.property.encode()) <= PROPERTY_BYTES_MAX
        if usable and (one.property not in most or one.volume > most[one.property].volume):
            most[one.property] = one
    kept = dict(known.properties) if known else {}
    for prop, one in sorted(most.items()):
        if prop not in kept and len(kept) < PROPERTIES_MAX:
            kept[prop] = Property(type=_type_of(one, examples.get(one.example, {}).get(prop)))
    return TrackedEvent(
        event=name,
        description=known.description if known else "",
        properties=kept,
        extra=known.extra if known else "allowed",
    )


def _type_of(one: Discovered, example: object) -> PropertyType:
    if one.json_type == "number":
        if AMOUNTS.search(_words(one.property)):
            return "money"
        return "integer" if isinstance(example, int) and fits("integer", example) else "number"
    if one.json_type == "string" and fits("time", example):
        return "time"
    return PLAIN[one.json_type]


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def key_for(name: str) -> str:
    """The key of an event's definition, made of its name."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    return words[:KEY_SIGNS_MAX].strip("-") or "event"
