"""What one can choose from in a condition: sources with columns and values, segments, channels, topics."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from psycopg import sql

from regulars import customers, definitions, loyalty, segments
from regulars.campaigns import CAMPAIGN
from regulars.conditions import SOURCES, Column, Source
from regulars.customers import CONSENT_CHANNELS
from regulars.db import Tx, rows, values
from regulars.insights.sampling import VALUES_MAX, Choice
from regulars.insights.suggesting import SQL
from regulars.kernel import NotFound

FACTS_SAMPLED = 2_000
MOST = 200  # Of what has a list of its own, such as stores.
TEXT_SIGNS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSeen:
    name: str
    title: str
    type: str
    values: tuple[Choice, ...]  # The commonest first; of numbers and instants none.
    lowest: float | None  # Of numbers, among the facts looked at.
    highest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    name: str
    title: str
    one: str
    has_moment: bool
    ahead: bool
    has_told: bool  # Whether facts hold more than the columns say, as events do.
    names: tuple[Choice, ...]
    columns: tuple[ColumnSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachSeen:
    key: str
    stages: tuple[Choice, ...]  # Each with its size, in their order.


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What leaves that are not about facts ask for."""

    segments: tuple[Choice, ...]  # Lists among them; each with its size.
    approaches: tuple[ApproachSeen, ...]
    channels: tuple[str, ...]
    topics: tuple[Choice, ...]
    identifiers: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    property: str
    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    value: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    status: str
    currency: str | None
    store: str | None
    coupon: str | None
    source: str | None


def choices(tx: Tx) -> Choices:
    sizes = segments.sizes(tx)
    stages = [one for one in sizes if one.approach and one.stage and not one.names_stage]
    grouped = groupby(stages, key=lambda one: one.approach or "")
    return Choices(
        segments=tuple(
            Choice(value=one.key, count=one.members, title=one.title)
            for one in sizes
            if not one.approach or one.names_stage
        ),
        approaches=tuple(
            ApproachSeen(
                key=key,
                stages=tuple(
                    Choice(value=one.stage or "", count=one.members, title=one.title) for one in found
                ),
            )
            for key, found in grouped
        ),
        channels=CONSENT_CHANNELS,
        topics=tuple(
            Choice(value=one.key, count=0, title=one.title) for one in customers.consent_policy(tx).topics
        ),
        identifiers=tuple(
            Choice(value=kind, count=0, title=title) for kind, title in customers.kind_titles(tx).items()
        ),
    )


def source_choices(tx: Tx, name: str, *, sees_contacts: bool) -> SourceSeen:
    """The columns of a source with their values, from a sample of its facts; raises NotFound.

    Values that hold contact details are left out for who may not see them.
    """
    source = SOURCES.get(name)
    if source is None:
        raise NotFound(f"There is no source {name[:80]!r} of facts; there are {', '.join(sorted(SOURCES))}.")
    facts = _facts(tx, source)
    if not sees_contacts:
        facts = [
            {name: value for name, value in one.items() if customers.conceal(value) == value} for one in facts
        ]
    known = KNOWN[name](tx) if name in KNOWN else {}
    return SourceSeen(
        name=source.name,
        title=source.title,
        one=source.one or source.title,
        has_moment=source.has_moment,
        ahead=source.ahead,
        has_told=source.has_told,
        names=_names(source, facts, known),
        columns=tuple(
            _column(column, source.columns[column], [one.get(column) for one in facts], known.get(column))
            for column in source.columns
        ),
    )


def _facts(tx: Tx, source: Source) -> Sequence[Mapping[str, Any]]:
    if source.name in UNSAMPLED:
        return []
    if source.name == "order":
        found = rows(tx, SQL.latest_orders, OrderSeen, sample=FACTS_SAMPLED)
        return [{name: getattr(one, name) for name in OrderSeen.__slots__} for one in found]
    # The text of a source is a room's own, never somebody's.
    query = sql.SQL("select to_jsonb(fact) from ({rows} limit {sample}) as fact").format(
        rows=sql.SQL("select * from ({}) as every").format(sql.SQL(source.rows)),
        sample=sql.Literal(FACTS_SAMPLED),
    )
    found_facts: list[Mapping[str, Any]] = values(tx, query)
    return found_facts


