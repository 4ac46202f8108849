"""Figures over facts in a window: counts, sums, firsts and lasts, and when time alone changes them."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor

from regulars.conditions.fitting import fit, place_of, uses_told
from regulars.conditions.nodes import Filter, Measured
from regulars.conditions.passes import FACT, Aggregate, Part, Pass
from regulars.conditions.source import Source
from regulars.conditions.spans import Span, days_back, span_of
from regulars.conditions.statement import Statement, source_of
from regulars.conditions.windows import Window

SIGNS = {"at_least": ">=", "at_most": "<=", "exactly": "=", "more_than": ">", "less_than": "<"}
# Of moments: what happened at least so long ago happened at or before the instant so far back.
TURNED = {"at_least": "<=", "at_most": ">=", "exactly": "=", "more_than": "<", "less_than": ">"}
TICK = timedelta(microseconds=1)
# To put the moments of more in their order costs more than to look again.
LATEST_MAX = 1_000
FIRSTS_AND_LASTS = {"days_since_first": "min", "days_since_last": "max"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of a source in a span that fit, and the pass in which they are read."""

    statement: Statement
    source: Source
    span: Span
    name: str
    fits: tuple[str, ...]
    read: Pass

    def figure(self, function: str, value: str = "") -> str:
        """An aggregate of the facts in the span; null where there are none."""
        start, end = (self.span.start, self.span.end) if self.source.has_moment else (None, None)
        return self._of(function, value, Part(start=start, end=end, name=self.name, fits=self.fits))

    def _of(self, function: str, value: str, part: Part) -> str:
        return self.read.add(Aggregate(function=function, value=value, part=part))

    def latest(self, place: int) -> str:
        """The moment of the last fact in the span, of the last but one, ...; null where there are fewer."""
        part = Part(start=self.span.start, end=self.span.end, name=self.name, fits=self.fits)
        if place == 1:
            return self._of("max", f"{FACT}.at", part)
        number = self.statement.bind(place, "bigint")
        return self.read.add(Aggregate(function="latest", value=f"{FACT}.at", part=part, number=number))

    def changes(self, leaving: str | None = None) -> list[str]:
        """When a fact leaves the span, when one comes into it, and when another span is meant.

        `leaving` is the moment of the first fact whose leaving can matter; else that of the first of all.
        """
        if not self.source.has_moment or not self.statement.next_change:
            return []
        found = []
        if self.span.far is not None:
            found.append(self._after(leaving or self.figure("min", f"{FACT}.at"), self.span.far))
        if self.span.near is not None:
            coming = Part(start=self.span.end, name=self.name, fits=self.fits)
            found.append(self._after(self._of("min", f"{FACT}.at", coming), self.span.near))
        if self.span.turns_at is not None:
            since = Part(start=self.span.start, name=self.name, fits=self.fits)
            any_ = self._of("count", "", since)
            turns = self.statement.bind(self.span.turns_at, "instant")
            found.append(f"case when {any_} > 0 then {turns} end")
        return found

    def changes_at_least(self, wanted: int) -> list[str]:
        """When it may change whether there are so many: as many as are too many may leave before."""
        if wanted <= 0:
            return []  # There always are.
        if self.span.far is None or not self.source.has_moment or not self.statement.next_change:
            return self.changes()
        # Moments of several profiles cannot be put in order one by one.
        if wanted == 1 or (wanted <= LATEST_MAX and not self.source.by_atom):
            return self.changes(self.latest(wanted))
        few = f"{self.figure('count')} < {self.statement.bind(wanted, 'number')}"
        return self.changes(f"case when {few} then null else {self.figure('min', f'{FACT}.at')} end")

    def _after(self, moment: str, passed: timedelta) -> str:
        return f"({moment} + {self.statement.bind(passed + TICK, 'span')})"


def facts_of(
    statement: Statement,
    of: str,
    window: Window,
    *,
    name: str = "",
    where: tuple[Filter, ...] = (),
    shown: str = "",
) -> Facts:
    source = source_of(of)
    span = span_of(window, statement.at, statement.zone)
    trait = span.trait if source.has_moment else None
    told = uses_told(source, shown, *(one.property for one in where))
    read = statement.pass_of(source, start=span.start, told=told, trait=trait)
    fits = tuple(fit(statement, source, one, read) for one in where)
    return Facts(statement=statement, source=source, span=span, name=name, fits=fits, read=read)


def measured_facts(statement: Statement, leaf: Measured) -> Facts:
    return facts_of(
        statement,
        leaf.of,
        leaf.window,
        name=leaf.name,
        where=leaf.where,
        shown=leaf.property,
    )


