"""Conditions: what is asked of a customer, as data; in words, and as one grouped statement for many."""

from regulars.conditions.compile import Compiled, compile_conditions
from regulars.conditions.evaluate import Explanation, explain, matching, matching_count
from regulars.conditions.nodes import (
    EVERYBODY,
    All,
    Any,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    Wished,
)
from regulars.conditions.parse import check, parse, plain, problems
from regulars.conditions.source import SOURCES, Column, Source, register
from regulars.conditions.windows import Between, Ever, Last, Window
from regulars.conditions.words import sentence

__all__ = [
    "EVERYBODY",
    "SOURCES",
    "All",
    "Any",
    "Between",
    "Column",
    "Compiled",
    "Condition",
    "Consented",
    "DaysSinceFirstOrder",
    "DaysSinceLastOrder",
    "Ever",
    "Explanation",
    "Last",
    "Not",
    "OrderCount",
    "OrderSum",
    "Returned",
    "Source",
    "TraitEquals",
    "TraitExists",
    "TraitIn",
    "Window",
    "Wished",
    "check",
    "compile_conditions",
    "explain",
    "matching",
    "matching_count",
    "parse",
    "plain",
    "problems",
    "register",
    "sentence",
]
