"""Making a file: one snapshot, written whole, kept here or brought to its place.

Killed at any moment, the next try finds what is done: a file without its name is nothing, a written one is
brought, one that was brought is brought again under the same name.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import set_json_loads

from regulars import access, audit, definitions, jobs
from regulars.access import Actor
from regulars.db import Database, Tx, run, value, values
from regulars.exports.asking import CONTACTS, EXPORT, SUBJECT, Wanted, judged, read
from regulars.exports.body import ExportBody, file_name
from regulars.exports.desk import Desk
from regulars.exports.listing import Asked, Listing
from regulars.exports.places import destination
from regulars.exports.record import Run, get, schedules
from regulars.exports.statements import SQL
from regulars.exports.writing import Written, write_file
from regulars.kernel import RegularsError, Unavailable

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
TELL_EVERY_S = 0.5
WAIT_S = 0.5
PROBLEM_SIGNS_MAX = 1_000
SUPERSEDED = "A later run took its rows along."
Function = Callable[[Database, dict[str, Any], jobs.Progress], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    written: Written
    after_key: int | None
    to_key: int | None


def maker(desk: Desk) -> Function:
    """The function of the job."""

    def make(database: Database, args: dict[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
        done = make_run(database, desk, int(args["run"]), progress)
        return {"rows": done.rows, "state": done.state}

    return make


def make_run(database: Database, desk: Desk, run_id: int, progress: jobs.Progress) -> Run:
    """Make the file of a run and bring it where it belongs; gives what became of it."""
    with database.transaction() as tx:
        found = get(tx, run_id)
    with _alone(database, found.export_key or found.id, progress):
        with database.transaction() as tx:
            tries = value(tx, SQL.begin, run_id=run_id, now=desk.wall.now())
            found = get(tx, run_id)
        if tries is None:  # It is over: cancelled, or taken along by a later one.
            return found
        try:
            found = _make(database, desk, found, progress)
        except jobs.Cancelled:
            _finish(database, desk, run_id, "cancelled", None)
            _forget(desk, found)
            raise
        except (jobs.Stopped, jobs.Lost):
            raise
        except Exception as error:
            _failed(database, desk, found, error)
            if _again_later(found, error) is None:
                raise
        with database.transaction() as tx:
            return get(tx, run_id)


def _make(database: Database, desk: Desk, found: Run, progress: jobs.Progress) -> Run:
    if not _is_written(desk, found):
        found = _write(database, desk, found, progress)
    if found.export_key is not None:
        progress.update(found.rows, found.rows, f"Bringing it to {found.place}", "rows")
        _deliver(database, desk, found)
    else:
        with database.transaction() as tx:
            _record_made(tx, desk, found)
            run(tx, SQL.finish, run_id=found.run_id, state="done", problem=None, now=desk.wall.now())
    return found


def _is_written(desk: Desk, found: Run) -> bool:
    written = found.written_at is not None and found.removed_at is None
    return written and desk.file_of(found).is_file()


def _write(database: Database, desk: Desk, found: Run, progress: jobs.Progress) -> Run:
    body = None
    if found.export_key is not None:
        with database.transaction() as tx:
            body = _body(tx, desk, found.export_key)
    _forget(desk, found)  # What a killed try has left half.
    made = _write_rows(database, desk, found, Telling(progress), only_new=body is not None and body.only_new)
    with database.transaction() as tx:
        noted = value(
            tx,
            SQL.note_written,
            run_id=found.run_id,
            name=_name(desk, found, body),
            rows=made.written.rows,
            bytes=made.written.bytes,
            sha256=made.written.sha256,
            after_key=made.after_key,
            to_key=made.to_key,
            now=desk.wall.now(),
        )
        if noted is None:  # Stopped meanwhile, as when somebody in it was erased.
            _forget(desk, found)
            raise jobs.Cancelled
        if made.to_key is not None:
            values(
                tx, SQL.supersede, export_key=found.export_key, run_id=found.run_id, told=SUPERSEDED,
                now=desk.wall.now(),
            )  # fmt: skip
        return get(tx, found.run_id)


def _name(desk: Desk, found: Run, body: ExportBody | None) -> str:
    at = found.due_at or found.requested_at
    pattern = body.name if body is not None else "{key}-{date}"
    key = found.export_key or found.listing
    return file_name(pattern, found.format, key=key, run=found.id, at=at, zone=desk.zone)


def _write_rows(
    database: Database, desk: Desk, found: Run, say: Callable[[int], None], *, only_new: bool
) -> Made:
    wanted = Wanted(
        listing=found.listing, format=found.format, columns=tuple(found.columns), filter=found.filter
    )
    with snapshot(database) as tx:
        listing, asked = read(tx, desk, wanted, contacts=found.contacts, at=desk.now(tx))
        if only_new:
            asked = _bounded(tx, listing, asked, found.export_key or "")
        written = write_file(
            desk.file_of(found),
            found.format,
            tuple(listing.known(tx).values()),
            asked,
            listing.rows(tx, asked),
            guard=found.guard,
            say=say,
        )
    return Made(written=written, after_key=asked.after, to_key=asked.to)


def _bounded(tx: Tx, listing: Listing, asked: Asked, key: str) -> Asked:
    """What came since everything up to some key arrived, up to what this snapshot knows."""
    assert listing.top is not None
    known = schedules(tx).get(key)
    return replace(asked, after=known.delivered_key if known else None, to=listing.top(tx))


def export_now(
    database: Database,
    desk: Desk,
    actor: Actor,
    wanted: Wanted,
    path: Path,
    say: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write a listing to a path at once, without a job; judged, and noted in the audit, like any other."""
    with snapshot(database) as tx:
        contacts = wanted.contacts and access.allows(actor, CONTACTS).outcome == "yes"
        listing, asked = read(tx, desk, wanted, contacts=contacts, at=desk.now(tx))
        judged(actor, listing)
        if listing.personal:
            access.require(actor, EXPORT)
        written = write_file(
            path,
            wanted.format,
            tuple(listing.known(tx).values()),
            asked,
            listing.rows(tx, asked),
            guard=wanted.guard,
            say=say,
        )
    with database.transaction() as tx:
        access.recorded(
            tx,
            actor,
            "exports.made",
            subject_kind="listing",
            subject=listing.name,
            before=None,
            after={
                "listing": listing.name,
                "format": wanted.format,
                "rows": written.rows,
                "sha256": written.sha256,
                "contacts_masked": not contacts,
            },
            at=desk.now(tx),
        )
    return written


