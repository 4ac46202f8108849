"""What holds between the fields of a node: sources and their columns, windows, figures, types that fit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any as Anything

from regulars.conditions import nodes
from regulars.conditions.rules import at, finding, is_day, is_number, shown
from regulars.conditions.source import SOURCES, Column, Source
from regulars.conditions.windows import Node
from regulars.kernel import Finding

Data = Mapping[str, Anything]
OF_PROPERTY = ("sum", "minimum", "maximum", "average", "distinct")
OF_NUMBERS = ("sum", "minimum", "maximum", "average")
MOMENTS = ("days_since_first", "days_since_last")
ORDERED = ("at_least", "at_most", "more_than", "less_than")
PRESENCE = ("exists", "missing")
SETS = ("one_of", "none_of")
RELATIVE = ("in_last", "in_next", "more_than_ago", "more_than_ahead")
CURRENCY = "currency"
# Leaves whose past is kept, so that “has been for n days” can be answered.
WITH_HISTORY = (
    "trait_exists", "trait_equals", "trait_in", "trait_number", "trait_text", "trait_has", "consented",
    "in_segment", "in_stage",
)  # fmt: skip


def relations(node: type[Node], data: Data, path: str) -> list[Finding]:
    """The problems of a node each of whose fields can be read on its own."""
    if node is nodes.Measured:
        return _measured(data, path)
    if node is nodes.Sequence:
        return _of_orders(data, path) + [
            one
            for number, step in enumerate(data["steps"])
            for one in _step(step, f"{at(path, 'steps')}[{number}]")
        ]
    if node is nodes.NotFollowed:
        steps = [_step(data[name], at(path, name)) for name in ("first", "then")]
        return [*_of_orders(data, path), *steps[0], *steps[1]]
    return _impossible(node, data, path)


def _impossible(node: type[Node], data: Data, path: str) -> list[Finding]:
    if node is nodes.Returned and data["after_days"] < data["within_days"]:
        message = "The pause is at least as long as the window."
        return [finding(at(path, "after_days"), "impossible", message)]
    if node is nodes.Bucket and data.get("first", 0) >= data["below"]:
        message = (
            f"No bucket is from {data.get('first', 0)} and below {data['below']}: “below” is the greater."
        )
        return [finding(at(path, "below"), "impossible", message)]
    if node is nodes.TraitDate:
        return _trait_date(data, path)
    if node is nodes.HasBeen:
        return _has_been(data, path)
    return _of_orders(data, path)


def _trait_date(data: Data, path: str) -> list[Finding]:
    how, day, days = data["how"], data.get("date", ""), data.get("days", 0)
    if how in RELATIVE and day:
        return [
            finding(at(path, "date"), "not_wanted", f"“{how}” counts days from today; leave the date out.")
        ]
    if how not in RELATIVE and not day:
        return [finding(at(path, "date"), "missing", f"“{how}” wants a date as 2026-03-01.")]
    if how not in RELATIVE and days:
        return [finding(at(path, "days"), "not_wanted", f"“{how}” compares with a date; leave the days out.")]
    return []


def _has_been(data: Data, path: str) -> list[Finding]:
    inner = data["condition"]
    kind = inner.get("is") if isinstance(inner, dict) else None
    if kind is None or kind in WITH_HISTORY:
        return []
    message = (
        f"Only what has a history can have been so for days: {', '.join(WITH_HISTORY)}; found {shown(kind)}. "
        "Make a segment of the rest, and ask how long somebody has been in it."
    )
    return [finding(at(path, "condition"), "no_history", message)]


def _of_orders(data: Data, path: str) -> list[Finding]:
    """What has happened is not ahead."""
    window = data.get("window")
    return _ahead(path) if isinstance(window, dict) and window["is"] == "ahead" else []


def _ahead(path: str) -> list[Finding]:
    message = "Nothing of this lies ahead; look back with {is: last, days: 30} or another window."
    return [finding(at(path, "window"), "impossible", message)]


def _step(step: Data, path: str) -> list[Finding]:
    source = SOURCES[step.get("of", "event")]
    found = _name(source, step, path) + _filters(source, step.get("where", ()), path)
    if not source.has_moment or source.ahead:
        message = f"{source.title.capitalize()} have no moment that another could follow."
        found.append(finding(at(path, "of"), "no_moment", message))
    return found


def _measured(data: Data, path: str) -> list[Finding]:
    source = SOURCES[data["of"]]
    return [
        *_name(source, data, path),
        *_figure(source, data, path),
        *_filters(source, data.get("where", ()), path),
        *_one_currency(source, data, path),
        *_window(source, data, path),
        *_value(data, path),
    ]


def _name(source: Source, data: Data, path: str) -> list[Finding]:
    name = data.get("name", "")
    if name and not source.has_name:
        message = f"{source.title.capitalize()} have no names; leave it out."
        return [finding(at(path, "name"), "not_wanted", message)]
    if name and source.names and name not in source.names:
        message = f"Found {shown(name)}; of {source.title} it is one of {', '.join(source.names)}."
        return [finding(at(path, "name"), "unknown", message)]
    return []


def _figure(source: Source, data: Data, path: str) -> list[Finding]:
    figure, name = data.get("figure", "count"), data.get("property", "")
    place = at(path, "property")
    if figure not in OF_PROPERTY:
        message = f"“{figure}” is not taken of a property; leave it out."
        return [finding(place, "not_wanted", message)] if name else []
    if not name:
        return [finding(place, "missing", f"“{figure}” is taken of a property: name it.{_known(source)}")]
    found = _property(source, name, place)
    column = source.columns.get(name)
    if figure in OF_NUMBERS and column is not None and column.type not in ("number", "minor"):
        numbers = [key for key, one in source.columns.items() if one.type in ("number", "minor")]
        message = f"“{figure}” wants numbers, and {name} is none. Numbers are {', '.join(numbers) or 'none'}."
        found.append(finding(place, "type", message))
    return found


def _property(source: Source, name: str, path: str) -> list[Finding]:
    if name in source.columns or source.has_told:
        return []
    message = f"{source.title.capitalize()} have no {shown(name)}.{_known(source)}"
    return [finding(path, "unknown_property", message)]


def _known(source: Source) -> str:
    more = " and whatever was told with it" if source.has_told else ""
    known = ", ".join(sorted(source.columns))
    return f" Known are {known}{more}." if known else " Known is whatever was told with it." if more else ""


def _one_currency(source: Source, data: Data, path: str) -> list[Finding]:
    column = source.columns.get(data.get("property", ""))
    if data.get("figure") not in OF_NUMBERS or column is None or column.type != "minor":
        return []
    if CURRENCY not in source.columns or currency_of(data.get("where", ())):
        return []
    message = (
        "Amounts of several currencies are not one amount. Choose one: add the filter "
        "{property: currency, test: equals, value: USD} to “where”."
    )
    return [finding(at(path, "where"), "currency", message)]


def currency_of(filters: Sequence[Data]) -> str | None:
    """The one currency the filters let through; nothing when they let several."""
    for one in filters:
        if one["property"] != CURRENCY:
            continue
        if one.get("test", "equals") == "equals" and isinstance(one.get("value"), str):
            return str(one["value"])
        if one.get("test") == "one_of" and len(one.get("values", ())) == 1:
            return str(one["values"][0])
    return None


def _window(source: Source, data: Data, path: str) -> list[Finding]:
    kind = data.get("window", {"is": "ever"})["is"]
    if not source.has_moment:
        if kind != "ever":
            message = f"{source.title.capitalize()} have no moment; leave the window out."
            return [finding(at(path, "window"), "impossible", message)]
        if data.get("figure") in MOMENTS:
            message = f"{source.title.capitalize()} have no moment that days could be counted from."
            return [finding(at(path, "figure"), "impossible", message)]
    return _ahead(path) if kind == "ahead" and not source.ahead else []


def _value(data: Data, path: str) -> list[Finding]:
    figure, value = data.get("figure", "count"), data.get("value", 1)
    place = at(path, "value")
    if figure in ("count", "distinct") and (value < 0 or value != int(value)):
        return [finding(place, "number", f"“{figure}” is a whole number from 0; found {shown(value)}.")]
    if figure in MOMENTS and value < 0:
        return [finding(place, "number", f"Days since something are 0 or more; found {shown(value)}.")]
    return []


def _filters(source: Source, filters: Sequence[Data], path: str) -> list[Finding]:
    return [
        one
        for number, data in enumerate(filters)
        for one in _filter(source, data, f"{at(path, 'where')}[{number}]")
    ]


def _filter(source: Source, data: Data, path: str) -> list[Finding]:
    test = data.get("test", "equals")
    found = _property(source, data["property"], at(path, "property"))
    wanted = "" if test in PRESENCE else "values" if test in SETS else "value"
    for name in ("value", "values"):
        given = data.get(name) not in (None, [], ())
        if given and name != wanted:
            message = f"“{test}” takes {f'“{wanted}”' if wanted else 'no value'}; leave this out."
            found.append(finding(at(path, name), "not_wanted", message))
        if not given and name == wanted:
            found.append(finding(at(path, name), "missing", f"“{test}” compares with it: give it."))
    return found or _fits(source.columns.get(data["property"]), test, data, path)


def _fits(column: Column | None, test: str, data: Data, path: str) -> list[Finding]:
    if test in PRESENCE:
        return []
    if column is not None and test in _not_asked(column):
        message = f"“{test}” is not asked of {column.title}, which is {KINDS[column.type]}."
        return [finding(at(path, "test"), "type", message)]
    if test in SETS:
        return [
            one
            for number, value in enumerate(data["values"])
            for one in _value_fits(column, test, value, f"{at(path, 'values')}[{number}]")
        ]
    return _value_fits(column, test, data["value"], at(path, "value"))


KINDS = {
    "text": "a text",
    "number": "a number",
    "minor": "an amount in minor units",
    "instant": "a moment",
    "boolean": "true or false",
}


def _not_asked(column: Column) -> tuple[str, ...]:
    match column.type:
        case "number" | "minor":
            return ("contains", "starts_with")
        case "instant":
            return ("equals", "differs", *SETS, "contains", "starts_with")
        case "boolean":
            return (*ORDERED, "contains", "starts_with")
        case _:
            return ()


def _value_fits(column: Column | None, test: str, value: object, path: str) -> list[Finding]:
    if column is not None and not _of_type(column, value):
        message = f"{column.title.capitalize()} is {KINDS[column.type]}; found {shown(value)}."
        return [finding(path, "type", message)]
    if test == "starts_with" and not isinstance(value, str):
        return [finding(path, "type", f"Only a text starts with something; found {shown(value)}.")]
    if test in ORDERED and not (is_number(value) or (isinstance(value, str) and _is_date(value))):
        message = f"“{test}” compares numbers, or dates as 2026-03-01; found {shown(value)}."
        return [finding(path, "type", message)]
    return []


def _of_type(column: Column, value: object) -> bool:
    match column.type:
        case "text":
            return isinstance(value, str)
        case "number":
            return is_number(value)
        case "minor":
            return is_number(value) and value == int(value)
        case "boolean":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str) and _is_date(value)


def _is_date(text: str) -> bool:
    if is_day(text):
        return True
    try:
        return is_day(text[:10]) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
