"""The fields of the builder: how a value of a condition is written, and how what was typed is read.

What was not touched is never read back: it stays as it was, whatever it is.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from regulars.kernel import Invalid, Money, minor_digits

Control = Literal[
    "choice", "flag", "whole", "number", "text", "scalar", "scalars", "minor", "date", "ticks", "json",
    "texts", "amount", "moment", "decimal", "code",
]  # fmt: skip
Known = Literal["", "text", "number", "boolean"]  # The type that the data have.
_NUMBER = re.compile(r"[+-]?(\d[\d,]*)?(\.\d+)?([eE][+-]?\d{1,3})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    title: str
    group: str = ""


def written(control: Control, value: Any, currency: str = "") -> str:  # noqa: PLR0911 - one case a control
    """A value as the field shows it."""
    match control, value:
        case "json", _:
            return json.dumps(value, ensure_ascii=False, indent=1)
        case "flag", bool():
            return "true" if value else "false"
        case (("scalars" | "ticks"), list() | tuple()):
            return ", ".join(_quoted(one, several=True) for one in value)
        case "minor", int() if currency and not isinstance(value, bool):
            return f"{Decimal(value).scaleb(-minor_digits(currency)):f}"
        case (("choice" | "text" | "date"), str()):
            return json.dumps(value, ensure_ascii=False) if _ODD.search(value) else value
        case _, None:
            return ""
        case _:
            return _quoted(value)


def read(  # noqa: PLR0911 - one case a control
    control: Control, typed: str, *, known: Known = "", currency: str = ""
) -> Any:
    """What was typed as a value; what cannot be read stays as it is typed, for the finding to show."""
    match control:
        case "json":
            return _json(typed)
        case "flag":
            return {"true": True, "false": False}.get(typed, typed)
        case "whole" | "number":
            return number(typed)
        case "minor":
            return _minor(typed, currency)
        case "scalar":
            return scalar(typed, known)
        case "scalars":
            return [scalar(part, known) for part in parts(typed)]
        case _:
            return _json(typed) if typed.startswith('"') else typed


def number(typed: str) -> int | float | str:
    """
    >>> number("1,204"), number("2.5"), number("many")
    (1204, 2.5, 'many')
    """
    bare = typed.strip()
    if not any(sign.isdigit() for sign in bare) or not _NUMBER.fullmatch(bare):
        return typed
    plain = bare.replace(",", "")
    return int(plain) if plain.lstrip("+-").isdigit() else float(plain)


def scalar(typed: str, known: Known = "") -> Any:
    """A text, a number or true and false; in quotes it is a text, whatever it looks like.

    >>> scalar("Gold"), scalar("12"), scalar('"12"'), scalar("12", "text"), scalar("true")
    ('Gold', 12, '12', '12', True)
    """
    bare = typed.strip()
    if bare.startswith('"'):
        return _json(bare)
    if known == "text":
        return typed
    if bare in ("true", "false") or (known == "boolean" and bare in ("yes", "no")):
        return bare in ("true", "yes")
    found = number(typed)
    return typed if isinstance(found, str) else found


def parts(typed: str) -> list[str]:
    """What stands between the commas, or on lines of its own; a comma inside quotes is of its text."""
    found = re.findall(r'\s*"(?:[^"\\]|\\.)*"\s*(?=[,\n]|$)|[^,\n]+', typed)
    return [part.strip() for part in found if part.strip()]


def is_date(value: Any) -> bool:
    return value == "" or (isinstance(value, str) and _DATE.fullmatch(value) is not None)


def same(typed: str, shown: str) -> bool:
    """Browsers write the end of a line in their own way, and leave ends out of one-line fields."""
    return typed.replace("\r\n", "\n") == shown


def _quoted(value: Any, *, several: bool = False) -> str:
    """A value so that it is read as the same again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)
    plain = not _ODD.search(value) and scalar(value) == value and not value.startswith('"')
    unlisted = several and ("," in value or not value or '"' in value)
    return value if plain and not unlisted else json.dumps(value, ensure_ascii=False)


def _json(typed: str) -> Any:
    try:
        return json.loads(typed)
    except ValueError:
        return typed


def _minor(typed: str, currency: str) -> Any:
    amount = typed.replace(",", "").strip()
    if not currency:
        return number(typed)
    try:
        return Money.parse(amount, currency).minor
    except Invalid:
        return typed


def without_doubles(options: Sequence[Option]) -> tuple[Option, ...]:
    return tuple({one.value: one for one in reversed(options)}.values())[::-1]
