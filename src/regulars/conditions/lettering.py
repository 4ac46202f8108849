"""The small parts of sentences: names, values, numbers, spans of time; nothing reads as two things."""

import re
from collections.abc import Iterable

from regulars.conditions.nodes import NumberComparison, Scalar
from regulars.kernel import Money

COMPARED: dict[NumberComparison, str] = {
    "at_least": "at least",
    "at_most": "at most",
    "exactly": "exactly",
    "more_than": "more than",
    "less_than": "less than",
}
HOURS_A_DAY = 24
# Names that need no quotation marks: a word, perhaps with points and the like inside.
PLAIN = re.compile(r"[^\W\d_][\w.\-$/]*")
# Of a quoted text, what would end the quotation, and what cannot be seen.
ESCAPED = re.compile(r"[“”\\\x00-\x1f\x7f-\x9f\u2028\u2029]")
CURRENCY = re.compile(r"[A-Z]{3}")


def quoted(text: str) -> str:
    """In quotation marks; what would end them is escaped, so that one text never reads as two."""
    return f"“{ESCAPED.sub(_escape, text)}”"


def _escape(found: re.Match[str]) -> str:
    sign = found.group()
    return f"\\{sign}" if sign in "“”\\" else f"\\u{ord(sign):04x}"


def named(text: str) -> str:
    """A name, bare where it is a word."""
    return text if PLAIN.fullmatch(text) else quoted(text)


def value_words(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return quoted(value) if isinstance(value, str) else number(value)


def values_words(values: Iterable[Scalar]) -> str:
    return ", ".join(value_words(value) for value in values)


def number(value: float) -> str:
    """1,000 and 1,000.0 are one number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}"


def amount(minor: float, currency: str | None) -> str:
    if currency is not None and CURRENCY.fullmatch(currency):
        if float(minor).is_integer():
            return Money(int(minor), currency).format()
        return f"{number(minor)} minor units of {currency}"
    return f"{number(minor)} in minor units" if minor else "0"


def times(count: float) -> str:
    return "once" if count == 1 else f"{number(count)} times"


def days_words(days: float) -> str:
    return "1 day" if days == 1 else f"{number(days)} days"


def hours_words(hours: float) -> str:
    """Two days rather than 48 hours."""
    if hours % HOURS_A_DAY == 0:
        return days_words(hours // HOURS_A_DAY)
    return "1 hour" if hours == 1 else f"{number(hours)} hours"


def article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
