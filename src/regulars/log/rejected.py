"""Rejects: what came in and could not be used, kept with its reason and place until it is settled."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from regulars.db import Query, Statements, Tx, maybe, one, rows, run
from regulars.kernel import NotFound

RejectState = Literal["open", "mended", "replayed", "expired", "dismissed"]
STATES: tuple[RejectState, ...] = ("open", "mended", "replayed", "expired", "dismissed")

PAYLOAD_SIGNS_MAX = 1_048_576
REASON_SIGNS_MAX = 500
PATH_SIGNS_MAX = 300
NAME_SIGNS_MAX = 200
LISTED_SIGNS = 400  # Of a payload in a list.
COUNTS_MAX = 500
KEPT_FOR = timedelta(days=30)
EXPIRED_AT_ONCE = 10_000


class Sql(Statements, file="rejected.sql"):
    refuse: Query
    rejects: Query
    counts: Query
    reject: Query
    hold: Query
    hold_open: Query
    bounds: Query
    settle: Query
    refuse_again: Query
    expire: Query
    erase: Query


SQL = Sql()


class RejectNotFound(NotFound):
    code = "log.reject_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReject:
    source: str
    stage: str  # Where it was refused: intake, webhook, import, append, sequence.
    code: str  # For machines and counts: events.name_missing.
    reason: str  # For people, without the value itself.
    path: str = ""  # Of the field within the payload: properties.lines[2].price; empty for the whole.
    payload: str  # As it came. NUL and halves of surrogate pairs become their JSON escapes.
    message_id: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    reject_id: int
    rejected_at: datetime
    last_at: datetime  # When the same was refused for the last time.
    times: int
    source: str
    stage: str
    code: str
    path: str
    reason: str
    message_id: str | None
    received_at: datetime | None
    state: RejectState
    settled_at: datetime | None
    settled_by: str | None  # Who, as the audit names them; None for the timer.
    attempts: int  # Replays that failed.
    payload: str | None  # None after erasure; in a list only its beginning.


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectFilter:
    """Which rejects; what is None does not matter."""

    state: RejectState | None = None
    source: str | None = None
    stage: str | None = None
    code: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectCount:
    source: str
    stage: str
    code: str
    rejects: int
    times: int  # With repeats of the same.
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSet:
    """The open rejects of a filter at one moment: what is refused later is not among them."""

    rejects: int
    last: int


def refuse(tx: Tx, refused: Iterable[NewReject]) -> int:
    """Keep what could not be used, in the caller's transaction; gives how many were handed in.

    The very same thing that is still open is counted with the one that is there. Neither a NUL sign nor
    half of a surrogate pair nor a size stands in the way.
    """
    kept: dict[bytes, tuple[object, ...]] = {}
    times: Counter[bytes] = Counter()
    for new in refused:
        row = _row(new)
        digest = _digest(row)
        kept[digest] = (*row, new.received_at)
        times[digest] += 1
    if not kept:
        return 0
    names = ("source", "stage", "code", "reason", "path", "payload", "message_id", "received_at")
    columns = zip(*kept.values(), strict=True)
    run(
        tx,
        SQL.refuse,
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        times=[times[digest] for digest in kept],
        digest=list(kept),
    )
    return times.total()


def _row(new: NewReject) -> tuple[str | None, ...]:
    return (
        plain(new.source)[:NAME_SIGNS_MAX] or "unknown",
        plain(new.stage)[:NAME_SIGNS_MAX],
        plain(new.code)[:NAME_SIGNS_MAX],
        plain(new.reason)[:REASON_SIGNS_MAX],
        plain(new.path)[:PATH_SIGNS_MAX],
        plain(new.payload)[:PAYLOAD_SIGNS_MAX],
        None if new.message_id is None else plain(new.message_id)[:NAME_SIGNS_MAX],
    )


def _digest(row: tuple[str | None, ...]) -> bytes:
    heart = hashlib.blake2b(digest_size=16)
    for part in row:
        text = b"\xff" if part is None else part.encode()
        heart.update(len(text).to_bytes(4, "big") + text)
    return heart.digest()


def plain(text: str) -> str:
    r"""The text with what no database keeps as its JSON escape.

    >>> plain("a\0b\ud800")
    'a\\u0000b\\ud800'
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\u0000")


def rejects(
    tx: Tx, chosen: RejectFilter | None = None, *, before: int | None = None, limit: int = 50
) -> list[Reject]:
    """What could not be used, the latest first, with the beginning of each payload."""
    parameters = asdict(chosen or RejectFilter())
    return rows(tx, SQL.rejects, Reject, before=before, limit=limit, signs=LISTED_SIGNS, **parameters)


def reject_counts(tx: Tx, chosen: RejectFilter | None = None) -> list[RejectCount]:
    """How many of each source, stage and code, the most frequent first."""
    return rows(tx, SQL.counts, RejectCount, limit=COUNTS_MAX, **asdict(chosen or RejectFilter()))


def reject(tx: Tx, reject_id: int, *, hold: bool = False) -> Reject:
    """One with its whole payload; held, nobody else settles it until the transaction ends."""
    found = maybe(tx, SQL.hold if hold else SQL.reject, Reject, reject_id=reject_id)
    if found is None:
        raise RejectNotFound(f"There is no reject {reject_id}; the list of rejects shows those there are.")
    return found


def open_set(tx: Tx, chosen: RejectFilter) -> OpenSet:
    return one(tx, SQL.bounds, OpenSet, **_choice(chosen))


def hold_open(tx: Tx, chosen: RejectFilter, *, after: int, to: int, limit: int) -> list[Reject]:
    """The oldest open ones with ids in (after, to], whole; those held elsewhere are left out."""
    return rows(tx, SQL.hold_open, Reject, after=after, to=to, limit=limit, **_choice(chosen))


def _choice(chosen: RejectFilter) -> dict[str, object]:
    return {name: value for name, value in asdict(chosen).items() if name != "state"}


def settle(tx: Tx, reject_ids: Sequence[int], state: RejectState, *, by: str | None) -> int:
    """Close open ones; those that are closed stay as they are and are not counted."""
    return run(tx, SQL.settle, reject_ids=list(reject_ids), state=state, by=by)


def refuse_again(tx: Tx, failed: Sequence[tuple[int, NewReject]]) -> int:
    """A replay failed: they stay open, with the newest code, path and reason."""
    return run(
        tx,
        SQL.refuse_again,
        reject_ids=[reject_id for reject_id, _ in failed],
        code=[plain(new.code)[:NAME_SIGNS_MAX] for _, new in failed],
        path=[plain(new.path)[:PATH_SIGNS_MAX] for _, new in failed],
        reason=[plain(new.reason)[:REASON_SIGNS_MAX] for _, new in failed],
    )


def expire_rejects(tx: Tx, *, older_than: timedelta = KEPT_FOR, limit: int = EXPIRED_AT_ONCE) -> int:
    """Erase a bounded number of old payloads, 0 when none is left; each fact and its reason stay."""
    return run(tx, SQL.expire, days=older_than.days, limit=limit)


def erase_rejects(tx: Tx, reject_ids: Sequence[int]) -> int:
    return run(tx, SQL.erase, reject_ids=list(reject_ids))
