"""An event as it is handed in and as it stands in the log, and the declaration of the product's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TYPES = frozenset({"track", "identify", "page", "screen", "group", "alias"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    message_id: str  # The same id twice is one event; the product's own ids are made from what happened.
    type: str = "track"
    name: str  # The event's name for track, else the type.
    occurred_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)  # For identify, the traits.
    user_id: str | None = None
    anonymous_id: str | None = None
    customer_id: int | None = None  # Where it is known; else the sequencer resolves it.
    context: Mapping[str, Any] | None = None
    source: str = "regulars"
    history: bool = False  # True for what an import brings from before the cut-over: nothing may fire.
    schema_version: int = 1
    hops: int = 0  # How many events caused one another before this one; a reader refuses to go on for ever.


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    position: int
    booked_at: datetime
    occurred_at: datetime
    received_at: datetime
    message_id: str
    source: str
    type: str
    name: str
    customer_id: int | None
    properties: dict[str, Any]
    context: dict[str, Any] | None
    history: bool
    schema_version: int
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One of the product's own events, as its room declares it."""

    name: str  # regulars.<room>.<what>
    schema_version: int = 1
    description: str
    properties: dict[str, str]  # Name of the property, and what it means.
