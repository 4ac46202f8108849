"""A page of the log as it stands there; what reads it needs an engine, what names it does not."""

from dataclasses import dataclass
from datetime import datetime

from regulars.kernel import Conflict

RAW_EVENTS_MAX = 10_000


class EventsMissing(Conflict):
    """Positions that are neither in PostgreSQL nor in the lake, though nobody removed them."""

    code = "analytics.events_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    position: int
    booked_at: datetime
    occurred_at: datetime
    received_at: datetime
    message_id: str
    source: str
    type: str
    name: str
    customer_id: int | None
    person_id: int | None  # The survivor as of now; a later merge is an event of its own.
    user_id: str | None
    anonymous_id: str | None
    properties: str  # JSON, as the database writes it.
    context: str | None
    history: bool
    schema_version: int
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """All that is left of the positions (after, to]."""

    events: list[RawEvent]
    after: int
    to: int  # Ask after it next time.
    head: int  # The last position there was.

    @property
    def removed(self) -> int:
        """How many of the positions are gone, as their retention was over."""
        return self.to - self.after - len(self.events)
