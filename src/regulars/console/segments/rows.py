"""How each kind of condition stands in a row: words and fields in the order of its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regulars.conditions import SOURCES, Source
from regulars.console.segments.fields import Control, Option

Json = Mapping[str, Any]
WITH_PROPERTY = ("sum", "minimum", "maximum", "average", "distinct")
MONEY = ("sum", "minimum", "maximum", "average")
# Sources that have rows of their own in better words.
TOLD_OTHERWISE = ("stay", "list", "reach")
# What the menu calls measuring a source.
MEASURED = {
    "event": "Did something, so often",
    "order": "Orders, counted or summed",
    "order_line": "What they bought, line by line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field, named by its place below the condition."""

    at: tuple[str, ...]
    control: Control
    label: str  # For who does not see the words around it.
    options: tuple[Option, ...] = ()
    suggest: tuple[str, ...] = ()  # Which of the vocabulary's lists, as ("traits",).
    absent: Any = ""  # What it means when the JSON leaves it out.
    reshapes: bool = False  # Another choice asks for other fields.
    wide: bool = False


Part = str | Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of row: what the menu calls it, what its own choice calls it, and how a new one begins."""

    name: str
    family: str
    menu: str
    choice: str
    new: Json


def _options(**titles: str) -> tuple[Option, ...]:
    return tuple(Option(value=value, title=title) for value, title in titles.items())


COMPARED = _options(at_least="at least", at_most="at most", exactly="exactly")
COMPARED_NUMBERS = (*COMPARED, *_options(more_than="more than", less_than="less than"))
AGO = _options(at_least="at least", less_than="less than")
FIGURES = _options(
    count="this many times:",
    sum="with the sum of",
    minimum="with the smallest",
    maximum="with the largest",
    average="with the average of",
    distinct="with this many different",
    days_since_first="with days since the first:",
    days_since_last="with days since the last:",
)
TESTS = _options(
    equals="is",
    differs="is not",
    one_of="is one of",
    none_of="is none of",
    at_least="is at least",
    at_most="is at most",
    more_than="is more than",
    less_than="is less than",
    contains="contains",
    starts_with="begins with",
    exists="is there",
    missing="is missing",
)
WISHES = _options(
    no_profiling="objects to profiling",
    restriction="restricted the use of their data",
    pause="asked for a pause",
    less_often="wants to hear less often",
)
WINDOWS = _options(
    ever="ever",
    last="in the last",
    last_hours="in the last hours:",
    between="between",
    calendar="in the calendar",
    dates="on days from",
    since="since the date in",
)
AHEAD = _options(ahead="in the next")
NEW_WINDOWS: Mapping[str, Json] = {
    "ever": {"is": "ever"},
    "last": {"is": "last", "days": 30},
    "last_hours": {"is": "last_hours", "hours": 24},
    "between": {"is": "between", "near": 30, "far": 60},
    "calendar": {"is": "calendar", "unit": "month", "back": 0},
    "dates": {"is": "dates", "first": "", "last": ""},
    "since": {"is": "since", "trait": ""},
    "ahead": {"is": "ahead", "days": 30},
}
DATES = _options(
    in_last="lies in the last",
    in_next="lies in the next",
    more_than_ago="lies further back than",
    more_than_ahead="lies further ahead than",
    before="lies before",
    on="is",
    after="lies after",
)
ONE_DATE = ("before", "on", "after")
LAST_30: Json = {"is": "last", "days": 30}


def _kind(family: str, menu: str, choice: str, **new: Any) -> Kind:
    return Kind(name=new["is_"], family=family, menu=menu, choice=choice, new=_renamed(new))


def _renamed(new: Json) -> Json:
    return {"is" if name == "is_" else name: value for name, value in new.items()}


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("trait", "Trait is a value", "is", is_="trait_equals", trait="", value=""),
        _kind("trait", "", "is one of", is_="trait_in", trait="", values=[]),
        _kind("trait", "", "is known", is_="trait_exists", trait=""),
        _kind(
            "trait",
            "Trait is a number",
            "as a number is",
            is_="trait_number",
            trait="",
            comparison="at_least",
            value=0,
        ),
        _kind("trait", "", "as a text", is_="trait_text", trait="", how="contains", value=""),
        _kind("trait", "", "as a list has one of", is_="trait_has", trait="", values=[]),
        _kind("trait", "Trait is a date", "as a date", is_="trait_date", trait="", how="in_last", days=30),
        _kind("trait", "Birthday or anniversary", "has its day within", is_="anniversary", trait="", days=7),
        _kind("known", "Has an identifier", "has an identifier:", is_="identified", kind="email"),
        _kind(
            "bought",
            "How often they bought",
            "bought",
            is_="order_count",
            comparison="at_least",
            number=1,
            window=LAST_30,
        ),
        _kind(
            "bought",
            "How much they spent",
            "spent",
            is_="order_sum",
            comparison="at_least",
            minor=10000,
            currency="",
            window=LAST_30,
        ),
        _kind(
            "bought",
            "When they last bought",
            "last bought",
            is_="days_since_last_order",
            comparison="at_least",
            days=30,
        ),
        _kind(
            "bought",
            "When they first bought",
            "first bought",
            is_="days_since_first_order",
            comparison="less_than",
            days=30,
        ),
        _kind(
            "bought",
            "Came back after a pause",
            "came back",
            is_="returned",
            within_days=30,
            after_days=90,
        ),
        _kind("bought", "Overdue by their own rhythm", "is overdue", is_="off_rhythm", times=2, orders=3),
        _kind(
            "did",
            "One thing after another",
            "did in this order",
            is_="sequence",
            steps=[{"of": "event", "name": ""}, {"of": "event", "name": ""}],
            within_hours=24,
            window=LAST_30,
        ),
        _kind(
            "did",
            "One thing, and not then another",
            "did, and not then",
            is_="not_followed",
            first={"of": "event", "name": ""},
            then={"of": "event", "name": ""},
            within_hours=24,
            window=LAST_30,
        ),
        _kind("belongs", "In a segment or list", "is in", is_="in_segment", segment=""),
        _kind("belongs", "In a stage", "is in the stage", is_="in_stage", approach="", stages=[]),
        _kind(
            "agreed", "Agreed to a channel or topic", "consent:", is_="consented", channel="email", given=True
        ),
        _kind("agreed", "Can be reached", "can be reached by", is_="reachable", channel="email"),
        _kind("agreed", "Asked something of us", "asked:", is_="wished", wish="pause"),
        _kind("drawn", "A random part", "a random part", is_="bucket", salt="draw-1", first=0, below=1000),
    )
}
GROUPS: Mapping[str, Json] = {
    "all": {"is": "all", "conditions": []},
    "any": {"is": "any", "conditions": []},
}


# With what a new row of a source begins, where counting all of its facts says little.
BEGUN: Mapping[str, Json] = {
    "tier": {"where": [{"property": "tier", "value": ""}]},
    "balance": {"figure": "sum", "property": "active", "value": 100},
    "lot": {"figure": "sum", "property": "remaining", "value": 100, "window": {"is": "ahead", "days": 30}},
    "message": {"name": "sent", "window": LAST_30},
    "campaign": {"name": "treated", "where": [{"property": "campaign", "value": ""}]},
    "experiment": {"where": [{"property": "arm", "value": ""}]},
}


def measured(source: Source) -> Json:
    if source.name in BEGUN:
        return {"is": "measured", "of": source.name, **BEGUN[source.name]}
    begun: dict[str, Any] = {"is": "measured", "of": source.name}
    if source.has_name:
        begun["name"] = source.names[0] if source.names else ""
    if source.ahead:
        return {**begun, "window": {"is": "ahead", "days": 30}}
    return {**begun, "window": LAST_30} if source.has_moment else begun


def parts(node: Json) -> tuple[Part, ...] | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    """The row of a condition; None for what has no row and is shown as JSON."""
    match node.get("is"):
        case "order_count":
            return (_is(), _choice("comparison", COMPARED), _whole("number"), "times", *window(node))
        case "order_sum":
            return (
                _is(), _choice("comparison", COMPARED),
                Field(at=("minor",), control="minor", label="Amount"),
                _text("currency", "Currency", "currencies"), *window(node),
            )  # fmt: skip
        case "days_since_last_order" | "days_since_first_order":
            return (_is(), _choice("comparison", AGO), _whole("days"), "days ago")
        case "returned":
            return (
                _is(), "in the last", _whole("within_days"), "days after at least", _whole("after_days"),
                "days without buying",
            )  # fmt: skip
        case "off_rhythm":
            return (
                _is(), ": nothing for more than",
                Field(at=("times",), control="number", label="How many times the usual gap"),
                "times their own usual gap; known after",
                Field(at=("orders",), control="whole", label="Orders at least", absent=3), "orders",
            )  # fmt: skip
        case "measured":
            return _measured(node)
        case "sequence":
            return (_is(), "each within", _hours(), "hours of the one before; the first", *window(node))
        case "not_followed":
            return (_is(), "within", _hours(), "hours; the first", *window(node))
        case "trait_exists":
            return (_trait(), _is())
        case "trait_equals":
            return (_trait(), _is(), _value())
        case "trait_in" | "trait_has":
            return (_trait(), _is(), _values())
        case "trait_number":
            number = Field(at=("value",), control="number", label="Number")
            return (_trait(), _is(), _choice("comparison", COMPARED_NUMBERS), number)
        case "trait_text":
            hows = _options(contains="contains", starts_with="begins with", ends_with="ends with")
            return (_trait(), _is(), _choice("how", hows), _text("value", "Text"))
        case "trait_date":
            how = Field(at=("how",), control="choice", label="How", options=DATES, reshapes=True)
            day = Field(at=("date",), control="date", label="Date")
            days = Field(at=("days",), control="whole", label="Days", absent=0)
            return (_trait(), _is(), how, *((day,) if node.get("how") in ONE_DATE else (days, "days")))
        case "anniversary":
            days = Field(at=("days",), control="whole", label="Days ahead", absent=0)
            return (_trait(), _is(), days, "days (0 is today)")
        case "identified":
            return (_is(), _text("kind", "Kind of identifier", "identifiers"))
        case "consented":
            given = (Option(value="true", title="agreed to"), Option(value="false", title="withdrew"))
            return (
                _is(),
                Field(at=("given",), control="flag", label="What they said", options=given, absent=True),
                _text("channel", "Channel", "channels"), "about",
                Field(at=("topic",), control="text", label="Topic, empty for the channel as a whole",
                      suggest=("topics",)),
            )  # fmt: skip
        case "reachable":
            return (_is(), _text("channel", "Channel", "channels"))
        case "wished":
            return (_is(), _choice("wish", WISHES))
        case "in_segment":
            return (
                _is(),
                Field(at=("segment",), control="choice", label="Segment or list", suggest=("segments",)),
            )
        case "in_stage":
            approach = Field(
                at=("approach",), control="choice", label="Approach", suggest=("approaches",), reshapes=True
            )
            named = ("stages", str(node.get("approach")))
            stages = Field(at=("stages",), control="ticks", label="Stages", suggest=named)
            return (_is(), "of", approach, ":", stages)
        case "bucket":
            return (
                "is in the random part from", Field(at=("first",), control="whole", label="From", absent=0),
                "up to, without,", _whole("below"), "of 10,000; drawn as", _text("salt", "Name of the draw"),
            )  # fmt: skip
        case _:
            return None


def window(node: Json) -> tuple[Part, ...]:
    """The window's choice and the fields of the one chosen."""
    source = SOURCES.get(str(node.get("of", "")))
    options = AHEAD if source is not None and source.ahead else WINDOWS
    choice = Field(
        at=("window", "is"), control="choice", label="When", options=options, absent="ever", reshapes=True
    )
    chosen = node.get("window")
    kind = chosen.get("is") if isinstance(chosen, Mapping) else "ever"
    return (choice, *_of_window(str(kind)))


