"""The three times: when it occurred, when it was booked, and the wall clock; and local calendar bounds.

`occurred_at` is the client's, `booked_at` the monotone business clock, and the wall clock serves leases,
sessions and jobs. Calendar bounds are computed here and handed to SQL as instants.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def local_instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a local wall time, in UTC.

    A time that a clock change skips is moved forward by the length of the gap; one that happens twice
    means the first (PEP 495, fold 0).
    """
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open span [start, end) of a local day."""
    return local_instant(day, time(), zone), local_instant(day + timedelta(days=1), time(), zone)


def month_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open span [start, end) of the local month that holds the day."""
    first = day.replace(day=1)
    return local_instant(first, time(), zone), local_instant(add_months(first, 1), time(), zone)


def add_months(day: date, months: int) -> date:
    """The same day some months on, clipped to the month's last day.

    >>> add_months(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))
