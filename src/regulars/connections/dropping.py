"""File drops over time: which are due, what was picked up, and asking for a look or a file again."""

from dataclasses import dataclass
from datetime import datetime

from regulars import definitions, jobs
from regulars.connections.drop import FILE_DROP, next_look
from regulars.connections.drop_statements import SQL
from regulars.db import Tx, rows, run
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor

PICK_UP = "connections.pick_up"  # A job: {"drop": its key}.
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DropState:
    drop_key: str
    next_look_at: datetime
    looked_at: datetime | None
    found: int
    waiting: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    pickup_id: int
    drop_key: str
    name: str
    size: int
    sha256: str
    picked_at: datetime
    state: str  # handed, same, failed, or asked.
    import_ref: str | None
    moved: bool
    problem: str | None
    same_name: str | None  # Under which name the same content came before.


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    drop_key: str
    next_look_at: datetime


def look_around(tx: Tx, now: datetime, zone: str) -> list[str]:
    """Ask for a look at every drop that is due by the wall clock; gives their keys. Twice at once is once."""
    live = {found.key: found.body.every for found in definitions.all_live(tx, FILE_DROP)}
    for key, every in sorted(live.items()):
        run(tx, SQL.note_drop, drop_key=key, rule=f"{every} {zone}", next_look_at=next_look(every, now, zone))
    found = rows(tx, SQL.due, Due, drop_keys=list(live), now=now) if live else []
    for due in found:
        key = due.drop_key
        run(tx, SQL.set_next, drop_key=key, next_look_at=next_look(live[key], now, zone))
        asked = f"{PICK_UP}:{key}:{due.next_look_at.isoformat()}"
        jobs.defer(tx, PICK_UP, {"drop": key}, requested_by="the schedule", key=asked)
    return [due.drop_key for due in found]


def look_now(tx: Tx, key: str, *, requested_by: str) -> int:
    """Ask for a look at once; gives the job."""
    if definitions.live(tx, FILE_DROP, key) is None:
        raise NotFound(f"There is no file drop {key[:80]!r}.")
    return jobs.defer(tx, PICK_UP, {"drop": key}, requested_by=requested_by)


def ask_again(tx: Tx, key: str, pickup_id: int, *, requested_by: str) -> int:
    """Have a file imported all the same, which had a content that came before or failed; gives the job."""
    if not run(tx, SQL.ask_again, drop_key=key, pickup_id=pickup_id):
        raise NotFound("There is no such file that was left out.")
    return look_now(tx, key, requested_by=requested_by)


def drop_states(tx: Tx) -> dict[str, DropState]:
    return {one.drop_key: one for one in rows(tx, SQL.states, DropState)}


def pickups(tx: Tx, key: str | None = None, *, cursor: str | None = None, limit: int = 50) -> Page[Pickup]:
    """The latest first."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.pickups, Pickup, drop_key=key, before=before, limit=limit + 1)
    more = encode_cursor(found[limit - 1].pickup_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)
