"""The send ledger: a row per person and source before anything leaves, leased, then resolved once.

    queued → skipped | held_out | handed → sent | failed | in_doubt
    handed → queued, where the other side asked to wait

A row is claimed and decided in one transaction, which leases what is handed over, and resolved in another.
Killed in the first, nothing has left and the row waits as before. Killed between the two, the message may
have left: the row is in doubt once its lease is over, is shown and is never sent again by itself, unless it
is transactional: then it goes again under the same id.

A channel whose hand-over is part of our own transaction needs none of that: one transaction holds all steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from regulars import access
from regulars.access import Actor
from regulars.customers import Moved
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.messaging.source import Source, SourceName, find_source

LEASE_S = 300.0  # Longer than a batch can take with a slow provider; a shorter one leaves more in doubt.
TRIES_MAX: Final = 6  # So often the other side may ask to wait; with the pauses between, about two hours.
WAIT_S: Final = 60.0  # After the first try; each further one waits twice as long.

# Why a message waits that was tried, may have left and is tried again, as what is transactional is.
DOUBTS: Final = frozenset({"in_doubt", "no_answer", "interrupted"})

ArmName = Literal["treated", "held_out"]


class Sql(Statements, file="ledger.sql"):
    enqueue: Query
    claim: Query
    decide: Query
    put_off: Query
    resolve: Query
    recover: Query
    give_up: Query
    retry_failed: Query
    settle: Query
    announce: Query
    still_open: Query
    send_of_person: Query
    in_doubt: Query
    follow: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    send_id: int
    customer_id: int
    arm: ArmName
    entry: int
    tries: int
    reason: str | None  # Why it waits.
    data: dict[str, Any] | None

    @property
    def may_have_left(self) -> bool:
        """An earlier try ended in doubt; whatever becomes of a later one does not change that."""
        return self.reason in DOUBTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the checks or the channel made of one send."""

    send_id: int
    state: str  # Queued: it waits until `not_before`.
    reason: str | None = None
    detail: str | None = None
    address_hash: bytes | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    send_id: int
    customer_id: int
    arm: ArmName
    state: str
    reason: str | None
    detail: str | None
    decided_at: datetime | None
    resolved_at: datetime | None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stood:
    send_id: int
    state: str


def enqueue(
    tx: Tx,
    source: Source,
    arms: Mapping[int, str],
    *,
    at: datetime,
    entry: int = 0,
    data: Mapping[int, Mapping[str, Any]] | None = None,
    not_before: datetime | Mapping[int, datetime] | None = None,
) -> int:
    """Write a row for each customer; a repeat writes none. Returns how many were new.

    `data` is what the template may ask for as `event`; before `not_before` a row is not due.
    """
    moments = not_before if isinstance(not_before, Mapping) else dict.fromkeys(arms, not_before)
    given = data or {}
    return run(
        tx,
        SQL.enqueue,
        source_id=source.source_id,
        customer_ids=list(arms),
        arms=list(arms.values()),
        not_before=[moments.get(number) for number in arms],
        data=[Jsonb(dict(given[number])) if number in given else None for number in arms],
        entry=entry,
        at=at,
    )


def claim(tx: Tx, source: Source, *, limit: int, at: datetime) -> list[Claimed]:
    return rows(tx, SQL.claim, Claimed, source_id=source.source_id, limit=limit, at=at)


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: their rows go with them, and one person gets one message of a source."""
    run(tx, SQL.follow, atoms=[one.atom_id for one in moved], afters=[one.after for one in moved])


def decide(tx: Tx, outcomes: Sequence[Outcome], *, worker: str, lease_s: float, at: datetime) -> None:
    """Write the outcome of the checks for rows this transaction claimed, and tell the log."""
    settled = [one for one in outcomes if one.state != "queued"]
    waiting = [one for one in outcomes if one.state == "queued"]
    stood = rows(
        tx,
        SQL.decide,
        _Stood,
        **_columns(settled),
        hashes=[one.address_hash for one in settled],
        worker=worker,
        lease_s=lease_s,
        at=at,
    )
    if waiting:
        run(
            tx,
            SQL.put_off,
            send_ids=[one.send_id for one in waiting],
            reasons=[one.reason for one in waiting],
            details=[one.detail for one in waiting],
            not_before=[one.not_before for one in waiting],
        )
    announce(tx, [row.send_id for row in stood if row.state != "handed"], at=at)


def resolve(tx: Tx, receipts: Sequence[Outcome], *, worker: str, at: datetime) -> int:
    """Write what became of the messages handed over; returns how many rows were still this worker's."""
    columns = _columns(receipts)
    moments = [one.not_before for one in receipts]
    resolved = rows(tx, SQL.resolve, _Stood, **columns, not_before=moments, worker=worker, at=at)
    announce(tx, [row.send_id for row in resolved if row.state != "queued"], at=at)
    return len(resolved)


