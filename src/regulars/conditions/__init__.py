"""Conditions: what is asked of a customer, as data; in words, and as one grouped statement for many."""

from regulars.conditions.compile import Compiled, compile_conditions
from regulars.conditions.evaluate import Explanation, explain, matching, matching_count
from regulars.conditions.nodes import (
    EVERYBODY,
    All,
    Any,
    Between,
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
from regulars.conditions.parse import check, parse, plain, problems
from regulars.conditions.words import sentence

__all__ = [
    "EVERYBODY",
    "All",
    "Any",
    "Between",
    "Compiled",
    "Condition",
    "DaysSinceFirstOrder",
    "DaysSinceLastOrder",
    "Ever",
    "Explanation",
    "Last",
    "Not",
    "OrderCount",
    "OrderSum",
    "Returned",
    "TraitEquals",
    "TraitExists",
    "TraitIn",
    "Window",
    "check",
    "compile_conditions",
    "explain",
    "matching",
    "matching_count",
    "parse",
    "plain",
    "problems",
    "sentence",
]
