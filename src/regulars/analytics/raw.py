"""All events as they stand in the log, by position, for another system that follows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from pyarrow.dataset import dataset, field

from regulars.analytics.delta import opened
from regulars.analytics.hot import READING_LOCK
from regulars.analytics.lake import Lake
from regulars.analytics.place import Place
from regulars.analytics.table import EVENTS
from regulars.db import Database, Query, Statements, maybe, rows, run, value
from regulars.kernel import Conflict

RAW_EVENTS_MAX = 10_000
BYTES_MAX = 8 * 1024**2  # Of an answer, before it is compressed; one event alone may be larger.
STEP = 2_500  # Positions read from files at once.
ROW_BYTES = 600  # What an event takes beside its properties and context.


class Sql(Statements, file="raw.sql"):
    head: Query
    recent: Query
    people: Query
    reading: Query
    state: Query


SQL = Sql()


class EventsMissing(Conflict):
    """Positions that are neither in PostgreSQL nor in the lake: nothing is passed over in silence."""

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
class State:
    version: int
    watermark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    customer_id: int
    person_id: int


def log_head(database: Database) -> int:
    """The last position there is; every smaller one is committed."""
    with database.transaction() as tx:
        return int(value(tx, SQL.head))


def raw_events(lake: Lake, *, after: int, limit: int) -> list[RawEvent]:
    """What follows a position, without a gap: at most so many, fewer where they are large.

    From PostgreSQL where they stand, else from the lake; raises EventsMissing rather than leave one out.
    """
    with lake.database.transaction() as tx:
        found = rows(tx, SQL.recent, RawEvent, after=after, limit=limit, bytes_max=BYTES_MAX)
        last = int(value(tx, SQL.head))
    ready = _unbroken(found, after)
    if last <= after or (ready and len(ready) == len(found)):
        return ready
    # What is missing in PostgreSQL left it only after it stood in the lake.
    stored, following = _from_lake(lake, after, min(after + limit, last))
    chosen = max(ready, _unbroken(stored, after), key=len)
    if not chosen:
        raise _missing(after, last, [*(event.position for event in found[:1]), *following])
    return chosen


def _unbroken(found: Iterable[RawEvent], after: int) -> list[RawEvent]:
    numbered = takewhile(lambda pair: pair[1].position == pair[0], enumerate(found, after + 1))
    return [event for _, event in numbered]


def _missing(after: int, last: int, there: list[int]) -> EventsMissing:
    goes_on = f"what is there goes on with after={min(there) - 1}" if there else "nothing after it is there"
    return EventsMissing(
        f"Events after {after} were asked for and the log goes to {last}, but the next one is neither in "
        f"PostgreSQL nor in the lake; {goes_on}. Its retention may be over; `regulars lake status` says more."
    )


def _from_lake(lake: Lake, after: int, to: int) -> tuple[list[RawEvent], list[int]]:
    """The events of (after, to] that stand in the lake, and the next position beyond that does, if any."""
    with lake.database.transaction() as tx:
        # Whoever would delete files waits for it; what follows sees what is committed by now.
        run(tx, SQL.reading, lock=READING_LOCK)
        state = maybe(tx, SQL.state, State, name=EVENTS.name)
        delta = None if state is None else opened(lake.place, EVENTS, state.version)
        if state is None or delta is None:
            return [], []
        to = min(to, state.watermark)
        files = [one for one in delta.files() if (one.last_key or to) > after]
        spanning = [lake.place.path_of(one.uri) for one in files if (one.first_key or 0) <= to]
        found = _read(lake.place, spanning, after, to)
        people = {
            one.customer_id: one.person_id
            for one in rows(
                tx, SQL.people, Survivor, ids=list({one["customer_id"] for one in found} - {None})
            )
        }
    following = [max(one.first_key, after + 1) for one in files if one.first_key is not None]
    events = [RawEvent(**one, person_id=people.get(one["customer_id"], one["customer_id"])) for one in found]
    return events, following


def _read(place: Place, paths: Sequence[str], after: int, to: int) -> list[dict[str, Any]]:
    """Rows of some files by position, as far as they stay within the bytes of an answer."""
    if not paths or to <= after:
        return []
    files = dataset(list(paths), schema=EVENTS.schema(), filesystem=place.filesystem())
    found: list[dict[str, Any]] = []
    size = 0
    for first in range(after, to, STEP):
        within = (field("position") > first) & (field("position") <= min(first + STEP, to))
        for row in files.to_table(filter=within).sort_by("position").to_pylist():
            size += len(row["properties"]) + len(row["context"] or "") + ROW_BYTES
            if found and size > BYTES_MAX:
                return found
            found.append(row)
    return found
