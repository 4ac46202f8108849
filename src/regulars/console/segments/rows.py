"""How each kind of condition stands in a row: words and fields in the order of its sentence."""

from regulars.conditions import SOURCES
from regulars.console.segments.choices import (
    AGO,
    COMPARED,
    COMPARED_NUMBERS,
    DATES,
    FIGURES,
    ONE_DATE,
    TESTS,
    WISHES,
    options,
)
from regulars.console.segments.fields import Option
from regulars.console.segments.kinds import TOLD_OTHERWISE
from regulars.console.segments.row_field import (
    Field,
    Json,
    Part,
    choice_field,
    hours_field,
    is_field,
    text_field,
    trait_field,
    value_field,
    values_field,
    whole_field,
)
from regulars.console.segments.row_windows import window

WITH_PROPERTY = ("sum", "minimum", "maximum", "average", "distinct")
MONEY = ("sum", "minimum", "maximum", "average")


def parts(node: Json) -> tuple[Part, ...] | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    """The row of a condition; None for what has no row and is shown as JSON."""
    match node.get("is"):
        case "order_count":
            return (
                is_field(),
                choice_field("comparison", COMPARED),
                whole_field("number"),
                "times",
                *window(node),
            )
        case "order_sum":
            return (
                is_field(),
                choice_field("comparison", COMPARED),
                Field(at=("minor",), control="minor", label="Amount"),
                text_field("currency", "Currency", "currencies"),
                *window(node),
            )
        case "days_since_last_order" | "days_since_first_order":
            return (is_field(), choice_field("comparison", AGO), whole_field("days"), "days ago")
        case "returned":
            return (
                is_field(),
                "in the last",
                whole_field("within_days"),
                "days after at least",
                whole_field("after_days"),
                "days without buying",
            )
        case "off_rhythm":
            return (
                is_field(),
                ": nothing for more than",
                Field(at=("times",), control="number", label="How many times the usual gap"),
                "times their own usual gap; known after",
                Field(at=("orders",), control="whole", label="Orders at least", absent=3),
                "orders",
            )
        case "measured":
            return _measured(node)
        case "sequence":
            return (
                is_field(),
                "each within",
                hours_field(),
                "hours of the one before; the first",
                *window(node),
            )
        case "not_followed":
            return (is_field(), "within", hours_field(), "hours; the first", *window(node))
        case "trait_exists":
            return (trait_field(), is_field())
        case "trait_equals":
            return (trait_field(), is_field(), value_field())
        case "trait_in" | "trait_has":
            return (trait_field(), is_field(), values_field())
        case "trait_number":
            number = Field(at=("value",), control="number", label="Number")
            return (trait_field(), is_field(), choice_field("comparison", COMPARED_NUMBERS), number)
        case "trait_text":
            hows = options(contains="contains", starts_with="begins with", ends_with="ends with")
            return (trait_field(), is_field(), choice_field("how", hows), text_field("value", "Text"))
        case "trait_date":
            how = Field(at=("how",), control="choice", label="How", options=DATES, reshapes=True)
            day = Field(at=("date",), control="date", label="Date")
            days = Field(at=("days",), control="whole", label="Days", absent=0)
            return (
                trait_field(),
                is_field(),
                how,
                *((day,) if node.get("how") in ONE_DATE else (days, "days")),
            )
        case "anniversary":
            days = Field(at=("days",), control="whole", label="Days ahead", absent=0)
            return (trait_field(), is_field(), days, "days (0 is today)")
        case "identified":
            return (is_field(), text_field("kind", "Kind of identifier", "identifiers"))
        case "consented":
            given = (Option(value="true", title="agreed to"), Option(value="false", title="withdrew"))
            return (
                is_field(),
                Field(at=("given",), control="flag", label="What they said", options=given, absent=True),
                text_field("channel", "Channel", "channels"),
                "about",
                Field(
                    at=("topic",),
                    control="text",
                    label="Topic, empty for the channel as a whole",
                    suggest=("topics",),
                ),
            )
        case "reachable":
            return (is_field(), text_field("channel", "Channel", "channels"))
        case "wished":
            return (is_field(), choice_field("wish", WISHES))
        case "in_segment":
            return (
                is_field(),
                Field(at=("segment",), control="choice", label="Segment or list", suggest=("segments",)),
            )
        case "in_stage":
            approach = Field(
                at=("approach",), control="choice", label="Approach", suggest=("approaches",), reshapes=True
            )
            named = ("stages", str(node.get("approach")))
            stages = Field(at=("stages",), control="ticks", label="Stages", suggest=named)
            return (is_field(), "of", approach, ":", stages)
        case "bucket":
            return (
                "is in the random part from",
                Field(at=("first",), control="whole", label="From", absent=0),
                "up to, without,",
                whole_field("below"),
                "of 10,000; drawn as",
                text_field("salt", "Name of the draw"),
            )
        case _:
            return None


