"""The blanks in a programme's sentences: how a value is written into one, and how what was typed is read."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from regulars.console.segments import fields
from regulars.console.segments.drawing import Input
from regulars.console.segments.fields import Option, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank(Input):
    scale: int = 0  # Of an amount: digits after the point.
    zone: str = ""  # Of a moment: the zone it is typed in.


def options(**titles: str) -> tuple[Option, ...]:
    return tuple(Option(value=value, title=title) for value, title in titles.items())


def written(control: str, value: Any, *, scale: int = 0, currency: str = "", zone: str = "") -> str:
    match control, value:
        case "texts", list() | tuple():
            return ", ".join(_quoted(str(one)) for one in value)
        case "amount", int() if not isinstance(value, bool):
            return f"{Decimal(value).scaleb(-scale):f}"
        case "moment", str():
            return _local(value, zone)
        case (("texts" | "amount" | "moment" | "decimal" | "code"), _):
            return "" if value is None else str(value)
        case _:
            return fields.written(control, value, currency)  # type: ignore[arg-type]


def read(blank: Blank, typed: str) -> Any:
    """What was typed as a value; what cannot be read stays as it is typed, for the finding to show."""
    match blank.control:
        case "texts":
            return [_bare(part) for part in parts(typed)]
        case "amount":
            return _units(typed, blank.scale)
        case "decimal" | "code":
            return typed.strip()
        case "moment":
            return _instant(typed, blank.zone)
        case _:
            return fields.read(blank.control, typed, currency=blank.currency)


def _units(typed: str, scale: int) -> int | str:
    """
    >>> _units("1,250", 0), _units("12.5", 2), _units("1.5", 0)
    (1250, 1250, '1.5')
    """
    try:
        number = Decimal(typed.replace(",", "").strip()).scaleb(scale)
        return int(number) if number == int(number) else typed
    except (InvalidOperation, ValueError, OverflowError):
        return typed


def _instant(typed: str, zone: str) -> str | None:
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, KeyError, OSError):
        return typed


def _local(value: str, zone: str) -> str:
    try:
        return f"{datetime.fromisoformat(value).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
    except (ValueError, KeyError, OSError):
        return value


def _quoted(text: str) -> str:
    plain = text == text.strip() and text and not set(text) & set(',"\n')
    return text if plain else json.dumps(text, ensure_ascii=False)


def _bare(part: str) -> str:
    if not part.startswith('"'):
        return part
    try:
        return str(json.loads(part))
    except ValueError:
        return part