def _of_window(kind: str) -> tuple[Part, ...]:  # noqa: PLR0911 - one case a window
    match kind:
        case "last" | "ahead":
            return (_in("days", "whole", "Days"), "days")
        case "last_hours":
            return (_in("hours", "whole", "Hours"), "hours")
        case "between":
            return (
                _in("near", "whole", "From days ago"),
                "and",
                _in("far", "whole", "To days ago"),
                "days ago",
            )
        case "calendar":
            units = _options(day="day", week="week", month="month", quarter="quarter", year="year")
            unit = Field(at=("window", "unit"), control="choice", label="Unit", options=units)
            back = Field(at=("window", "back"), control="whole", label="How many back", absent=0)
            return (unit, ",", back, "back (0 is this one)")
        case "dates":
            return (_in("first", "date", "First day"), "to", _in("last", "date", "Last day"))
        case "since":
            trait = Field(at=("window", "trait"), control="text", label="Trait", suggest=("traits",))
            return (trait,)
        case _:
            return ()


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
        return (_text("of", "Source"), *window(node))
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


def _is() -> Field:
    return Field(at=("is",), control="choice", label="What is asked", reshapes=True)


def _choice(name: str, options: tuple[Option, ...]) -> Field:
    return Field(at=(name,), control="choice", label=name.capitalize(), options=options)


def _whole(name: str) -> Field:
    return Field(at=(name,), control="whole", label=name.replace("_", " ").capitalize())


def _hours() -> Field:
    return Field(at=("within_hours",), control="number", label="Hours")


def _text(name: str, label: str, suggest: str = "") -> Field:
    return Field(at=(name,), control="text", label=label, suggest=(suggest,) if suggest else ())


def _in(name: str, control: Control, label: str) -> Field:
    return Field(at=("window", name), control=control, label=label)


def _trait() -> Field:
    return Field(at=("trait",), control="text", label="Trait", suggest=("traits",))


def _value() -> Field:
    return Field(at=("value",), control="scalar", label="Value", suggest=("trait_values",))


def _values() -> Field:
    return Field(
        at=("values",), control="scalars", label="Values", suggest=("trait_values",), absent=(), wide=True
    )
