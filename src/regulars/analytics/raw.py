"""All events as they stand in the log, by position, for another system that follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from pyarrow.dataset import dataset, field

from regulars.analytics.delta import opened
from regulars.analytics.faults import LakeDamaged
from regulars.analytics.hot import READING_LOCK
from regulars.analytics.lake import Lake
from regulars.analytics.place import Place
from regulars.analytics.raw_page import EventsMissing, RawEvent, RawPage
from regulars.analytics.table import EVENTS
from regulars.db import Query, Statements, maybe, rows, run, value

BYTES_MAX = 8 * 1024**2  # Of an answer, before it is compressed; one event alone may be larger.
STEP = 2_500  # Positions read from files at once.
ROW_BYTES = 600  # What an event takes beside its properties and context.


class Sql(Statements, file="raw.sql"):
    head: Query
    recent: Query
    people: Query
    reading: Query
    state: Query
    may_be_removed: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    events: list[RawEvent]
    to: int  # Up to here it is all that the lake has.
    beyond: list[int]  # Positions at which files begin.


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    version: int
    watermark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    customer_id: int
    person_id: int


def raw_events(lake: Lake, *, after: int, limit: int) -> RawPage:
    """What follows a position, in order: at most so many events, fewer where they are large.

    From PostgreSQL where they stand, else from the lake. Only what its retention removed is left out;
    raises EventsMissing when anything else is not there.
    """
    with lake.database.transaction() as tx:
        head = int(value(tx, SQL.head))
        recent = rows(tx, SQL.recent, RawEvent, after=after, to=head, limit=limit, bytes_max=BYTES_MAX)
    if after >= head or (recent and recent[-1].position == after + len(recent)):
        return RawPage(events=recent, after=after, to=after + len(recent), head=head)
    # What is missing in PostgreSQL left it only after it stood in the lake.
    stored = _from_lake(lake, after, min(after + limit, head))
    to = min([stored.to, *(event.position for event in recent[-1:])])
    # Whoever was erased a moment ago may still stand in the lake.
    known = {event.position: event for event in (*stored.events, *recent) if event.position <= to}
    events = [known[position] for position in sorted(known)]
    page = _within_bytes(RawPage(events=events, after=after, to=to, head=head))
    return _accounted(lake, page, [*(event.position for event in recent), *stored.beyond])


def _within_bytes(page: RawPage) -> RawPage:
    size = 0
    for place, event in enumerate(page.events):
        size += len(event.properties) + len(event.context or "") + ROW_BYTES
        if place and size > BYTES_MAX:
            return replace(page, events=page.events[:place], to=event.position - 1)
    return page


def _accounted(lake: Lake, page: RawPage, beyond: Sequence[int]) -> RawPage:
    """The page, once it is certain that what it lacks was removed on purpose."""
    if not page.removed:
        return page
    whole = [event for place, event in enumerate(page.events, page.after + 1) if event.position == place]
    with lake.database.transaction() as tx:
        last_known = whole[-1].position if whole else page.after
        if value(tx, SQL.may_be_removed, position=last_known):
            following = min((one for one in beyond if one > page.to), default=page.head + 1)
            return page if page.events else replace(page, to=max(page.to, following - 1))
    if whole:
        return replace(page, events=whole, to=whole[-1].position)
    there = [one for one in (*(event.position for event in page.events), *beyond) if one > page.after]
    raise _missing(page, there)


def _missing(page: RawPage, there: list[int]) -> EventsMissing:
    goes_on = f"what is there goes on with after={min(there) - 1}" if there else "nothing after it is there"
    return EventsMissing(
        f"Events after {page.after} were asked for, the log goes to {page.head}, and the next one is neither "
        f"in PostgreSQL nor in the lake, and no retention removed it; {goes_on}. `regulars lake status` says "
        "what is wrong."
    )


def _from_lake(lake: Lake, after: int, to: int) -> Stored:
    """The events of (after, to] that stand in the lake."""
    with lake.database.transaction() as tx:
        # Whoever would delete files waits for it; what follows sees what is committed by now.
        run(tx, SQL.reading, lock=READING_LOCK)
        state = maybe(tx, SQL.state, State, name=EVENTS.name)
        delta = None if state is None else opened(lake.place, EVENTS, state.version)
        if state is None or delta is None:
            return Stored(events=[], to=to, beyond=[])
        files = [one for one in delta.files() if one.last_key is None or one.last_key > after]
        spanning = [lake.place.path_of(one.uri) for one in files if (one.first_key or 0) <= to]
        try:
            found, is_cut = _read(lake.place, spanning, after, min(to, state.watermark))
        except (OSError, pa.ArrowException) as cause:
            said = " ".join(str(cause).split())[:300]
            raise LakeDamaged(
                f"A file of the lake cannot be read ({said}). `regulars lake status` says more."
            ) from cause
        atoms = {one["customer_id"] for one in found} - {None}
        people = {one.customer_id: one.person_id for one in rows(tx, SQL.people, Survivor, ids=list(atoms))}
    events = [RawEvent(**one, person_id=people.get(one["customer_id"], one["customer_id"])) for one in found]
    cut = events[-1].position if is_cut else to
    return Stored(events=events, to=cut, beyond=[one.first_key for one in files if one.first_key is not None])


def _read(place: Place, paths: Sequence[str], after: int, to: int) -> tuple[list[dict[str, Any]], bool]:
    """Rows of some files by position, and whether there were more than fit into the bytes of an answer."""
    found: list[dict[str, Any]] = []
    if not paths:
        return found, False
    files = dataset(list(paths), schema=EVENTS.schema(), filesystem=place.filesystem())
    size = 0
    for first in range(after, to, STEP):
        within = (field("position") > first) & (field("position") <= min(first + STEP, to))
        for row in files.to_table(filter=within).sort_by("position").to_pylist():
            size += len(row["properties"]) + len(row["context"] or "") + ROW_BYTES
            if found and size > BYTES_MAX:
                return found, True
            found.append(row)
    return found, False
