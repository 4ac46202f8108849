"""Windows and days as instants: reckoned here by the calendar, so that engines compare instants alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from regulars.conditions.windows import Ahead, Between, Calendar, Dates, Ever, Last, LastHours, Since, Window

MONTHS = {"month": 1, "quarter": 3, "year": 12}
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start, end) as seen from an instant, and how facts come into it and leave it as time passes."""

    start: datetime | None
    end: datetime
    near: timedelta | None  # A fact comes in once more than this has passed since; None: never.
    far: timedelta | None  # And leaves once more than this has; None: never.
    turns_at: datetime | None = None  # When another span begins to be meant.
    trait: str | None = None  # Which tells, customer by customer, when the span begins.


def span_of(window: Window, at: datetime, zone: str) -> Span:  # noqa: PLR0911 - one case a window
    now = timedelta()
    match window:
        case Ever():
            return Span(start=None, end=at, near=now, far=None)
        case Last(days=days):
            return _rolling(at, now, timedelta(days=days))
        case LastHours(hours=hours):
            return _rolling(at, now, timedelta(hours=hours))
        case Between(near=near, far=far):
            return _rolling(at, timedelta(days=near), timedelta(days=far))
        case Ahead(days=days):
            return _rolling(at, timedelta(days=-days), now)
        case Calendar(unit=unit, back=back):
            return _unit(unit, back, at, zone)
        case Dates(first=first, last=last):
            start = day_start(date.fromisoformat(first), zone) if first else None
            over = day_start(date.fromisoformat(last) + timedelta(days=1), zone) if last else None
            ended = over is not None and over <= at
            return Span(
                start=start, end=over if over and ended else at, near=None if ended else now, far=None
            )
        case Since(trait=trait):
            return Span(start=None, end=at, near=now, far=None, trait=trait)


def _rolling(at: datetime, near: timedelta, far: timedelta) -> Span:
    return Span(start=back(at, far), end=back(at, near), near=near, far=far)


def _unit(unit: str, units: int, at: datetime, zone: str) -> Span:
    first = _first_day(unit, local_day(at, zone))
    start = day_start(_moved(unit, first, -units), zone)
    turns_at = day_start(_moved(unit, first, 1), zone)
    if not units:
        return Span(start=start, end=at, near=timedelta(), far=None, turns_at=turns_at)
    end = day_start(_moved(unit, first, 1 - units), zone)
    return Span(start=start, end=end, near=None, far=None, turns_at=turns_at)


def _first_day(unit: str, day: date) -> date:
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case _:
            months = MONTHS[unit]
            return date(day.year, (day.month - 1) // months * months + 1, 1)


def _moved(unit: str, day: date, units: int) -> date:
    if unit in MONTHS:
        months = day.year * 12 + day.month - 1 + units * MONTHS[unit]
        return date(months // 12, months % 12 + 1, 1)
    return day + timedelta(days=units * (7 if unit == "week" else 1))


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day; of a midnight that the clocks leave out, the first one after it."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def next_midnight(at: datetime, zone: str) -> datetime:
    return day_start(local_day(at, zone) + timedelta(days=1), zone)


def back(at: datetime, far: timedelta) -> datetime:
    """An instant so far back, or the first or last one that can be written."""
    try:
        return at - far
    except OverflowError:
        return LATEST if far < timedelta() else EARLIEST


def days_back(at: datetime, days: float) -> datetime:
    try:
        return back(at, timedelta(days=days))
    except OverflowError:
        return LATEST if days < 0 else EARLIEST


def moved_day(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def returns_within(today: date, days: int) -> list[str]:
    """The months and days, as 02-29, whose next return is at most so many days away."""
    ahead = [today + timedelta(days=n) for n in range(min(days, 366) + 1)]
    found = {f"{day.month:02}-{day.day:02}" for day in ahead}
    for day in ahead:
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:  # noqa: PLR2004 - March
            found.add("02-29")
    return sorted(found)
