"""A window in words, as it follows what happened in it."""

from typing import assert_never

from regulars.conditions.lettering import days_words, named
from regulars.conditions.windows import (
    Ahead,
    Between,
    Calendar,
    Dates,
    Ever,
    Last,
    LastHours,
    Since,
    Unit,
    Window,
)

THIS: dict[Unit, str] = {"day": "today"}
LAST: dict[Unit, str] = {"day": "yesterday"}


def window_words(window: Window) -> str:  # noqa: PLR0911 - one case a window
    """With a space before it; nothing for all time.

    >>> window_words(Last(days=30))
    ' in the last 30 days'
    """
    match window:
        case Ever():
            return ""
        case Last(days=days):
            return f" in the last {days_words(days)}"
        case LastHours(hours=hours):
            return f" in the last {hours:,} hour{'' if hours == 1 else 's'}"
        case Between(near=near, far=far):
            return f" between {near} and {days_words(far)} ago"
        case Calendar(unit=unit, back=back):
            return f" {_calendar(unit, back)}"
        case Dates():
            return _dates(window)
        case Since(trait=trait):
            return f" since their {named(trait)}"
        case Ahead(days=days):
            return f" in the next {days_words(days)}"
        case _ as never:
            assert_never(never)


def _calendar(unit: Unit, back: int) -> str:
    if back == 0:
        return THIS.get(unit, f"this {unit}")
    if back == 1:
        return LAST.get(unit, f"in the {unit} before this one")
    return f"in the {unit} {back:,} {unit}s ago" if unit != "day" else f"on the day {days_words(back)} ago"


def _dates(window: Dates) -> str:
    if not window.last:
        return f" from {window.first} on"
    if not window.first:
        return f" until {window.last}"
    return f" on {window.last}" if window.first == window.last else f" from {window.first} to {window.last}"
