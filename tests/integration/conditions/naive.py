"""The meaning of a condition, written down plainly: one customer, one loop, no SQL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any as Anything

from regulars.conditions import (
    All,
    Any,
    Condition,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Ever,
    Last,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    Window,
)

COMPARED: dict[str, Callable[[Anything, Anything], bool]] = {
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "exactly": lambda a, b: a == b,
    "less_than": lambda a, b: a < b,
}


@dataclass(frozen=True)
class Person:
    orders: list[tuple[datetime, int, str]] = field(default_factory=list)  # When, minor units, currency.
    traits: dict[str, Anything] = field(default_factory=dict)


def in_window(when: datetime, window: Window, at: datetime) -> bool:
    match window:
        case Ever():
            return when < at
        case Last(days=days):
            return at - timedelta(days=days) <= when < at
        case _:
            return at - timedelta(days=window.far) <= when < at - timedelta(days=window.near)


def same(a: object, b: object) -> bool:
    return isinstance(a, bool) == isinstance(b, bool) and isinstance(a, str) == isinstance(b, str) and a == b


def holds(condition: Condition, person: Person, at: datetime) -> bool:  # noqa: PLR0911 - one case a node
    past = sorted(when for when, _, _ in person.orders if when < at)
    match condition:
        case All(conditions=inner):
            return all(holds(one, person, at) for one in inner)
        case Any(conditions=inner):
            return any(holds(one, person, at) for one in inner)
        case Not(condition=one):
            return not holds(one, person, at)
        case OrderCount(comparison=comparison, number=number, window=window):
            return COMPARED[comparison](sum(in_window(o[0], window, at) for o in person.orders), number)
        case OrderSum(comparison=comparison, minor=minor, currency=currency, window=window):
            total = sum(o[1] for o in person.orders if o[2] == currency and in_window(o[0], window, at))
            return COMPARED[comparison](total, minor)
        case DaysSinceLastOrder(comparison=comparison, days=days):
            return bool(past) and COMPARED[comparison](at - past[-1], timedelta(days=days))
        case DaysSinceFirstOrder(comparison=comparison, days=days):
            return bool(past) and COMPARED[comparison](at - past[0], timedelta(days=days))
        case Returned(within_days=within, after_days=after):
            start = at - timedelta(days=within)
            recent, before = [w for w in past if w >= start], [w for w in past if w < start]
            return bool(recent and before) and recent[0] - before[-1] >= timedelta(days=after)
        case TraitExists(trait=trait):
            return person.traits.get(trait) is not None
        case TraitEquals(trait=trait, value=value):
            return trait in person.traits and same(person.traits[trait], value)
        case TraitIn(trait=trait, values=values):
            return trait in person.traits and any(same(person.traits[trait], value) for value in values)
    raise AssertionError(condition)
