"""Start and validity policies: so many seconds, days, months or years on, rounded in the programme's zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from regulars.kernel import add_months, local_instant

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months", "years"]
Rounding = Literal[
    "none",
    "start_of_day",
    "end_of_day",
    "end_of_week",
    "end_of_month",
    "end_of_quarter",
    "end_of_half_year",
    "end_of_year",
]
MONTHS_OF = {"end_of_month": 1, "end_of_quarter": 3, "end_of_half_year": 6, "end_of_year": 12}
ORDINALS = (
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip
SECONDS_OF = {"seconds": 1, "minutes": 60, "hours": 3600}


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    count: int
    unit: Unit
    round_to: Rounding = "none"


def shifted(instant: datetime, period: Period, zone: str) -> datetime:
    """The instant at which the period is over, in UTC; an end of something is the first instant after it.

    Months clip to the last day (31 January and 1 month is 28 February); unrounded, the wall time stays the
    same across a change of the clocks, except of hours and less, which are as long as they are.
    """
    if period.unit in SECONDS_OF:
        instant = instant.astimezone(UTC) + timedelta(seconds=period.count * SECONDS_OF[period.unit])
        if period.round_to == "none":
            return instant
        period = Period(count=0, unit="days", round_to=period.round_to)
    local = instant.astimezone(ZoneInfo(zone))
    if period.round_to == "none":
        return local_instant(_later(local.date(), period), local.time(), zone)
    return _rounded(local.date(), period, zone)


@lru_cache(maxsize=4096)
def _rounded(start: date, period: Period, zone: str) -> datetime:
    day = _later(start, period)
    if period.round_to != "start_of_day":
        day = _day_after(day, period.round_to)
    return local_instant(day, time(), zone)


def _later(day: date, period: Period) -> date:
    if period.unit in ("days", "weeks"):
        return day + timedelta(days=period.count * (7 if period.unit == "weeks" else 1))
    return add_months(day, period.count * (12 if period.unit == "years" else 1))


def _day_after(day: date, rounding: Rounding) -> date:
    """The first day after the day, week, month ... that holds this day; weeks end on Sunday."""
    if rounding == "end_of_day":
        return day + timedelta(days=1)
    if rounding == "end_of_week":
        return day + timedelta(days=7 - day.weekday())
    months = MONTHS_OF[rounding]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return add_months(first, months)


def in_words(period: Period) -> str:
    """As in "to the end of the sixth month after" or "for 30 days"."""
    if period.round_to in ("none", "start_of_day"):
        suffix = "" if period.round_to == "none" else ", from the start of the day"
        return f"{counted(period)}{suffix}"
    span = period.round_to.removeprefix("end_of_").replace("_", "-")
    if period.unit == f"{span}s":
        return (
            f"the end of the {ordinal(period.count)} {span} after"
            if period.count
            else f"the end of the {span}"
        )
    return f"the end of the {span} that is {counted(period)} after"


def counted(period: Period) -> str:
    return f"{period.count} {period.unit.removesuffix('s')}{'' if period.count == 1 else 's'}"


def ordinal(number: int) -> str:
    return ORDINALS[number] if number < len(ORDINALS) else f"{number}th"
