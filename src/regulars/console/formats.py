"""How numbers, money, points and times read on a page."""

import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from regulars.access import function_words, level_words
from regulars.kernel import Money, Points, minor_digits

NOTHING = "–"
SIGN = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
Numeric = float | Decimal
# The first sign that fits counts: most browsers also say the names of older ones.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """What times are shown in and counted from while one page is rendered."""

    zone: str = "UTC"
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)  # The business clock.
    wall: datetime = datetime(1970, 1, 1, tzinfo=UTC)


LOCALE: ContextVar[Locale] = ContextVar("locale", default=Locale())  # noqa: B039 - Locale is frozen.


def number(value: Numeric | None, digits: int = 0) -> str:
    """1204 as "1,204"; nothing as a dash; a real minus sign."""
    if value is None:
        return NOTHING
    return f"{value:,.{digits}f}".replace("-", "−")


def short(value: Numeric | None) -> str:
    """4596039 as "4.6 M": for a figure whose exact value stands elsewhere."""
    if value is None:
        return NOTHING
    for size, unit in ((1_000_000_000, "bn"), (1_000_000, "M"), (10_000, "k")):
        if abs(float(value)) >= size:
            divisor = 1000 if unit == "k" else size
            return f"{number(float(value) / divisor, 1)} {unit}"
    return number(value)


def money(value: Money | None, *, whole: bool = False) -> str:
    """The amount with its currency's sign, or its code where the sign would be unclear."""
    if value is None:
        return NOTHING
    digits = 0 if whole else minor_digits(value.currency)
    text = number(abs(value.decimal), digits)
    sign = "−" if value.minor < 0 else ""
    symbol = SIGN.get(value.currency)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {value.currency}"


def points(value: Points | None, *, signed: bool = False) -> str:
    if value is None:
        return NOTHING
    amount = number(Decimal(value.amount).scaleb(-value.scale), value.scale)
    plus = "+" if signed and value.amount > 0 else ""
    return f"{plus}{amount} {value.currency}"


def percent(value: Numeric | None, digits: int = 1) -> str:
    """A share: 0.123 as "12.3%"."""
    return NOTHING if value is None else f"{number(float(value) * 100, digits)}%"


def change(value: Numeric | None, digits: int = 1) -> str:
    """A difference between two shares or against the period before, always with its sign."""
    if value is None:
        return NOTHING
    return ("+" if value > 0 else "") + percent(value, digits)


def count_of(value: int | None, one: str, many: str | None = None) -> str:
    """1204 with "customer" as "1,204 customers"."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(LOCALE.get().zone))


def _time(value: datetime, text: str) -> Markup:
    local = _local(value)
    exact = f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} {LOCALE.get().zone}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), exact, text)


def day(value: date | datetime | None) -> str:
    """A calendar day; an instant is shown as the reader's day."""
    if value is None:
        return NOTHING
    local = _local(value) if isinstance(value, datetime) else value
    return f"{local.day} {local:%b %Y}"


def when(value: datetime | None) -> str | Markup:
    """Day and time in the reader's zone; the exact instant is its title."""
    return NOTHING if value is None else _time(value, f"{day(value)}, {_local(value):%H:%M}")


def clock_time(value: datetime | None) -> str | Markup:
    """The time of day alone, under a heading that has the day."""
    return NOTHING if value is None else _time(value, f"{_local(value):%H:%M}")


def ago(value: datetime | None, *, wall: bool = False) -> str | Markup:
    """The distance from the business clock, or from the wall clock for sessions and jobs."""
    if value is None:
        return NOTHING
    locale = LOCALE.get()
    return _time(value, distance(value, locale.wall if wall else locale.now))


def iso_day_before(value: datetime) -> str:
    """The last whole day of a span that ends there, as a date field wants it."""
    return _local(value - timedelta(microseconds=1)).date().isoformat()


def brief(value: object, most: int = 160) -> str:
    """Any stored value as one short line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"


def distance(value: datetime, now: datetime) -> str:
    """In words.

    >>> distance(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 4, tzinfo=UTC))
    '3 days ago'
    """
    gap = now - value
    past, size = gap >= timedelta(), abs(gap)
    if size < timedelta(minutes=1):
        return "just now" if past else "in a moment"
    text = _size(size)
    return f"{text} ago" if past else f"in {text}"


def _size(size: timedelta) -> str:
    days = size.days
    for length, unit in ((730, 365), (60, 30)):
        if days >= length:
            return count_of(days // unit, "year" if unit == 365 else "month")  # noqa: PLR2004 - days of a year.
    if days:
        return count_of(days, "day")
    hours, minutes = size.seconds // 3600, size.seconds // 60
    return count_of(hours, "hour") if hours else count_of(minutes, "minute")


def browser_words(agent: str) -> str:
    """What a browser calls itself, as people call it.

    >>> browser_words("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36")
    'Chrome on Linux'
    """
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or brief(agent, 60) or "an unnamed program"


FILTERS = {
    "number": number,
    "short": short,
    "money": money,
    "points": points,
    "percent": percent,
    "change": change,
    "count_of": count_of,
    "day": day,
    "when": when,
    "ago": ago,
    "clock_time": clock_time,
    "iso_day_before": iso_day_before,
    "brief": brief,
    "browser_words": browser_words,
    "function_words": function_words,
    "level_words": level_words,
}
