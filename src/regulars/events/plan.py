"""The tracking plan: all live tracked events, and what they find wrong with an event that arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.db import Tx
from regulars.definitions import all_live
from regulars.events.reception import Refusal
from regulars.events.tracked_event import TITLES, TRACKED_EVENT, TrackedEvent, fits

TOLD_SIGNS = 80  # Of a name that somebody else chose.


@dataclass(frozen=True, slots=True)
class Plan:
    """Planned events by their names."""

    events: Mapping[str, TrackedEvent]

    def check(self, name: str, properties: Mapping[str, Any]) -> Sequence[Refusal]:
        """What is wrong with an event of this name and these properties; nothing when it fits."""
        planned = self.events.get(name)
        if planned is None:
            reason = "The tracking plan has no event of this name. Plan it, or correct the name."
            return [Refusal(code="events.unplanned_event", path="event", reason=reason)]
        problems = [
            problem
            for wanted, one in planned.properties.items()
            if (problem := _of_property(wanted, one.type, properties.get(wanted), required=one.required))
        ]
        if planned.extra == "refused":
            problems += [_extra(given) for given in properties if given not in planned.properties]
        return problems


def _of_property(name: str, kind: str, value: object, *, required: bool) -> Refusal | None:
    if value is None:
        if not required:
            return None
        reason = f"It is missing; the tracking plan wants {TITLES[kind]}."
        return Refusal(code="events.property_missing", path=f"properties.{name}", reason=reason)
    if fits(kind, value):
        return None
    reason = f"It is not {TITLES[kind]}, as the tracking plan wants it."
    return Refusal(code="events.property_type", path=f"properties.{name}", reason=reason)


def _extra(name: str) -> Refusal:
    reason = "The tracking plan does not have this property and takes no others. Plan it, or leave it out."
    return Refusal(code="events.unplanned_property", path=f"properties.{name[:TOLD_SIGNS]}", reason=reason)


def plan(tx: Tx) -> Plan:
    """What is live now."""
    return Plan({found.body.event: found.body for found in all_live(tx, TRACKED_EVENT)})
