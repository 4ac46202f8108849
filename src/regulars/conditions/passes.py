"""One pass over the facts of a source: the figures that all conditions ask of it, grouped by person."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from regulars.conditions.source import Source

if TYPE_CHECKING:
    from regulars.conditions.statement import Statement

FACT = "fact"
MERGED = {"count": "sum", "sum": "sum", "min": "min", "max": "max", "bool_or": "bool_or"}
WHERE_ASKED_MAX = 8  # Beyond it, to ask whether somebody asks costs as much as to look.
VALUE = re.compile(rf"\b{FACT}\.(v[0-9]+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which facts: of a span, of a name, that fit what is asked of them."""

    start: datetime | None = None
    end: datetime | None = None
    name: str = ""
    fits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is read together: of one source, as far back, and with what was told or without."""

    source: str
    reach: int = 0
    told: bool = False
    trait: str | None = None  # Which tells each customer's beginning.


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    function: str  # count, sum, min, max, bool_or, distinct, latest.
    value: str
    part: Part
    number: str = ""  # The place, 1 of the very last, as it is bound.


@dataclass(slots=True, kw_only=True)
class Pass:
    key: Key
    source: Source
    alias: str
    aggregates: dict[Aggregate, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)  # What is taken out of JSON, once for all.
    columns: set[str] = field(default_factory=set)

    def add(self, aggregate: Aggregate) -> str:
        name = self.aggregates.setdefault(aggregate, f"a{len(self.aggregates)}")
        return f"{self.alias}.{name}"

    def value(self, expression: str) -> str:
        name = self.values.setdefault(expression, f"v{len(self.values)}")
        return f"{FACT}.{name}"

    def column(self, name: str) -> str:
        self.columns.add(name)
        return f'{FACT}."{name}"'

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
        """The widest span that any figure looks at, and the names, when all look at some."""
        parts = [one.part for one in self.aggregates]
        starts = [one.start for one in parts]
        ends = [one.end for one in parts]
        names = {one.name for one in parts}
        return (
            None if None in starts else min(one for one in starts if one),
            None if None in ends else max(one for one in ends if one),
            () if "" in names else tuple(sorted(names)),
        )


def rendered(statement: "Statement", one: Pass) -> str:
    """One row a person with every figure that was asked of the pass."""
    first, last, names = one.bounds
    kept = [f"{FACT}.at >= {statement.bind(first, 'instant')}"] if first else []
    kept += [f"{FACT}.at < {statement.bind(last, 'instant')}"] if last else []
    kept += [statement.dialect.among(f"{FACT}.name", names, "text", statement.bind)] if names else []
    columns = [f'{FACT}."{name}"' for name in sorted(one.columns)]
    columns += [f"{FACT}.at"] if one.source.has_moment else []
    columns += [f"{FACT}.name"] if one.source.has_name else []
    columns += [
        f"{_where_asked(statement, one, name, found)} as {name}" for found, name in one.values.items()
    ]
    apart = statement.dialect.groups_first_by_profile and one.source.by_atom and one.key.trait is None
    # Different values of profiles cannot be added up.
    apart = apart and all(aggregate.function in MERGED for aggregate in one.aggregates)
    facts = statement.facts(
        one.source, columns, kept, trait=one.key.trait, profiles=apart, since=first, names=names
    )
    wanted = [
        _aggregated(statement, aggregate, name, _without(aggregate.part, first, last, names))
        for aggregate, name in one.aggregates.items()
    ]
    grouped = (
        f"select {FACT}.customer_id, {', '.join(wanted)} from ({statement.dialect.once(facts)}) as {FACT} "
        f"group by {FACT}.customer_id"
    )
    return _merged(statement, one, grouped) if apart else grouped


def _without(part: Part, first: datetime | None, last: datetime | None, names: tuple[str, ...]) -> Part:
    """What is left to ask of a fact of the pass."""
    return replace(
        part,
        start=None if part.start == first else part.start,
        end=None if part.end == last else part.end,
        name="" if len(names) == 1 else part.name,
    )


def _where_asked(statement: "Statement", one: Pass, value: str, expression: str) -> str:
    """What is taken out of JSON, of the facts alone that somebody asks it of."""
    parts = [
        aggregate.part
        for aggregate in one.aggregates
        if value in VALUE.findall(" ".join([aggregate.value, *aggregate.part.fits]))
    ]
    first, last, names = one.bounds
    asked = dict.fromkeys(replace(_without(part, first, last, names), end=None, fits=()) for part in parts)
    if Part() in asked or len(asked) > WHERE_ASKED_MAX:
        return expression
    fitting = " or ".join(f"({' and '.join(statement.part(part))})" for part in asked)
    return f"case when {fitting} then {expression} end" if fitting else expression


def _aggregated(statement: "Statement", one: Aggregate, name: str, part: Part) -> str:
    value, kept = one.value or "*", statement.part(part)
    only = f" filter (where {' and '.join(kept)})" if kept else ""
    if one.function == "latest":
        return f"{statement.dialect.latest(value, only, one.number)} as {name}"
    text = f"count(distinct {value})" if one.function == "distinct" else f"{one.function}({value})"
    return f"{text}{only} as {name}"


def _merged(statement: "Statement", one: Pass, grouped: str) -> str:
    """Profiles first, persons then: to look up the person of each fact would cost more than both."""
    figures = ", ".join(
        f"{MERGED[aggregate.function]}(part.{name}) as {name}" for aggregate, name in one.aggregates.items()
    )
    return (
        f"select coalesce(person.person_id, part.customer_id) as customer_id, {figures} "
        f"from ({grouped}) as part "
        f"left join {statement.dialect.person_of()} as person on person.customer_id = part.customer_id "
        f"group by coalesce(person.person_id, part.customer_id)"
    )
