"""What people see of the log and may do with its readers: lag, errors, what is set aside, pause."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, one, rows, run, value
from regulars.kernel import NotFound


class Sql(Statements, file="status.sql"):
    readers: Query
    sequencer: Query
    waiting: Query
    set_aside: Query
    pause: Query
    dismiss: Query
    is_settled: Query


SQL = Sql()


class ReaderNotFound(NotFound):
    code = "log.reader_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStatus:
    name: str
    position: int
    head: int
    follows: tuple[str, ...]
    paused: bool
    lag_events: int
    lag_seconds: float  # Since the oldest event it has not applied was received.
    set_aside: int
    applied: int
    failures: int  # In a row; 0 means it works, whatever the last error was.
    last_error: str | None
    last_error_at: datetime | None
    last_applied_at: datetime | None
    events_per_second: float  # While it was at work.


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencerStatus:
    head: int  # The last position given.
    booked_at: datetime | None
    waiting: int  # In the inbox, committed and not sequenced.
    duplicates: int  # Dropped since the beginning.
    rejects: int  # Open ones.


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    reader: str
    position: int
    reason: str
    attempts: int
    set_aside_at: datetime
    name: str  # Of the event.
    customer_id: int | None
    occurred_at: datetime


def status(tx: Tx) -> list[ReaderStatus]:
    return rows(tx, SQL.readers, ReaderStatus)


def sequencer_status(tx: Tx) -> SequencerStatus:
    return one(tx, SQL.sequencer, SequencerStatus)


def waiting(tx: Tx) -> int:
    """How many committed events are not sequenced yet."""
    return int(value(tx, SQL.waiting))


def set_aside(tx: Tx, reader: str | None = None, *, limit: int = 100) -> list[SetAside]:
    """The events that readers could not apply, the latest first."""
    return rows(tx, SQL.set_aside, SetAside, reader=reader, limit=limit)


def pause(tx: Tx, reader: str) -> None:
    """The reader stands from the end of its present step on; those that follow it come to stand too."""
    _pause(tx, reader, paused=True)


def resume(tx: Tx, reader: str) -> None:
    _pause(tx, reader, paused=False)


def _pause(tx: Tx, reader: str, *, paused: bool) -> None:
    if not run(tx, SQL.pause, name=reader, paused=paused):
        raise ReaderNotFound(f"There is no reader {reader!r}; the readers' page lists those there are.")


def dismiss(tx: Tx, reader: str, position: int) -> None:
    """Give a set-aside event up for this reader: it will not be applied."""
    if not run(tx, SQL.dismiss, reader=reader, position=position):
        raise ReaderNotFound(f"The event {position} is not set aside by the reader {reader!r}.")


def is_settled(tx: Tx) -> bool:
    """Whether everything committed is sequenced and applied, by readers that are not paused."""
    return bool(value(tx, SQL.is_settled))
