"""Conversions of single values: text, number, money, time, true or false. Amounts stay exact."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.connections.paths import NOTHING

NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")
AMOUNT_MAX = Decimal(10) ** 15
SECONDS_BELOW = 100_000_000_000  # A larger number is milliseconds.
YES, NO = frozenset({"true", "yes", "y", "1", "on"}), frozenset({"false", "no", "n", "0", "off"})
TEXT_MAX = 60


class NotConvertible(ValueError):
    """With what was expected and what was found; never leaves the room."""


def _found(value: Any) -> str:
    return f"{value if isinstance(value, str) else as_shown(value)}"[:TEXT_MAX]


def as_shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else repr(value)


def as_text(value: Any) -> str:
    """Ids come as numbers from one system and as text from another; both are the same text here."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 50 else str(value)  # noqa: PLR2004 - 1e999
    raise NotConvertible(f"A text was expected, {_found(value)} was found.")


def as_number(value: Any) -> Decimal:
    """An exact number, of a number or of a text such as "403.00"."""
    if isinstance(value, bool):
        raise NotConvertible(f"A number was expected, {_found(value)} was found.")
    if isinstance(value, int):
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = value
    else:
        text = value.strip() if isinstance(value, str) else ""
        if not NUMBER.fullmatch(text):
            raise NotConvertible(f"A number such as 12.30 was expected, {_found(value)!r} was found.")
        number = Decimal(text)
    try:
        if abs(number) < AMOUNT_MAX and number == number.quantize(Decimal("1e-12")):
            return number
    except InvalidOperation:
        pass
    raise NotConvertible(f"A number below {AMOUNT_MAX:,.0f} was expected, {_found(value)} was found.")


def _number_or_nothing(value: Any) -> Any:
    if value == "":
        return NOTHING
    number = as_number(value)
    whole = isinstance(value, int) or number == number.to_integral_value()
    return int(number) if whole else number


def _money(value: Any) -> Any:
    return NOTHING if value == "" else as_number(value)


def _time(value: Any) -> Any:
    """ISO 8601, or seconds or milliseconds since 1970; without a zone when the text has none."""
    if value == "":
        return NOTHING
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value.strip())
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            seconds = number if abs(number) < SECONDS_BELOW else number / 1000
            return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise NotConvertible(f"A time such as 2026-03-01T12:00:00Z was expected, {_found(value)!r} was found.")


def _bool(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    if text == "":
        return NOTHING
    raise NotConvertible(f"True or false was expected, {_found(value)!r} was found.")


def _trim(value: Any) -> Any:
    return as_text(value).strip() or NOTHING


def _lower(value: Any) -> Any:
    return as_text(value).strip().lower() or NOTHING


def _upper(value: Any) -> Any:
    return as_text(value).strip().upper() or NOTHING


def _words(value: Any) -> Any:
    """A text with commas as a list, as tags come."""
    return [word for part in as_text(value).split(",") if (word := part.strip())] or NOTHING


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "text": as_text,
    "number": _number_or_nothing,
    "money": _money,
    "time": _time,
    "bool": _bool,
    "trim": _trim,
    "lower": _lower,
    "upper": _upper,
    "words": _words,
}
