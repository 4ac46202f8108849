"""What came back of messages: kept once beside the send, and told to the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.customers import Moved
from regulars.db import Query, Statements, Tx, maybe, one, records, run, value, values

ReactionKind = Literal[
    "delivered", "deferred", "bounced", "complained", "opened", "clicked", "unsubscribed", "viewed", "replied"
]


class Sql(Statements, file="reacting.sql"):
    react: Query
    hold_named: Query
    recount: Query
    reclassify: Query
    latest_of: Query
    follow: Query
    erase: Query
    held: Query
    old: Query
    stage_old: Query
    hold_old: Query
    forget: Query
    recount_old: Query
    unstage_old: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One thing that came back of one send."""

    key: str  # Of whoever tells it, such as "dsn:<hash>"; told twice, it stands once.
    send_id: int
    kind: ReactionKind
    at: datetime
    machine: bool = False  # No person did it: a privacy proxy, a prefetch, a link scanner.
    signal: str = ""  # By what that was seen.
    hard: bool = False  # Of a bounce: for good.
    link: str = ""  # Of a click: where it led.
    detail: str = ""


def react(tx: Tx, reactions: Sequence[Reaction]) -> list[int]:
    """Keep what came back and tell the log of it; gives the sends of those that were new.

    What names no send of ours, or one whose person is erased, is left out.
    """
    return values(
        tx,
        SQL.react,
        keys=[each.key for each in reactions],
        send_ids=[each.send_id for each in reactions],
        kinds=[each.kind for each in reactions],
        ats=[each.at for each in reactions],
        machines=[each.machine for each in reactions],
        signals=[each.signal for each in reactions],
        hards=[each.hard for each in reactions],
        links=[each.link for each in reactions],
        details=[each.detail for each in reactions],
    )


def reclassify(tx: Tx, signals: Mapping[str, str], *, at: datetime) -> int:
    """Count these reactions, by their keys, as a machine's from now on; gives how many were not."""
    keys = list(signals)
    held = values(tx, SQL.hold_named, keys=keys)
    number = int(value(tx, SQL.reclassify, keys=keys, signals=list(signals.values()), at=at))
    if number:
        run(tx, SQL.recount, send_ids=held)
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Latest:
    send_id: int


def latest_send(tx: Tx, source_id: int, customer_id: int) -> int | None:
    """The last message of a source that left to somebody; None when none did."""
    found = maybe(tx, SQL.latest_of, _Latest, source_id=source_id, customer_id=customer_id)
    return found.send_id if found else None


def follow_reactions(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: what came back goes with the messages."""
    run(tx, SQL.follow, atoms=[each.atom_id for each in moved], afters=[each.after for each in moved])


def erase_reactions(tx: Tx, atoms: Sequence[int]) -> int:
    return run(tx, SQL.erase, atoms=list(atoms))


def held_reactions(tx: Tx, atoms: Sequence[int]) -> list[dict[str, Any]]:
    return records(tx, SQL.held, atoms=list(atoms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    rows: int
    oldest: datetime | None


def old_reactions(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """How many reactions are kept from before an instant, or at all, and when the oldest was."""
    found = one(tx, SQL.old, _Old, before=before)
    return found.rows, found.oldest


def forget_reactions(tx: Tx, before: datetime) -> int:
    """Delete the reactions from before an instant; figures of that time become smaller."""
    run(tx, SQL.stage_old, before=before)
    value(tx, SQL.hold_old)
    number = run(tx, SQL.forget)
    run(tx, SQL.recount_old)
    run(tx, SQL.unstage_old)
    return number
