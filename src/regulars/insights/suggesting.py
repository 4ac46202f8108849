"""Suggestions for who writes a condition, from the data: traits, events and their properties, with counts.

All of it comes from samples and from what other rooms counted already, so that asking costs the same however
much there is.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars import customers, events
from regulars.db import Query, Statements, Tx, value, values
from regulars.events import Discovered
from regulars.insights.sampling import PathSeen, numbers_drawn, paths_seen

PEOPLE_SAMPLED = 1_000
EVENTS_SAMPLED = 300
EVENTS_WITHIN = 20_000  # Positions from the end of the log in which examples are looked for.
TYPES = frozenset({"identify", "alias", "group"})
JSON_TYPE = {"string": "text", "array": "list"}


class Sql(Statements, file="suggesting.sql"):
    last_customer: Query
    some_traits: Query
    some_events: Query
    of_products: Query
    stores: Query
    latest_orders: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitsSeen:
    looked_at: int  # How many people; shares are of these.
    traits: tuple[PathSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSeen:
    name: str
    count: int
    last_seen: datetime
    sources: tuple[str, ...]
    properties: int  # How many were seen at its top level.


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySeen:
    """A property of an event: how often it came since ever, and what it held lately."""

    name: str
    type: str
    count: int  # Since ever; inside objects, of the events looked at.
    seen: PathSeen | None  # None when none of the events looked at has it.


def trait_suggestions(tx: Tx, *, sees_contacts: bool) -> TraitsSeen:
    """Every trait that some people have, the commonest first; contact details for who may see them."""
    last = int(value(tx, SQL.last_customer))
    drawn = numbers_drawn(last, PEOPLE_SAMPLED)
    found: list[dict[str, Any]] = values(tx, SQL.some_traits, drawn=drawn)
    personal = frozenset() if sees_contacts else customers.personal_traits(tx)
    shown = found if sees_contacts else [customers.masked_values(one, personal) for one in found]
    return TraitsSeen(looked_at=len(found), traits=tuple(paths_seen(found, shown)))


def event_suggestions(tx: Tx) -> list[EventSeen]:
    """Every event that came from outside, the most frequent first."""
    by_name: dict[str, list[Discovered]] = defaultdict(list)
    for one in events.discovered(tx):
        if one.name and one.name not in TYPES:  # An identify goes by that name.
            by_name[one.name].append(one)
    found = [_event(name, seen) for name, seen in by_name.items()]
    return sorted(found, key=lambda one: (-one.count, one.name))


def _event(name: str, seen: list[Discovered]) -> EventSeen:
    itself = [one for one in seen if not one.property]
    return EventSeen(
        name=name,
        count=sum(one.volume for one in itself),
        last_seen=max(one.last_seen for one in seen),
        sources=tuple(sorted({one.source for one in itself})),
        properties=len({one.property for one in seen if one.property}),
    )


def property_suggestions(tx: Tx, name: str, *, sees_contacts: bool) -> list[PropertySeen]:
    """The properties of an event, those inside objects too, the commonest first."""
    known = [one for one in events.discovered(tx, name=name) if one.property]
    found: list[dict[str, Any]] = values(
        tx,
        SQL.some_events,
        name=name,
        examples=sorted({one.example for one in known}),
        within=EVENTS_WITHIN,
        sample=EVENTS_SAMPLED,
    )
    personal = frozenset() if sees_contacts else customers.personal_traits(tx)
    shown = found if sees_contacts else [customers.masked_values(one, personal) for one in found]
    seen = {one.name: one for one in paths_seen(found, shown)}
    volumes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in known:
        volumes[one.property][JSON_TYPE.get(one.json_type, one.json_type)] += one.volume
    every = [_property(each, volumes.get(each), seen.get(each)) for each in {*volumes, *seen}]
    return sorted(
        (one for one in every if one.type not in ("object", "null")), key=lambda one: (-one.count, one.name)
    )


def _property(name: str, volumes: dict[str, int] | None, seen: PathSeen | None) -> PropertySeen:
    if volumes is None:
        assert seen is not None
        return PropertySeen(name=name, type=seen.type, count=seen.count, seen=seen)
    commonest = max(volumes, key=lambda kind: volumes[kind])
    return PropertySeen(
        name=name, type=seen.type if seen else commonest, count=sum(volumes.values()), seen=seen
    )