def measured_figure(statement: Statement, leaf: Measured) -> str:  # noqa: PLR0911 - one case a figure
    """The figure itself; days since with their fraction."""
    facts = measured_facts(statement, leaf)
    match leaf.figure:
        case "count":
            return f"coalesce({facts.figure('count')}, 0)"
        case "days_since_first" | "days_since_last":
            moment = facts.figure(FIRSTS_AND_LASTS[leaf.figure], f"{FACT}.at")
            return days_since(statement, moment)
        case "distinct":
            return f"coalesce({facts.figure('distinct', _key(statement, leaf, facts))}, 0)"
        case "sum":
            return f"coalesce({_rounded(statement, leaf, _sum(statement, leaf, facts))}, 0)"
        case "average":
            count = facts.figure("count", _number(statement, leaf, facts))
            return statement.dialect.rounded(f"{_sum(statement, leaf, facts)} / nullif({count}, 0)")
        case "minimum":
            return facts.figure("min", _number(statement, leaf, facts))
        case "maximum":
            return facts.figure("max", _number(statement, leaf, facts))


def measured_holds(statement: Statement, leaf: Measured) -> str:
    if leaf.figure in FIRSTS_AND_LASTS:
        facts = measured_facts(statement, leaf)
        moment = facts.figure(FIRSTS_AND_LASTS[leaf.figure], f"{FACT}.at")
        return passed(statement, moment, leaf.comparison, leaf.value)
    wanted = statement.bind(leaf.value, "number")
    return f"coalesce({measured_figure(statement, leaf)} {SIGNS[leaf.comparison]} {wanted}, false)"


def fewest(comparison: str, value: float) -> int | None:
    """Of how many at least the answer to a comparison of a count says yes or no; None: of several numbers."""
    match comparison:
        case "at_least" | "less_than":
            return ceil(value)
        case "more_than" | "at_most":
            return floor(value) + 1
        case _:
            return None if value else 1


def count_changes(facts: Facts, comparison: str, value: float) -> list[str]:
    wanted = fewest(comparison, value)
    return facts.changes() if wanted is None else facts.changes_at_least(wanted)


def measured_changes(statement: Statement, leaf: Measured) -> list[str]:
    facts = measured_facts(statement, leaf)
    if leaf.figure == "count":
        return count_changes(facts, leaf.comparison, leaf.value)
    found = facts.changes()
    if leaf.figure in FIRSTS_AND_LASTS:
        moment = facts.figure(FIRSTS_AND_LASTS[leaf.figure], f"{FACT}.at")
        found += passing(statement, moment, leaf.value)
    return found


def _number(statement: Statement, leaf: Measured, facts: Facts) -> str:
    """A property as a number: whole where it is money, else a double."""
    place = place_of(statement, facts.source, leaf.property, facts.read)
    if place.column is None:
        return statement.dialect.number_of(place.text)
    if place.column.type == "minor":
        return place.text
    return f"cast({place.text} as {statement.dialect.types['number']})"


def _sum(statement: Statement, leaf: Measured, facts: Facts) -> str:
    total = facts.figure("sum", _number(statement, leaf, facts))
    return f"cast({total} as {statement.dialect.types['number']})"


def _rounded(statement: Statement, leaf: Measured, total: str) -> str:
    column = source_of(leaf.of).columns.get(leaf.property)
    return total if column and column.type == "minor" else statement.dialect.rounded(total)


def _key(statement: Statement, leaf: Measured, facts: Facts) -> str:
    place = place_of(statement, facts.source, leaf.property, facts.read)
    return place.text if place.column else statement.dialect.as_key(place.text)


def days_since(statement: Statement, moment: str) -> str:
    micros = statement.dialect.micros
    return (
        f"cast({micros(statement.now())} - {micros(moment)} as {statement.dialect.types['number']}) "
        "/ 86400000000"
    )


def passed(statement: Statement, moment: str, comparison: str, days: float) -> str:
    """Whether a moment is so long ago; false of none."""
    bound = statement.bind(days_back(statement.at, days), "instant")
    return f"coalesce({moment} {TURNED[comparison]} {bound}, false)"


def passing(statement: Statement, moment: str, days: float) -> list[str]:
    """The instant at which a moment is so long ago, and the one after it."""
    if not statement.next_change:
        return []
    try:
        far = timedelta(days=days)
    except OverflowError:
        return []
    return [
        later(statement, f"({moment} + {statement.bind(far, 'span')})"),
        later(statement, f"({moment} + {statement.bind(far + TICK, 'span')})"),
    ]


def later(statement: Statement, moment: str) -> str:
    """A moment when it is still to come."""
    return f"case when {moment} > {statement.now()} then {moment} end"
