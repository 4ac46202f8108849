"""What is known of a message besides its own text: who received it, when, and what its source allows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

LATE = timedelta(days=366)
FUTURE = timedelta(minutes=15)
BYTES_MAX = 32 * 1024

Unplanned = Literal["keep", "warn", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message cannot be used, and where in it the reason stands."""

    code: str
    path: str  # As in "properties.lines[2].price"; empty for the whole.
    reason: str


# What the tracking plan finds wrong with an event of this name and these properties; nothing when it fits.
Check = Callable[[str, Mapping[str, Any]], Sequence[Refusal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a source declares of its events."""

    late: timedelta = LATE  # How far back of its arrival an event may lie; history has no such limit.
    future: timedelta = FUTURE
    unplanned: Unplanned = "keep"
    check: Check | None = None
    server: bool = False  # Its word on the catalogue, on addresses and on origin counts; no page's does.


DEFAULT = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    source: str
    received_at: datetime
    sent_at: datetime | None = None  # By the client's clock, which it corrects.
    policy: Policy = field(default=DEFAULT)
    history_before: datetime | None = None  # What occurred before it is history: nothing fires for it.
    bytes_max: int = BYTES_MAX  # Of one message; what is mapped from a large order may be longer.