def again_at(at: datetime, tries: int, wait_s: float | None) -> datetime:
    """When something is tried again: when the other side said so, and later each time."""
    return at + timedelta(seconds=max(wait_s or 0.0, WAIT_S * 2**tries))


def recover(tx: Tx, source: Source, *, atomic: bool, at: datetime) -> None:
    """Take back the rows of workers that died; see the head of this file."""
    found = rows(tx, SQL.recover, _Stood, source_id=source.source_id, atomic=atomic, tries_max=TRIES_MAX)
    announce(tx, [row.send_id for row in found if row.state == "in_doubt"], at=at)


def give_up(tx: Tx, source: Source, *, reason: str, at: datetime) -> int:
    """Refuse whatever still waits, both arms alike; what is in flight is left alone. Returns how many."""
    found = values(tx, SQL.give_up, source_id=source.source_id, reason=reason, doubts=sorted(DOUBTS), at=at)
    announce(tx, found, at=at)
    return len(found)


def retry_failed(
    tx: Tx,
    actor: Actor,
    source: Source,
    send_ids: Sequence[int] | None = None,
    *,
    reason: str = "",
    at: datetime,
) -> int:
    """Let what a channel refused for good wait again, all or these; it did not leave. Returns how many."""
    only = None if send_ids is None else list(send_ids)
    number = run(tx, SQL.retry_failed, source_id=source.source_id, send_ids=only)
    if number:
        _recorded(tx, actor, source, "messages.retry", {"messages": number}, at=at, reason=reason)
    return number


def settle(
    tx: Tx, actor: Actor, source: Source, send_ids: Sequence[int], *, sent: bool, reason: str, at: datetime
) -> int:
    """Write what somebody found out about messages in doubt. Said not to have left, one may be retried."""
    found = values(tx, SQL.settle, source_id=source.source_id, send_ids=list(send_ids), sent=sent, at=at)
    if found:
        _recorded(
            tx, actor, source, "messages.settle", {"messages": len(found), "sent": sent}, at=at, reason=reason
        )
        announce(tx, found, at=at)
    return len(found)


def _recorded(
    tx: Tx,
    actor: Actor,
    source: Source,
    action: str,
    after: Mapping[str, object],
    *,
    at: datetime,
    reason: str = "",
) -> None:
    access.recorded(
        tx,
        actor,
        action,
        subject_kind=source.kind,
        subject=source.key,
        before=None,
        after={"version": source.version, **after},
        reason=reason.strip() or None,
        at=at,
    )


def announce(tx: Tx, send_ids: Sequence[int], *, at: datetime) -> None:
    if send_ids:
        run(tx, SQL.announce, send_ids=list(send_ids), at=at)


def still_open(tx: Tx, source: Source) -> int:
    return int(value(tx, SQL.still_open, source_id=source.source_id))


def in_doubt(tx: Tx, name: SourceName) -> list[Send]:
    """Return the sends of which nobody knows whether they left; a person settles them."""
    return rows(tx, SQL.in_doubt, Send, source_id=find_source(tx, name).source_id)


def send_of_person(tx: Tx, source: Source, customer_id: int) -> Send | None:
    return maybe(tx, SQL.send_of_person, Send, source_id=source.source_id, customer_id=customer_id)


def _columns(outcomes: Sequence[Outcome]) -> dict[str, list[object]]:
    return {
        "send_ids": [one.send_id for one in outcomes],
        "states": [one.state for one in outcomes],
        "reasons": [one.reason for one in outcomes],
        "details": [one.detail for one in outcomes],
    }
