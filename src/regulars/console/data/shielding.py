"""Payloads for people: laid out in lines with their paths, contact details concealed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regulars import customers

LINES_MAX = 2_000


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
    value = customers.payload_value(text)
    if value is None:
        plain = text if sees_contacts else customers.conceal_text(text)
        cut = plain.splitlines()[:LINES_MAX]
        return Payload(
            text=plain,
            lines=tuple(PayloadLine(text=line[:LINES_MAX], hit=False) for line in cut),
            masked=plain != text,
            editable=plain == text,
            cut=len(cut) < len(plain.splitlines()),
        )
    safe = value if sees_contacts else customers.conceal(value)
    lines: list[PayloadLine] = []
    for line in _lines(safe, "", 0, ""):
        if len(lines) == LINES_MAX:
            break
        lines.append(PayloadLine(text=line[1], hit=_within(line[0], path)))
    return Payload(
        text=customers.laid_out(safe),
        lines=tuple(lines),
        masked=safe != value,
        editable=True,
        cut=len(lines) == LINES_MAX,
    )


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
    return customers.laid_out(value) if not isinstance(value, str) else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _within(path: str, reason: str) -> bool:
    return bool(reason) and (path == reason or path.startswith((f"{reason}.", f"{reason}[")))
