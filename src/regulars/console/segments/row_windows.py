"""The window of a row: its choice, and the fields of the one chosen."""

from collections.abc import Mapping

from regulars.conditions import SOURCES
from regulars.console.segments.choices import AHEAD, WINDOWS, options
from regulars.console.segments.row_field import Field, Json, Part, window_field

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
LAST_30: Json = {"is": "last", "days": 30}


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
            return (window_field("days", "whole", "Days"), "days")
        case "last_hours":
            return (window_field("hours", "whole", "Hours"), "hours")
        case "between":
            return (
                window_field("near", "whole", "From days ago"),
                "and",
                window_field("far", "whole", "To days ago"),
                "days ago",
            )
        case "calendar":
            units = options(day="day", week="week", month="month", quarter="quarter", year="year")
            unit = Field(at=("window", "unit"), control="choice", label="Unit", options=units)
            back = Field(at=("window", "back"), control="whole", label="How many back", absent=0)
            return (unit, ",", back, "back (0 is this one)")
        case "dates":
            return (
                window_field("first", "date", "First day"),
                "to",
                window_field("last", "date", "Last day"),
            )
        case "since":
            trait = Field(at=("window", "trait"), control="text", label="Trait", suggest=("traits",))
            return (trait,)
        case _:
            return ()
