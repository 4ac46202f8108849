"""Events as they arrive: the newest of the log, whole, for people who watch a source."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Query, Statements, Tx, maybe, rows
from regulars.kernel import NotFound, public_id

WITHIN = 20_000  # So far back a rare event is looked for: what watches must stay cheap.


class Sql(Statements, file="arriving.sql"):
    latest: Query
    one: Query
    examples: Query


SQL = Sql()


class EventNotFound(NotFound):
    code = "events.not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    position: int
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    position: int
    booked_at: datetime
    occurred_at: datetime
    received_at: datetime
    message_id: str
    source: str
    type: str
    name: str
    customer_id: int | None
    user_id: str | None
    anonymous_id: str | None
    properties: dict[str, Any]  # For identify, the traits. With contact details: mask them before showing.
    context: dict[str, Any] | None
    history: bool

    @property
    def public_id(self) -> str:
        return public_id("evt", self.position)


def latest(
    tx: Tx, *, source: str | None = None, name: str | None = None, after: int = 0, limit: int = 50
) -> list[Arrived]:
    """The newest first, of the last 20,000 events and after a position."""
    return rows(tx, SQL.latest, Arrived, source=source, name=name, after=after, within=WITHIN, limit=limit)


def event_at(tx: Tx, position: int) -> Arrived:
    found = maybe(tx, SQL.one, Arrived, position=position)
    if found is None:
        raise EventNotFound(f"There is no event {public_id('evt', position)}.")
    return found


def examples(tx: Tx, positions: Collection[int]) -> dict[int, dict[str, Any]]:
    """The properties at some positions; with contact details: mask them before showing."""
    found = rows(tx, SQL.examples, Example, positions=list(positions))
    return {one.position: one.properties for one in found}