def _names(
    source: Source, facts: Sequence[Mapping[str, Any]], known: Mapping[str, Sequence[Choice]]
) -> tuple[Choice, ...]:
    if not source.has_name:
        return ()
    if "name" in known:
        return tuple(known["name"])
    counts = Counter(one["name"] for one in facts)
    return tuple(Choice(value=name, count=counts[name]) for name in source.names or sorted(counts))


def _column(name: str, column: Column, found: Sequence[Any], known: Sequence[Choice] | None) -> ColumnSeen:
    numbers = [one for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    return ColumnSeen(
        name=name,
        title=column.title,
        type=column.type,
        values=() if column.type in ("number", "minor", "instant") else _values(found, known or ()),
        lowest=min(numbers, default=None),
        highest=max(numbers, default=None),
    )


def _values(found: Sequence[Any], known: Sequence[Choice]) -> tuple[Choice, ...]:
    """What is known to be there, counted in the sample where nobody counted it; then what was seen."""
    counts = Counter(one for one in found if isinstance(one, str | bool) and one != "")
    listed = [
        Choice(value=one.value, count=one.count or counts[one.value], title=one.title)
        for one in known
        if isinstance(one.value, str | bool)
    ]
    there = {one.value for one in listed}
    seen = [
        Choice(value=one, count=count)
        for one, count in counts.most_common(VALUES_MAX)
        if one not in there and (isinstance(one, bool) or len(one) <= TEXT_SIGNS_MAX)
    ]
    return tuple(listed + seen)


def _products(tx: Tx) -> Mapping[str, Sequence[Choice]]:
    found = sorted(rows(tx, SQL.of_products, Belonging), key=lambda one: one.property)
    listed = {
        name: [Choice(value=one.value, count=one.count) for one in some][:MOST]
        for name, some in groupby(found, key=lambda one: one.property)
    }
    return {**listed, **_stores(tx)}


def _stores(tx: Tx) -> Mapping[str, Sequence[Choice]]:
    found = rows(tx, SQL.stores, Named, most=MOST)
    return {"store": [Choice(value=one.value, count=0, title=one.title) for one in found]}


def _campaigns(tx: Tx) -> Mapping[str, Sequence[Choice]]:
    live = definitions.all_live(tx, CAMPAIGN)
    return {"campaign": [Choice(value=one.key, count=0, title=one.title) for one in live]}


def _tiers(tx: Tx) -> Mapping[str, Sequence[Choice]]:
    live = [one.body for one in definitions.all_live(tx, loyalty.PROGRAMME)]
    names = [tier.name for body in live if body.tier_set for tier in body.tier_set.tiers]
    return {"tier": [Choice(value=name, count=0) for name in dict.fromkeys(names)]}


def _segments(tx: Tx) -> Mapping[str, Sequence[Choice]]:
    return {"name": _titled(segments.sizes(tx))}


def _titled(sizes: Iterable[segments.Size]) -> list[Choice]:
    return [Choice(value=one.key, count=one.members, title=one.title) for one in sizes]


def _reach(_tx: Tx) -> Mapping[str, Sequence[Choice]]:
    return {"channel": [Choice(value=one, count=0) for one in CONSENT_CHANNELS]}


# What has a list of its own, by source: then by column, or by `name`.
KNOWN: Mapping[str, Callable[[Tx], Mapping[str, Sequence[Choice]]]] = {
    "order": _stores,
    "order_line": _products,
    "tier": _tiers,
    "message": _campaigns,
    "campaign": _campaigns,
    "reach": _reach,
    "stay": _segments,
    "list": _segments,
}
# Of these what can be chosen is known without their facts, or is asked for by name.
UNSAMPLED = frozenset({"event", "order_line", "reach", "stay", "list"})