@contextmanager
def snapshot(database: Database) -> Iterator[Tx]:
    """A connection of its own in one view of the database: what changes meanwhile is not seen."""
    connection = database.connect()
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        set_json_loads(msgspec.json.decode, connection)  # Several times as fast as the usual one.
        with connection.transaction():
            yield connection
    finally:
        connection.close()


def _body(tx: Tx, desk: Desk, key: str) -> ExportBody:
    return (definitions.live(tx, desk.kind, key) or definitions.get(tx, desk.kind, key)).body


def _deliver(database: Database, desk: Desk, found: Run) -> None:
    key = found.export_key or ""
    with database.transaction() as tx:
        body = _body(tx, desk, key)
        place = destination(tx, desk, key, body)
    place.put(desk.file_of(found), found.file)
    with database.transaction() as tx:
        now = desk.wall.now()
        run(tx, SQL.note_delivered, run_id=found.run_id, place=body.place, now=now)
        if found.to_key is not None:
            run(tx, SQL.note_key, export_key=key, to_key=found.to_key, now=now)
        _record_made(tx, desk, replace(found, place=body.place))
        run(tx, SQL.finish, run_id=found.run_id, state="done", problem=None, now=now)
        run(tx, SQL.removed, run_ids=[found.run_id], why="delivered", now=now)
    _forget(desk, found)


def _record_made(tx: Tx, desk: Desk, found: Run) -> None:
    """Who exported what, and how many rows: in the audit before anybody has the file."""
    audit.record(
        tx,
        actor_id=found.asked_by,
        actor_name=found.asked_name,
        via=found.via,
        action="exports.made",
        subject_kind=SUBJECT,
        subject=found.id,
        before=None,
        after={
            "listing": found.listing,
            "format": found.format,
            "rows": found.rows,
            "bytes": found.bytes,
            "sha256": found.sha256,
            "contacts_masked": not found.contacts,
            "place": found.place,
            "scheduled": found.export_key,
        },
        at=desk.now(tx),
    )


def _failed(database: Database, desk: Desk, found: Run, error: Exception) -> None:
    """A scheduled one is tried again after a growing pause, unless trying does not help."""
    told = _told(error)
    pause = _again_later(found, error)
    if pause is None:
        _finish(database, desk, found.run_id, "failed", told)
        return
    with database.transaction() as tx:
        run(tx, SQL.rest, run_id=found.run_id, problem=told, next_try_at=desk.wall.now() + pause)


def _again_later(found: Run, error: Exception) -> timedelta | None:
    helps = isinstance(error, Unavailable | OSError | psycopg.OperationalError)
    if found.export_key is None or not helps:
        return None
    return BACK_OFF[found.tries - 1] if found.tries <= len(BACK_OFF) else None


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The file'} cannot be written ({error.strerror})."
    text = str(error) if isinstance(error, RegularsError) else f"{type(error).__name__}: {error}"
    return text.replace("\x00", "")[:PROBLEM_SIGNS_MAX]


def _finish(database: Database, desk: Desk, run_id: int, state: str, problem: str | None) -> None:
    with database.transaction() as tx:
        run(tx, SQL.finish, run_id=run_id, state=state, problem=problem, now=desk.wall.now())


def _forget(desk: Desk, found: Run) -> None:
    shutil.rmtree(desk.file_of(found).parent, ignore_errors=True)


class Telling:
    """Tells rows now and again; each telling is a transaction."""

    def __init__(self, progress: jobs.Progress) -> None:
        self._progress = progress
        self._told = 0.0

    def __call__(self, rows: int) -> None:
        if monotonic() - self._told >= TELL_EVERY_S:
            self._told = monotonic()
            self._progress.update(rows, None, "Writing", "rows")


@contextmanager
def _alone(database: Database, name: str, progress: jobs.Progress) -> Iterator[None]:
    """One at a time for a name, in whatever process; the others wait, and hear when they should stop."""
    connection = database.connect(autocommit=True)
    try:
        while not value(connection, SQL.alone, name=name):
            progress.check()
            sleep(WAIT_S)
        yield
        value(connection, SQL.let_go, name=name)
    finally:
        connection.close()
