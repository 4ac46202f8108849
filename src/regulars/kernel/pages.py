"""Result pages: a slice of a list and the cursor to the next."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from regulars.kernel.errors import Invalid

T = TypeVar("T")
CURSOR_SIGNS_MAX = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next: str | None = None  # The cursor of the following page; None on the last.


def encode_cursor(*parts: str | int | datetime | None) -> str:
    """An opaque text that holds the sort keys of the last row shown."""
    plain = [{"t": part.isoformat()} if isinstance(part, datetime) else part for part in parts]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode_cursor(text: str, types: tuple[type, ...]) -> tuple[object, ...]:
    """The sort keys, checked against their types; raises Invalid for anything else."""
    try:
        if len(text) > CURSOR_SIGNS_MAX:
            raise ValueError(text)
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parts = [datetime.fromisoformat(p["t"]) if isinstance(p, dict) else p for p in plain]
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise Invalid("The cursor is not one of ours: leave it out to start from the first page.") from cause
    fits = len(parts) == len(types) and all(type(p) is t for p, t in zip(parts, types, strict=True))
    if not fits or any(isinstance(p, int) and abs(p) >= 2**63 for p in parts):
        raise Invalid("The cursor belongs to another list: leave it out to start from the first page.")
    unstorable = any(isinstance(p, str) and ("\0" in p or _halved(p)) for p in parts)
    if unstorable or any(isinstance(p, datetime) and p.tzinfo is None for p in parts):
        raise Invalid("The cursor is not one of ours: leave it out to start from the first page.")
    return tuple(parts)


def _halved(text: str) -> bool:
    """Whether it holds half of a surrogate pair, which no database keeps."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)
