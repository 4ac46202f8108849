"""Payloads for people: lines with their paths; contact details masked, and unmasked where they stayed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from regulars import customers
from regulars.events import Refusal, parse_json

LINES_MAX = 2_000
ADDRESS = re.compile(r"[^\s@\"'<>,;:()\[\]{}=]+@[^\s@\"'<>,;:()\[\]{}=]+")
PHONE = re.compile(r"(?<![\w.-])\+[0-9][0-9 ().-]{6,}[0-9]")
ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadLine:
    text: str
    hit: bool  # The place of the reason, or within it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    text: str  # To edit; laid out where it is JSON.
    lines: tuple[PayloadLine, ...]
    masked: bool
    editable: bool
    cut: bool  # There are more lines than are shown.


def shown(text: str, *, path: str, sees_contacts: bool) -> Payload:
    value = _value(text)
    if value is None:
        plain = text if sees_contacts else mask_text(text)
        cut = plain.splitlines()[:LINES_MAX]
        return Payload(
            text=plain,
            lines=tuple(PayloadLine(text=line[:LINES_MAX], hit=False) for line in cut),
            masked=plain != text,
            editable=plain == text,
            cut=len(cut) < len(plain.splitlines()),
        )
    safe = value if sees_contacts else mask(value)
    lines: list[PayloadLine] = []
    for line in _lines(safe, "", 0, ""):
        if len(lines) == LINES_MAX:
            break
        lines.append(PayloadLine(text=line[1], hit=_within(line[0], path)))
    return Payload(
        text=written(safe),
        lines=tuple(lines),
        masked=safe != value,
        editable=True,
        cut=len(lines) == LINES_MAX,
    )


def merged(edited: str, original: str, *, sees_contacts: bool) -> str:
    """What was edited, with what stayed masked as it was."""
    if sees_contacts:
        return edited
    after, before = _value(edited), _value(original)
    if after is None or before is None:
        return edited
    return written(_unmasked(after, mask(before), before))


def _value(text: str) -> Any:
    value = parse_json(text)
    return value if isinstance(value, dict | list) and not isinstance(value, Refusal) else None


def written(value: Any) -> str:
    """Laid out, with numbers exactly as they came."""
    try:
        return msgspec.json.format(ENCODER.encode(value), indent=2).decode()
    except (UnicodeEncodeError, ValueError, OverflowError, TypeError):
        return json.dumps(value, indent=2, default=str)


def mask(value: Any) -> Any:
    """Contact details masked by the names of fields, and addresses and numbers wherever they stand."""
    if isinstance(value, dict):
        return _texts(customers.masked_values(value))
    if isinstance(value, list):
        return [mask(one) for one in value]
    return _texts(value)


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    return [_texts(one) for one in value] if isinstance(value, list) else value


def mask_text(text: str) -> str:
    for pattern in (ADDRESS, PHONE):
        text = pattern.sub(lambda found: customers.masked_text(found.group()) or "", text)
    return text


def _unmasked(after: Any, masked: Any, before: Any) -> Any:
    if isinstance(after, dict) and isinstance(masked, dict):
        return {
            name: _unmasked(one, masked[name], before[name]) if name in masked else one
            for name, one in after.items()
        }
    if isinstance(after, list) and isinstance(masked, list) and len(after) == len(masked):
        return [_unmasked(one, *pair) for one, *pair in zip(after, masked, before, strict=True)]
    return before if type(after) is type(masked) and after == masked else after


def _lines(value: Any, path: str, level: int, lead: str) -> Iterator[tuple[str, str]]:
    """(path, text) of each line of a value laid out as JSON."""
    pad = "  " * level
    if isinstance(value, dict | list) and value:
        named = value.items() if isinstance(value, dict) else enumerate(value)
        ends = "{}" if isinstance(value, dict) else "[]"
        yield path, f"{pad}{lead}{ends[0]}"
        for place, (name, one) in enumerate(named, 1):
            is_key = isinstance(name, str)
            below = (f"{path}.{name}" if path else str(name)) if is_key else f"{path}[{name}]"
            inner = list(_lines(one, below, level + 1, f"{_scalar(name)}: " if is_key else ""))
            if place < len(value):
                inner[-1] = (inner[-1][0], inner[-1][1] + ",")
            yield from inner
        yield path, f"{pad}{ends[1]}"
    else:
        yield path, f"{pad}{lead}{_scalar(value)}"


def _scalar(value: Any) -> str:
    return written(value) if not isinstance(value, str) else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _within(path: str, reason: str) -> bool:
    return bool(reason) and (path == reason or path.startswith((f"{reason}.", f"{reason}[")))
