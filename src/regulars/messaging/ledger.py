"""The send ledger: a row per person and source before anything leaves, leased, then resolved once.

    queued → claimed → skipped | held_out | handed → sent | failed | in_doubt

A row is claimed in a transaction of its own, decided in another, resolved in a third. Killed between the
first two, nothing has left and the row waits again when its lease is over. Killed between the last two, the
message may have left: the row is in doubt, is shown and is never sent again by itself.

A channel whose hand-over is part of our own transaction needs none of that: one transaction holds all steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.customers import Moved
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import NotFound
from regulars.templates import Medium, Purpose

LEASE_S = 300.0  # Longer than a batch can take with a slow provider; a shorter one leaves more in doubt.

ArmName = Literal["treated", "held_out"]


class Sql(Statements, file="ledger.sql"):
    add_source: Query
    find_source: Query
    source_of_id: Query
    pause_source: Query
    enqueue: Query
    claim: Query
    one_at_a_time: Query
    taken_addresses: Query
    decide: Query
    resolve: Query
    recover: Query
    give_up: Query
    announce: Query
    still_open: Query
    send_of_person: Query
    in_doubt: Query
    people: Query
    follow: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What asks for a send, such as version 3 of the campaign win-back."""

    kind: str
    key: str
    version: int
    step: str = ""  # Of a journey.


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    source_id: int
    kind: str
    key: str
    version: int
    step: str
    channel: str
    template_key: str
    template_version: int
    paused: bool
    created_at: datetime
    topic: str  # Of the consent policy; empty: the channel as a whole.
    purpose: Purpose
    targeted: bool  # Whether people are chosen by what is known of them.
    priority: int = 50  # Of 0 to 100; of messages that compete the higher goes first.
    capped: bool = True  # Whether frequency caps bind it and count it.
    medium: Medium = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    send_id: int
    customer_id: int
    arm: ArmName
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a row is now: profiles may have been merged or split since it was claimed."""

    send_id: int
    customer_id: int
    comes_second: bool  # Another row of the same person goes before it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the checks or the channel made of one send."""

    send_id: int
    state: str
    reason: str | None = None
    detail: str | None = None
    address_hash: bytes | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stood:
    send_id: int
    state: str


def open_source(
    tx: Tx,
    name: SourceName,
    *,
    channel: str,
    template_key: str,
    template_version: int,
    at: datetime,
    topic: str = "",
    purpose: Purpose = "marketing",
    targeted: bool = False,
) -> Source:
    """Return the source, made if it is new; what it says, why and by what means never changes afterwards."""
    given = {"kind": name.kind, "key": name.key, "version": name.version, "step": name.step}
    run(
        tx,
        SQL.add_source,
        **given,
        channel=channel,
        template_key=template_key,
        template_version=template_version,
        at=at,
        topic=topic,
        purpose=purpose,
        targeted=targeted,
    )
    return find_source(tx, name)


def find_source(tx: Tx, name: SourceName) -> Source:
    found = maybe(
        tx, SQL.find_source, Source, kind=name.kind, key=name.key, version=name.version, step=name.step
    )
    if found is None:
        raise NotFound(f"Version {name.version} of the {name.kind} {name.key!r} has sent nothing yet.")
    return found


def source_of_id(tx: Tx, source_id: int) -> Source | None:
    """The source that a link in one of its messages names."""
    return maybe(tx, SQL.source_of_id, Source, source_id=source_id)


def enqueue(tx: Tx, source: Source, arms: Mapping[int, str], *, at: datetime, entry: int = 0) -> int:
    """Write a row for each customer; a repeat writes none. Returns how many were new."""
    return run(
        tx,
        SQL.enqueue,
        source_id=source.source_id,
        customer_ids=list(arms),
        arms=list(arms.values()),
        entry=entry,
        at=at,
    )


def pause(tx: Tx, source: Source, *, paused: bool) -> None:
    run(tx, SQL.pause_source, source_id=source.source_id, paused=paused)


def claim(tx: Tx, source: Source, *, worker: str, limit: int, lease_s: float) -> list[Claimed]:
    found = rows(
        tx, SQL.claim, Claimed, source_id=source.source_id, worker=worker, limit=limit, lease_s=lease_s
    )
    return sorted(found, key=lambda claimed: claimed.send_id)


def owners(tx: Tx, claimed: Sequence[Claimed]) -> dict[int, Owner]:
    found = rows(tx, SQL.people, Owner, send_ids=[row.send_id for row in claimed])
    return {owner.send_id: owner for owner in found}


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: their rows go with them, and one person gets one message of a source."""
    run(tx, SQL.follow, atoms=[one.atom_id for one in moved], afters=[one.after for one in moved])


def taken_addresses(tx: Tx, source: Source, hashes: Sequence[bytes], entry: int) -> set[bytes]:
    """Say which addresses this source has reached, and let nobody else decide until the commit."""
    run(tx, SQL.one_at_a_time, source_id=source.source_id)
    found = values(tx, SQL.taken_addresses, source_id=source.source_id, hashes=list(hashes), entry=entry)
    return {bytes(one) for one in found}


def decide(tx: Tx, outcomes: Sequence[Outcome], *, worker: str, at: datetime) -> set[int]:
    """Write the outcome of the checks; returns the sends that this worker may now hand over."""
    stood = rows(tx, SQL.decide, _Stood, **_columns(outcomes, hashes=True), worker=worker, at=at)
    announce(tx, [row.send_id for row in stood if row.state != "handed"], at=at)
    return {row.send_id for row in stood if row.state == "handed"}


def resolve(tx: Tx, receipts: Sequence[Outcome], *, worker: str, at: datetime) -> int:
    """Write what became of the messages handed over; returns how many rows were still this worker's."""
    resolved = values(tx, SQL.resolve, **_columns(receipts), worker=worker, at=at)
    announce(tx, resolved, at=at)
    return len(resolved)


def recover(tx: Tx, source: Source, *, atomic: bool, at: datetime) -> None:
    """Take back the rows of workers that died; see the head of this file."""
    found = rows(tx, SQL.recover, _Stood, source_id=source.source_id, atomic=atomic)
    announce(tx, [row.send_id for row in found if row.state == "in_doubt"], at=at)


def give_up(tx: Tx, source: Source, *, reason: str, at: datetime) -> int:
    """Refuse whatever still waits, both arms alike; what is in flight is left alone. Returns how many."""
    found = values(tx, SQL.give_up, source_id=source.source_id, reason=reason, at=at)
    announce(tx, found, at=at)
    return len(found)


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


def _columns(outcomes: Sequence[Outcome], *, hashes: bool = False) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {
        "send_ids": [one.send_id for one in outcomes],
        "states": [one.state for one in outcomes],
        "reasons": [one.reason for one in outcomes],
        "details": [one.detail for one in outcomes],
    }
    if hashes:
        columns["hashes"] = [one.address_hash for one in outcomes]
    return columns
