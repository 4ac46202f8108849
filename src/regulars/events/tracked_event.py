"""The kind `tracked-event`: an event that is planned, with the properties it has and their types."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition, Kind, Lookup, all_live
from regulars.events import tracked_view
from regulars.events.instants import parse_instant
from regulars.events.reading import RESERVED, SIGNS_MAX
from regulars.kernel import Finding, Invalid

PropertyType = Literal["text", "number", "integer", "money", "boolean", "time", "list", "object"]
PROPERTY_BYTES_MAX = 63  # Longer than a column's name in the database can be.
PROPERTIES_MAX = 200
MONEY_MAX = 10**15
# The same forms as in the functions events.as_money and events.as_time.
MONEY = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
TITLES: Mapping[str, str] = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "money": "an amount of money",
    "boolean": "true or false",
    "time": "an instant, as 2026-03-29T13:37:00Z",
    "list": "a list",
    "object": "an object",
}
# Which types of JSON a planned type may come as; what stands within them is looked at when an event arrives.
JSON_TYPES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"string"}),
    "number": frozenset({"number"}),
    "integer": frozenset({"number"}),
    "money": frozenset({"number", "string"}),
    "boolean": frozenset({"boolean"}),
    "time": frozenset({"string"}),
    "list": frozenset({"array"}),
    "object": frozenset({"object"}),
}


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    type: PropertyType
    required: bool = False
    description: str = ""


class TrackedEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event as it is planned; what it has becomes typed columns."""

    event: str  # Its name, exactly as clients send it.
    description: str = ""
    properties: dict[str, Property] = {}
    extra: Literal["allowed", "refused"] = "allowed"  # Properties that are not declared.

    @property
    def title(self) -> str:
        return self.event


def sentence(body: TrackedEvent) -> str:
    required = [name for name, one in body.properties.items() if one.required]
    told = f"“{body.event}” with {_counted(len(body.properties))}"
    if required:
        told += f", of which {_listed(required)} must be there"
    return told + ("; others are allowed" if body.extra == "allowed" else "; no others are taken")


def _counted(number: int) -> str:
    return "no declared properties" if not number else "1 property" if number == 1 else f"{number} properties"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004 - as many as read well


def validate(body: TrackedEvent, _lookup: Lookup) -> list[Finding]:
    findings = []
    if not body.event.strip() or body.event != body.event.strip() or len(body.event) > SIGNS_MAX:
        message = f"Write the name as clients send it, no blanks around, at most {SIGNS_MAX} signs."
        findings.append(Finding(path="event", code="events.name", message=message))
    if body.event[: len(RESERVED)].lower() == RESERVED:
        message = f"Names that begin with {RESERVED} are the product's own; choose another."
        findings.append(Finding(path="event", code="events.reserved_name", message=message))
    if len(body.properties) > PROPERTIES_MAX:
        message = f"It declares {len(body.properties)} properties; {PROPERTIES_MAX} are the most."
        findings.append(Finding(path="properties", code="events.too_many", message=message))
    for name in body.properties:
        findings += _of_name(name, body)
    return findings


def _of_name(name: str, body: TrackedEvent) -> list[Finding]:
    path, size = f"properties.{name}", len(name.encode())
    if not name.strip() or size > PROPERTY_BYTES_MAX:
        message = f"A property's name has 1 to {PROPERTY_BYTES_MAX} bytes; this one has {size}."
        return [Finding(path=path, code="events.property_name", message=message)]
    column = tracked_view.column_of(name)
    if column != name and column in body.properties:
        message = f"Its column would be called {column}, as another property's is; rename one of them."
        return [Finding(path=path, code="events.property_name", message=message)]
    return []


def fits(wanted: str, value: object) -> bool:
    """Whether a value of an event is of a planned type; the columns of the views judge alike."""
    return FITS[wanted](value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return _is_number(value) and abs(value) < 2**63 - 1 and value == int(value)  # type: ignore[arg-type, call-overload]


def _is_money(value: object) -> bool:
    if isinstance(value, str):
        return MONEY.fullmatch(value) is not None
    return _is_number(value) and abs(value) < MONEY_MAX  # type: ignore[arg-type]


def _is_time(value: object) -> bool:
    return isinstance(value, str) and TIME.fullmatch(value) is not None and parse_instant(value) is not None


FITS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_integer,
    "money": _is_money,
    "boolean": lambda value: isinstance(value, bool),
    "time": _is_time,
    "list": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


def _launch(persons: str | None) -> Callable[[Tx, Definition[TrackedEvent], Actor, datetime], str]:
    def launch(tx: Tx, definition: Definition[TrackedEvent], _actor: Actor, _at: datetime) -> str:
        body = definition.body
        for other in all_live(tx, TRACKED_EVENT):
            if other.key != definition.key and other.body.event == body.event:
                message = f"{body.event!r} is planned already, as {other.key!r}. Change that, or archive it."
                found = Finding(path="event", code="events.planned_twice", message=message)
                raise Invalid(message, [found])
        columns = {name: one.type for name, one in body.properties.items()}
        view = tracked_view.make(tx, definition.key, body.event, columns, persons)
        return f"“{body.event}” is planned; its properties are columns of {view}."

    return launch


def _retire(tx: Tx, definition: Definition[TrackedEvent], _actor: Actor, _at: datetime) -> None:
    tracked_view.drop(tx, definition.key)


def tracked_event(*, persons: str | None) -> Kind[TrackedEvent]:
    """The kind as it is registered; `persons` names the view that maps customers to persons."""
    return Kind(
        name="tracked-event",
        title="Tracked event",
        plural="Tracked events",
        body=TrackedEvent,
        sentence=sentence,
        validate=validate,
        launch=_launch(persons),
        retire=_retire,
    )


# For reading. What publishes takes the kind that the composition root registered.
TRACKED_EVENT: Kind[Any] = tracked_event(persons=None)
