"""What a computed trait measures, as data; in words; and what types alone cannot say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
from psycopg import sql

from regulars.kernel import Finding

Measure = Literal[
    "count", "sum", "average", "minimum", "maximum", "first", "last", "distinct", "most_frequent"
]
Test = Literal["equals", "differs", "one_of", "at_least", "at_most", "exists"]
Scalar = str | int | float | bool
OF_NUMBERS = frozenset({"sum", "average", "minimum", "maximum"})
FILTERS_MAX, VALUES_MAX, DAYS_MAX, PATH_SIGNS_MAX = 20, 200, 3650, 200
WORDS: Mapping[Measure, str] = {
    "count": "how many",
    "sum": "the sum of",
    "average": "the average of",
    "minimum": "the smallest",
    "maximum": "the largest",
    "first": "the first",
    "last": "the last",
    "distinct": "how many different",
    "most_frequent": "the most frequent",
}
TESTS: Mapping[Test, str] = {
    "equals": "is",
    "differs": "is not",
    "one_of": "is one of",
    "at_least": "is at least",
    "at_most": "is at most",
    "exists": "is told",
}


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is asked of a property of each event."""

    property: str  # A path, as in product.category.
    test: Test = "equals"
    value: Scalar | None = None
    values: tuple[Scalar, ...] = ()  # Of one_of.


class ComputedTraitBody(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A trait that is worked out from what a customer did; its key is the trait's name."""

    name: str
    description: str = ""
    measure: Measure
    of: str = "events"  # Or the name of facts of another room, as in "orders".
    event: str | None = None  # Which events, by name.
    value: str | None = None  # The property that is measured, a path; none for counting.
    where: tuple[Filter, ...] = ()
    days: int | None = None  # A rolling window of so many days of 24 hours; none is all time.


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What another room keeps of customers, for measuring; registered in the composition root."""

    name: str
    title: str
    # customer_id, occurred_at, place (of equals, in their order), properties (jsonb).
    query: sql.SQL
    # The customers whose facts a span of the log may have changed; takes %(after)s and %(to)s.
    touched: sql.SQL
    properties: tuple[str, ...]
    money: tuple[str, ...]  # Of the properties; summed within one `currency` only.


def computed_sentence(body: ComputedTraitBody) -> str:
    """As in "how many Product Viewed where category is “Tea” in the last 30 days"."""
    of = body.event or "events" if body.of == "events" else body.of
    measured = f"{WORDS[body.measure]} {body.value} of {of}" if body.value else f"{WORDS[body.measure]} {of}"
    asked = " and ".join(_filter_words(one) for one in body.where)
    window = f" in the last {body.days} {'day' if body.days == 1 else 'days'}" if body.days else ""
    return f"{measured}{f' where {asked}' if asked else ''}{window}"


def _filter_words(one: Filter) -> str:
    if one.test == "exists":
        return f"{one.property} is told"
    shown = one.values if one.test == "one_of" else (one.value,)
    return f"{one.property} {TESTS[one.test]} {', '.join(f'“{value}”' for value in shown)}"


def validate_computed(body: ComputedTraitBody, facts: Mapping[str, Facts]) -> list[Finding]:
    found = [*_source_findings(body, facts), *_value_findings(body, facts.get(body.of))]
    if body.days is not None and not 0 < body.days <= DAYS_MAX:
        found.append(_finding("days", f"A window has 1 to {DAYS_MAX:,} days; found {body.days}."))
    if len(body.where) > FILTERS_MAX:
        found.append(_finding("where", f"At most {FILTERS_MAX} filters are asked; found {len(body.where)}."))
    for number, one in enumerate(body.where):
        found += _filter_findings(one, f"where[{number}]", facts.get(body.of))
    return found


def _source_findings(body: ComputedTraitBody, facts: Mapping[str, Facts]) -> list[Finding]:
    if body.of == "events":
        if not (body.event or "").strip() or "\0" in str(body.event):
            return [_finding("event", "Say which events are measured, by their name as it is tracked.")]
    elif body.of not in facts:
        return [_finding("of", f"Measure one of events, {', '.join(facts)}; found {body.of[:80]!r}.")]
    elif body.event is not None:
        return [_finding("event", f"Leave the event out: {body.of} are measured.")]
    return []


def _value_findings(body: ComputedTraitBody, of: Facts | None) -> list[Finding]:
    if body.value is None:
        if body.measure != "count":
            return [_finding("value", f"Say which property {WORDS[body.measure]} is taken of.")]
        return []
    found = _path_findings(body.value, "value", of)
    one_currency = any(one.property == "currency" and one.test == "equals" for one in body.where)
    if of and body.value in of.money and body.measure in OF_NUMBERS and not one_currency:
        message = "Amounts add up within one currency: add the filter {property: currency, value: EUR}."
        found.append(_finding("where", message))
    return found


def _filter_findings(one: Filter, path: str, of: Facts | None) -> list[Finding]:
    found = _path_findings(one.property, f"{path}.property", of)
    if one.test == "one_of":
        if not 0 < len(one.values) <= VALUES_MAX:
            found.append(_finding(f"{path}.values", f"Give 1 to {VALUES_MAX} values."))
    elif one.test != "exists" and one.value is None:
        found.append(_finding(f"{path}.value", "Give the value it is compared with."))
    if one.test in ("at_least", "at_most") and not (
        isinstance(one.value, int | float) and not isinstance(one.value, bool)
    ):
        found.append(_finding(f"{path}.value", "Give the number it is compared with."))
    return found


def _path_findings(path: str, place: str, of: Facts | None) -> list[Finding]:
    if not all(path.split(".")) or len(path) > PATH_SIGNS_MAX or "\0" in path:
        return [_finding(place, f"A property is named as product.category; found {path[:80]!r}.")]
    if of and path not in of.properties:
        return [_finding(place, f"{of.title} have {', '.join(of.properties)}; found {path[:80]!r}.")]
    return []


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code=f"computed.{path.split('[', maxsplit=1)[0]}", message=message)
