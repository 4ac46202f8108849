"""What is asked of a trait's value, plainly; a value is what JSON can hold."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any as Anything

from regulars.conditions import nodes as c
from tests.integration.conditions.history import Json
from tests.integration.conditions.naive_times import day_of

COMPARED: dict[str, Callable[[Anything, Anything], bool]] = {
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "exactly": lambda a, b: a == b,
    "more_than": lambda a, b: a > b,
    "less_than": lambda a, b: a < b,
}
DAY = timedelta(days=1)


def found(told: Json, path: str) -> Json:
    if isinstance(told, dict) and path in told:
        return told[path]
    for step in path.split("."):
        if not isinstance(told, dict) or step not in told:
            return None
        told = told[step]
    return told


def same(a: Json, b: Json) -> bool:
    """Equal in type and value; numbers are doubles."""
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a == b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return float(a) == float(b)
    return isinstance(a, str) and isinstance(b, str) and a == b


def is_number(value: Json) -> bool:
    """Further from zero than 1e300 it is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


def trait_holds(node: Anything, value: Json, at: datetime, zone: str) -> bool:  # noqa: PLR0911 - one case a node
    match node:
        case c.TraitExists():
            return value is not None
        case c.TraitEquals(value=wanted):
            return same(value, wanted)
        case c.TraitIn(values=values):
            return any(same(value, one) for one in values)
        case c.TraitNumber(comparison=comparison, value=bound):
            return is_number(value) and COMPARED[comparison](float(value), float(bound))
        case c.TraitText(how="contains", value=part):
            return isinstance(value, str) and part in value
        case c.TraitText(how="starts_with", value=part):
            return isinstance(value, str) and value.startswith(part)
        case c.TraitText(value=part):
            return isinstance(value, str) and value.endswith(part)
        case c.TraitHas(values=values):
            return isinstance(value, list) and any(same(has, one) for has in value for one in values)
        case c.TraitDate():
            day = day_of(value, zone)
            return day is not None and _lies(node, day, day_of(at, zone))
        case c.Anniversary(days=days):
            day = day_of(value, zone)
            today = day_of(at, zone)
            return day is not None and (_returns(day, today) - today).days <= days
    raise AssertionError(node)


def _lies(node: c.TraitDate, day: date, today: date) -> bool:
    try:
        far, near = today - node.days * DAY, today + node.days * DAY
    except OverflowError:
        far, near = date.min, date.max
    wanted = date.fromisoformat(node.date) if node.date else None
    return {
        "in_last": lambda: far <= day <= today,
        "in_next": lambda: today <= day <= near,
        "more_than_ago": lambda: day < far,
        "more_than_ahead": lambda: day > near,
        "before": lambda: day < wanted,
        "on": lambda: day == wanted,
        "after": lambda: day > wanted,
    }[node.how]()


def _returns(day: date, today: date) -> date:
    """The next return of a month and day, today included."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, day.month, day.day)
        except ValueError:
            found = date(year, 2, 28)
        if found >= today:
            return found
    raise AssertionError(day)
