"""Windows, days and texts of dates, plainly: by the calendar of Python, minute by minute where it must be."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars.conditions import windows as w

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(\.\d{1,6})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)", re.ASCII
)
FIRST, LAST = date(1, 1, 3), date(9999, 12, 29)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def day_of(value: Any, zone: str) -> date | None:
    """The local day of a moment, or the day that a text tells; None of anything else."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).date()
    if isinstance(value, str) and DATE.fullmatch(value):
        return _or_none(lambda: date.fromisoformat(value))
    moment = _moment(value)
    return None if moment is None else day_of(moment, zone)


def moment_of(value: Any, zone: str) -> datetime | None:
    """The moment a text tells; of a day, its first."""
    if isinstance(value, str) and DATE.fullmatch(value):
        day = _or_none(lambda: date.fromisoformat(value))
        return None if day is None else begin(day, zone)
    return _moment(value)


def _moment(value: Any) -> datetime | None:
    told = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if told is None:
        return None
    day, minute, second, _, offset = told.groups()
    sign = "+00:00" if offset == "Z" else offset
    return _or_none(lambda: datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{sign}").astimezone(UTC))


def _or_none(read: Any) -> Any:
    try:
        return read()
    except (ValueError, OverflowError):
        return None


def begin(day: date, zone: str) -> datetime:
    """The first instant of a local day, also where the clocks go forward at midnight."""
    if (
        not FIRST < day < LAST
    ):  # As far as Python's calendar goes; before, and after, everything that happens.
        return datetime.combine(day, time(), tzinfo=UTC)
    here = ZoneInfo(zone)
    found = datetime.combine(day, time(), tzinfo=here).astimezone(UTC)
    while found.astimezone(here).date() < day:
        found += timedelta(minutes=1)
    while (found - timedelta(minutes=1)).astimezone(here).date() >= day:
        found -= timedelta(minutes=1)
    return found


def span_of(  # noqa: PLR0911 - one case a window
    window: w.Window, at: datetime, zone: str, since: datetime | None
) -> tuple[datetime | None, datetime]:
    """The first instant that counts, if any, and the first that does not any more."""
    match window:
        case w.Ever():
            return None, at
        case w.Last(days=days):
            return at - timedelta(days=days), at
        case w.LastHours(hours=hours):
            return at - timedelta(hours=hours), at
        case w.Between(near=near, far=far):
            return at - timedelta(days=far), at - timedelta(days=near)
        case w.Calendar(unit=unit, back=back):
            today = at.astimezone(ZoneInfo(zone)).date()
            first, after = unit_of(today, unit, back)
            return begin(first, zone), min(at, begin(after, zone))
        case w.Dates(first=first, last=last):
            start = begin(date.fromisoformat(first), zone) if first else None
            end = begin(date.fromisoformat(last) + timedelta(days=1), zone) if last else at
            return start, min(at, end)
        case w.Since():
            return since, at
        case w.Ahead(days=days):
            # The only one that looks ahead.
            return at, at + timedelta(days=days)


def unit_of(today: date, unit: str, back: int) -> tuple[date, date]:
    """First day of a unit and first day after it, so many units before the one of today."""
    if unit == "day":
        first = today - timedelta(days=back)
        return first, first + timedelta(days=1)
    if unit == "week":
        first = today - timedelta(days=today.weekday() + 7 * back)
        return first, first + timedelta(days=7)
    months = MONTHS[unit]
    number = (today.year * 12 + today.month - 1) // months - back
    return _month(number * months), _month((number + 1) * months)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
