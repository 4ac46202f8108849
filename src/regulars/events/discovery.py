"""Discovery: which events and properties really arrive, of which types, and what contradicts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, run
from regulars.events.plan import Plan
from regulars.events.tracked_event import JSON_TYPES, TITLES, TrackedEvent
from regulars.log import Reader, Span, is_from_outside

NAMES_MAX = 1_000  # Of a source.
PROPERTIES_MAX = 500  # Of an event; each type counts.
PROPERTY_SIGNS_MAX = 200
LISTED_MAX = 20_000


class Sql(Statements, file="discovery.sql"):
    discover: Query
    count_arrivals: Query
    discovered: Query
    arrivals: Query
    totals: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """An event of a source, or one type of one of its properties; a value is never kept."""

    source: str
    name: str
    property: str  # Empty for the event itself.
    json_type: str  # string, number, boolean, array, object, null; empty for the event itself.
    first_seen: datetime  # By the business clock.
    last_seen: datetime
    volume: int
    unplanned: int  # Events that were kept although the plan found something wrong.
    example: int  # The position of the latest event that had it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    source: str
    quarter: datetime  # The beginning of a quarter of an hour.
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotal:
    source: str
    last_seen: datetime
    events: int
    unplanned: int
    recent: int  # Since the instant asked for.


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    name: str  # Of the event.
    property: str
    sources: tuple[str, ...]
    reason: str


def _discover(tx: Tx, span: Span) -> None:
    if not is_from_outside(tx, span):
        return
    run(
        tx,
        SQL.discover,
        after=span.after,
        to=span.to,
        names_max=NAMES_MAX,
        properties_max=PROPERTIES_MAX,
        signs_max=PROPERTY_SIGNS_MAX,
    )
    run(tx, SQL.count_arrivals, after=span.after, to=span.to)


DISCOVERED = Reader(name="events.discovered", apply=_discover)


def discovered(tx: Tx, *, source: str | None = None, name: str | None = None) -> list[Discovered]:
    """Everything that was seen, by source, event, property and type."""
    return rows(tx, SQL.discovered, Discovered, source=source, name=name, limit=LISTED_MAX)


def arrivals(tx: Tx, since: datetime, *, source: str | None = None) -> list[Arrivals]:
    """How many events arrived in each quarter of an hour that had any."""
    return rows(tx, SQL.arrivals, Arrivals, since=since, source=source)


def source_totals(tx: Tx, since: datetime) -> list[SourceTotal]:
    return rows(tx, SQL.totals, SourceTotal, since=since)


def contradictions(found: Iterable[Discovered], planned: Plan) -> list[Contradiction]:
    """Properties that come as several types, and what does not fit the plan; by event and property."""
    by_place: dict[tuple[str, str], list[Discovered]] = defaultdict(list)
    for one in found:
        by_place[one.name, one.property].append(one)
    said = []
    for (name, prop), seen in sorted(by_place.items()):
        reason = _of_property(prop, seen, planned.events.get(name)) if prop else _of_event(seen)
        if reason:
            sources = tuple(sorted({one.source for one in seen}))
            said.append(Contradiction(name=name, property=prop, sources=sources, reason=reason))
    return said


def _of_event(seen: Sequence[Discovered]) -> str:
    unplanned = sum(one.unplanned for one in seen)
    events = "1 event" if unplanned == 1 else f"{unplanned:,} events"
    return f"{events} did not fit the plan and came through with a warning" if unplanned else ""


def _of_property(name: str, seen: Sequence[Discovered], planned: TrackedEvent | None) -> str:
    types = {one.json_type: 0 for one in seen if one.json_type != "null"}
    for one in seen:
        if one.json_type in types:
            types[one.json_type] += one.volume
    told = ", ".join(f"{word_of(kind)} {count:,} times" for kind, count in types.items())
    declared = planned.properties.get(name) if planned else None
    if declared is not None:
        wrong = types.keys() - JSON_TYPES[declared.type]
        return f"Planned as {TITLES[declared.type]}; it came as {told}" if wrong else ""
    if planned is not None and planned.extra == "refused":
        return "The plan does not have it and takes no others"
    return f"It comes as {told}" if len(types) > 1 else ""


def word_of(json_type: str) -> str:
    return {"string": "text", "array": "list", "null": "nothing"}.get(json_type, json_type)
