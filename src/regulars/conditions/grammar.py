"""The fields of every node and window with what they may hold: read by `parse`, published as JSON Schema."""

from collections.abc import Mapping
from typing import Any as Anything
from typing import get_args

import msgspec

from regulars.conditions import nodes
from regulars.conditions.nodes import Figure, NumberComparison, Test, Wish
from regulars.conditions.rules import (
    Currency,
    Day,
    Fields,
    Flag,
    Many,
    Number,
    OneOf,
    Path,
    Rule,
    Schema,
    Text,
    Value,
    Whole,
    at,
    finding,
    unknown_fields,
)
from regulars.conditions.source import SOURCES
from regulars.conditions.windows import Node, Unit
from regulars.kernel import Finding

DAYS_MAX = 36_500
HOURS_MAX = 876_000
COUNT_MAX = 10**9
MINOR_MAX = 10**15
FILTERS_MAX = 20
STEPS_MIN, STEPS_MAX = 2, 5
BUCKETS = 10_000
YEAR_DAYS = 366
# How far back a calendar unit may lie: about a hundred years.
BACK_MAX: dict[Unit, int] = {"day": DAYS_MAX, "week": 5_200, "month": 1_200, "quarter": 400, "year": 100}


def fixed(*allowed: str) -> OneOf:
    return OneOf(lambda: allowed)


DAYS, NAME = Whole(1, DAYS_MAX), Text()
COMPARISON = fixed("at_least", "at_most", "exactly")
PASSED = fixed("at_least", "less_than")
NUMBERS = fixed(*get_args(NumberComparison))


class SourceRule:
    """The name of a source, but for those that are asked in another way."""

    written = OneOf(lambda: tuple(sorted(name for name, one in SOURCES.items() if not one.instead)))

    def problems(self, value: object, path: str) -> list[Finding]:
        source = SOURCES.get(value) if isinstance(value, str) else None
        if source is not None and source.instead:
            message = f"{source.title.capitalize()} are not measured: ask {source.instead}."
            return [finding(path, "unknown", message)]
        return self.written.problems(value, path)

    def schema(self) -> Schema:
        return self.written.schema()


SOURCE = SourceRule()

WINDOWS: dict[str, Fields] = {
    "ever": Fields({}),
    "last": Fields({"days": DAYS}, frozenset({"days"})),
    "last_hours": Fields({"hours": Whole(1, HOURS_MAX)}, frozenset({"hours"})),
    "between": Fields({"near": Whole(0, DAYS_MAX), "far": DAYS}, frozenset({"near", "far"})),
    "calendar": Fields({"unit": fixed(*get_args(Unit)), "back": Whole(0, DAYS_MAX)}, frozenset({"unit"})),
    "dates": Fields({"first": Day(), "last": Day()}),
    "since": Fields({"trait": NAME}, frozenset({"trait"})),
    "ahead": Fields({"days": DAYS}, frozenset({"days"})),
}


class WindowRule:
    def problems(self, value: object, path: str) -> list[Finding]:
        kind = value.get("is") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(kind, str) or kind not in WINDOWS:
            return [finding(path, "window", f"Write one of {WRITTEN}, as in {{is: last, days: 30}}.")]
        found = tagged(WINDOWS[kind], value, path)
        return found or _window_relations(kind, value, path)

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/window"}


WRITTEN = ", ".join(WINDOWS)


def tagged(fields: Fields, data: Mapping[object, object], path: str) -> list[Finding]:
    """The problems of an object that says with `is` what it is."""
    found = unknown_fields(data, {"is": None, **fields.fields}, path)
    rest = {name: value for name, value in data.items() if name in fields.fields}
    return found + fields.problems(rest, path)


def _window_relations(kind: str, value: Mapping[str, Anything], path: str) -> list[Finding]:
    match kind:
        case "between" if value["near"] >= value["far"]:
            message = "Nothing is between: “far” must be more days ago than “near”."
        case "calendar" if value.get("back", 0) > BACK_MAX[value["unit"]]:
            message = f"A {value['unit']} is asked at most {BACK_MAX[value['unit']]:,} back."
            path = at(path, "back")
        case "dates" if not value.get("first") and not value.get("last"):
            message = "Give the first day, the last, or both; without a window all time is looked at."
        case "dates" if value.get("first") and value.get("last") and value["first"] > value["last"]:
            message = f"No day is from {value['first']} to {value['last']}: the first comes after the last."
        case _:
            return []
    return [finding(path, "impossible", message)]


