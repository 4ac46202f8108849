"""Conditions: what is asked of a customer, as data; in words, and as one grouped statement for many."""

from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any as _Anything

from regulars.conditions.asked import asks_catalogue, sources_of
from regulars.conditions.compile import Compiled, compile_conditions
from regulars.conditions.doubts import Known, warnings
from regulars.conditions.evaluate import Explanation, explain, matching, matching_count
from regulars.conditions.expanding import Book, expand
from regulars.conditions.figure_words import figure_words
from regulars.conditions.filtering import fits_event
from regulars.conditions.nodes import (
    EVERYBODY,
    All,
    Anniversary,
    Any,
    Bucket,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Filter,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    NotFollowed,
    OffRhythm,
    OrderCount,
    OrderSum,
    Reachable,
    Returned,
    Sequence,
    Step,
    TraitDate,
    TraitEquals,
    TraitExists,
    TraitHas,
    TraitIn,
    TraitNumber,
    TraitText,
    Wished,
    children,
)
from regulars.conditions.one_by_one import FittingEvent, fitting_events
from regulars.conditions.parse import check, parse, plain, problems
from regulars.conditions.reference import conditions_page, schema_page
from regulars.conditions.schema import condition_schema
from regulars.conditions.source import SOURCES, Column, Source, register
from regulars.conditions.telling import fits_told
from regulars.conditions.touching import Touch, Use, touches, uses
from regulars.conditions.windows import (
    Ahead,
    Between,
    Calendar,
    Dates,
    Ever,
    Last,
    LastHours,
    Since,
    Window,
)
from regulars.conditions.words import headline, sentence

if TYPE_CHECKING:
    from regulars.conditions.asking_all import everybody

__all__ = [
    "EVERYBODY",
    "SOURCES",
    "Ahead",
    "All",
    "Anniversary",
    "Any",
    "Between",
    "Book",
    "Bucket",
    "Calendar",
    "Column",
    "Compiled",
    "Condition",
    "Consented",
    "Dates",
    "DaysSinceFirstOrder",
    "DaysSinceLastOrder",
    "Ever",
    "Explanation",
    "Filter",
    "FittingEvent",
    "HasBeen",
    "Identified",
    "InSegment",
    "InStage",
    "Known",
    "Last",
    "LastHours",
    "Listed",
    "Measured",
    "Not",
    "NotFollowed",
    "OffRhythm",
    "OrderCount",
    "OrderSum",
    "Reachable",
    "Returned",
    "Sequence",
    "Since",
    "Source",
    "Step",
    "Touch",
    "TraitDate",
    "TraitEquals",
    "TraitExists",
    "TraitHas",
    "TraitIn",
    "TraitNumber",
    "TraitText",
    "Use",
    "Window",
    "Wished",
    "asks_catalogue",
    "check",
    "children",
    "compile_conditions",
    "condition_schema",
    "conditions_page",
    "everybody",
    "expand",
    "explain",
    "figure_words",
    "fits_event",
    "fits_told",
    "fitting_events",
    "headline",
    "matching",
    "matching_count",
    "parse",
    "plain",
    "problems",
    "register",
    "schema_page",
    "sentence",
    "sources_of",
    "touches",
    "uses",
    "warnings",
]


def __getattr__(name: str) -> _Anything:
    # What reads the lake takes half a second to load, so it is loaded when it is first asked for.
    if name != "everybody":
        raise AttributeError(f"{__name__} has no {name}")
    return import_module(f"{__name__}.asking_all").everybody
