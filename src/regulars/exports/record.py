"""A run: one making of one file, by hand or by the clock, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.customers import conceal_text
from regulars.db import Tx, maybe, rows
from regulars.exports.statements import SQL
from regulars.exports.writing import ENDINGS, Format
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PREFIX = "exp"
PAGE_MAX = 200
State = Literal["asked", "waiting", "running", "resting", "done", "failed", "cancelled", "superseded"]
MOVING = ("waiting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All its times are the wall clock's."""

    run_id: int
    export_key: str | None  # Of the scheduled export; None when somebody asked for it once.
    due_at: datetime | None  # The occurrence; None when it was asked for by hand.
    listing: str
    title: str
    format: Format
    columns: list[str]  # Empty: every one.
    filter: dict[str, str]
    guard: bool
    contacts: bool  # Whether contact details stand in it unmasked.
    personal: bool
    place: str  # Where it is brought; empty: it is fetched from here.
    asked_by: int | None
    asked_name: str
    via: str
    requested_at: datetime
    state: State
    approval_id: int | None
    job_id: int | None
    tries: int
    next_try_at: datetime | None
    problem: str | None
    after_key: int | None
    to_key: int | None
    name: str | None
    rows: int
    bytes: int | None
    sha256: str | None
    started_at: datetime | None
    written_at: datetime | None
    delivered_at: datetime | None
    finished_at: datetime | None
    removed_at: datetime | None
    removed_why: str | None

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.run_id)

    @property
    def has_file(self) -> bool:
        return self.state == "done" and self.written_at is not None and self.removed_at is None

    @property
    def file(self) -> str:
        """The name under which it is handed out."""
        return self.name or f"{self.listing}{ENDINGS[self.format]}"

    @property
    def narrowed(self) -> dict[str, str]:
        """The filter as anybody may read it: whom somebody looked for may be an address."""
        return {name: conceal_text(text) for name, text in self.filter.items()}

    @property
    def seconds(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    export_key: str
    next_due_at: datetime
    delivered_key: int | None


def get(tx: Tx, run_id: int) -> Run:
    found = maybe(tx, SQL.find, Run, run_id=run_id)
    if found is None:
        raise NotFound(f"There is no export {public_id(PREFIX, run_id)}.")
    return found


def runs(
    tx: Tx,
    *,
    export_key: str | None = None,
    state: State | None = None,
    listing: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Run]:
    """The newest first."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(
        tx, SQL.page, Run, before=before, export_key=export_key, state=state, listing=listing, limit=limit + 1
    )
    shown = tuple(found[:limit])
    return Page(items=shown, next=encode_cursor(shown[-1].run_id) if len(found) > limit else None)


def latest(tx: Tx) -> dict[str, Run]:
    """The last run of each scheduled export."""
    return {run.export_key or "": run for run in rows(tx, SQL.latest, Run)}


def schedules(tx: Tx) -> dict[str, Schedule]:
    return {one.export_key: one for one in rows(tx, SQL.schedules, Schedule)}