FILTER = Fields(
    {
        "property": Path(),
        "test": fixed(*get_args(Test)),
        "value": Value(may_be_nothing=True),
        "values": Many(Value(), least=0),
    },
    frozenset({"property"}),
    "A filter {property, test, value}",
)
FILTERS = Many(FILTER, least=0, most=FILTERS_MAX, of="filters")
STEP = Fields(
    {"of": SOURCE, "name": Text(may_be_empty=True), "where": FILTERS}, called="A step {of, name, where}"
)
WINDOW = WindowRule()
WITHIN = Number(0, HOURS_MAX, above=True)


class Nested:
    """A condition inside; `parse` goes into it itself, so that it can count the levels."""

    def problems(self, _value: object, _path: str) -> list[Finding]:
        return []

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/condition"}


FIELDS: dict[type[Node], Mapping[str, Rule]] = {
    nodes.OrderCount: {"comparison": COMPARISON, "number": Whole(0, COUNT_MAX), "window": WINDOW},
    nodes.OrderSum: {
        "comparison": COMPARISON,
        "minor": Whole(-MINOR_MAX, MINOR_MAX),
        "currency": Currency(),
        "window": WINDOW,
    },
    nodes.DaysSinceLastOrder: {"comparison": PASSED, "days": DAYS},
    nodes.DaysSinceFirstOrder: {"comparison": PASSED, "days": DAYS},
    nodes.Returned: {"within_days": DAYS, "after_days": DAYS},
    nodes.OffRhythm: {"times": Number(0, 1000, above=True), "orders": Whole(2, 1000)},
    nodes.Measured: {
        "of": SOURCE,
        "name": Text(may_be_empty=True),
        "figure": fixed(*get_args(Figure)),
        "property": Path(may_be_empty=True),
        "where": FILTERS,
        "window": WINDOW,
        "comparison": NUMBERS,
        "value": Number(),
    },
    nodes.Sequence: {
        "steps": Many(STEP, least=STEPS_MIN, most=STEPS_MAX, of="steps"),
        "within_hours": WITHIN,
        "window": WINDOW,
    },
    nodes.NotFollowed: {"first": STEP, "then": STEP, "within_hours": WITHIN, "window": WINDOW},
    nodes.TraitExists: {"trait": NAME},
    nodes.TraitEquals: {"trait": NAME, "value": Value()},
    nodes.TraitIn: {"trait": NAME, "values": Many(Value())},
    nodes.TraitNumber: {"trait": NAME, "comparison": NUMBERS, "value": Number()},
    nodes.TraitText: {"trait": NAME, "how": fixed("contains", "starts_with", "ends_with"), "value": NAME},
    nodes.TraitHas: {"trait": NAME, "values": Many(Value())},
    nodes.TraitDate: {
        "trait": NAME,
        "how": fixed("in_last", "in_next", "more_than_ago", "more_than_ahead", "before", "on", "after"),
        "days": Whole(0, DAYS_MAX),
        "date": Day(),
    },
    nodes.Anniversary: {"trait": NAME, "days": Whole(0, YEAR_DAYS)},
    nodes.Identified: {"kind": NAME},
    nodes.Consented: {"channel": NAME, "topic": Text(may_be_empty=True), "given": Flag()},
    nodes.Wished: {"wish": fixed(*get_args(Wish))},
    nodes.Reachable: {"channel": NAME},
    nodes.InSegment: {"segment": NAME},
    nodes.InStage: {"approach": NAME, "stages": Many(NAME, of="stages")},
    nodes.Bucket: {"salt": NAME, "first": Whole(0, BUCKETS - 1), "below": Whole(1, BUCKETS)},
    nodes.HasBeen: {"condition": Nested(), "days": DAYS},
    nodes.All: {"conditions": Many(Nested(), least=0, most=COUNT_MAX, of="conditions")},
    nodes.Any: {"conditions": Many(Nested(), most=COUNT_MAX, of="conditions")},
    nodes.Not: {"condition": Nested()},
}
NODES: dict[str, type[Node]] = {str(node.__struct_config__.tag): node for node in FIELDS}


def fields_of(node: type[Node]) -> Fields:
    """A node's fields; what the struct has no default for must be given."""
    required = frozenset(field.name for field in msgspec.structs.fields(node) if field.required)
    return Fields(FIELDS[node], required)