def filter_parts(one: Json, of: str, name: str) -> tuple[Part, ...]:
    """One filter: a property, a test, and what it is compared with."""
    about = ("properties", of, name)
    prop = Field(at=("property",), control="text", label="Property", suggest=about)
    test = Field(at=("test",), control="choice", label="Test", options=TESTS, absent="equals", reshapes=True)
    suggest = ("values", of, name, str(one.get("property", "")))
    match one.get("test", "equals"):
        case "exists" | "missing":
            return (prop, test)
        case "one_of" | "none_of":
            several = Field(
                at=("values",), control="scalars", label="Values", suggest=suggest, absent=(), wide=True
            )
            return (prop, test, several)
        case _:
            value = Field(at=("value",), control="scalar", label="Value", suggest=suggest, absent=None)
            return (prop, test, value)


def step_parts(step: Json) -> tuple[Part, ...]:
    """A fact of a sequence: which source, which name."""
    of = str(step.get("of", "event"))
    sources = tuple(
        Option(value=one.name, title=one.title) for one in SOURCES.values() if one.name not in TOLD_OTHERWISE
    )
    chosen = Field(at=("of",), control="choice", label="What", options=sources, absent="event", reshapes=True)
    return (chosen, *_name(of))


def _measured(node: Json) -> tuple[Part, ...]:
    of = str(node.get("of", ""))
    source = SOURCES.get(of)
    if source is None:
        return (text_field("of", "Source"), *window(node))
    figure = node.get("figure", "count")
    choice = Field(
        at=("figure",), control="choice", label="Figure", options=FIGURES, absent="count", reshapes=True
    )
    asked: tuple[Part, ...] = ()
    if figure in WITH_PROPERTY:
        name = str(node.get("name", ""))
        asked = (Field(at=("property",), control="text", label="Property", suggest=("properties", of, name)),)
    column = source.columns.get(str(node.get("property", "")))
    money = figure in MONEY and column is not None and column.type == "minor"
    value = Field(at=("value",), control="minor" if money else "number", label="Number", absent=1)
    compared = Field(
        at=("comparison",),
        control="choice",
        label="Comparison",
        options=COMPARED_NUMBERS,
        absent="at_least",
    )
    shown = window(node) if source.has_moment or "window" in node else ()
    begin = source.verb if of == "event" else f"{source.title.capitalize()}:"
    return (begin, *_name(of), choice, *asked, compared, value, *shown)


def _name(of: str) -> tuple[Part, ...]:
    source = SOURCES.get(of)
    if source is None or not source.has_name:
        return ()
    if not source.names:
        return (Field(at=("name",), control="text", label="Event", suggest=("names", of), wide=True),)
    named = tuple(Option(value=name, title=name.replace("_", " ")) for name in source.names)
    every = Option(value="", title="any of them")
    return (Field(at=("name",), control="choice", label="Which", options=(every, *named)),)
