"""Erasing somebody from the log: events keep their position and time, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Query, Statements, Tx, records, rows, run, value
from regulars.kernel import pattern_of, within
from regulars.log.event import EventType

ERASED = EventType(
    name="regulars.privacy.erased",
    description="Stands where an event of an erased person stood; it has no customer and no properties.",
    properties={},
)


class Sql(Statements, file="erasing.sql"):
    hold_readers: Query
    hold_sequencer: Query
    drop_waiting: Query
    erase_set_aside: Query
    erase_seen: Query
    erase_events: Query
    erase_rejects: Query
    erase_reasons: Query
    erase_errors: Query
    held: Query
    held_rejects: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    place: str
    events: int


def hold_readers(tx: Tx) -> None:
    """Let no reader move until the transaction ends; take this before any turn or hold of people."""
    run(tx, SQL.hold_readers)


def hold_sequencer(tx: Tx) -> int:
    """Let nothing be booked until the transaction ends; gives the last position booked."""
    last: int = value(tx, SQL.hold_sequencer)
    return last


def drop_waiting(tx: Tx, known: Sequence[tuple[str, str]], before: datetime) -> int:
    """Drop what waits under (kind, value) and happened before; while the sequencer is held."""
    kinds, given = [kind for kind, _ in known], [one for _, one in known]
    return run(tx, SQL.drop_waiting, kinds=kinds, values=given, before=before)


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty all events of some customers, and what was refused that names them."""
    told: dict[str, Any] = {"atoms": list(atoms), "pattern": pattern_of(values)}
    aside = run(tx, SQL.erase_set_aside, atoms=told["atoms"])
    seen = run(tx, SQL.erase_seen, atoms=told["atoms"], pattern=within(values))
    events = {one.place: one.events for one in rows(tx, SQL.erase_events, Emptied, **told)}
    pattern = told["pattern"]
    return {
        **events,
        "log.set_aside": aside + run(tx, SQL.erase_reasons, pattern=pattern),
        "log.seen": seen,
        "log.reject": run(tx, SQL.erase_rejects, pattern=pattern),
        "log.reader": run(tx, SQL.erase_errors, pattern=pattern),
        "log.inbox": 0,
    }


def held(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every event of some customers, and what was refused that names them."""
    return [
        ("Events", records(tx, SQL.held, atoms=list(atoms))),
        ("Refused messages", records(tx, SQL.held_rejects, pattern=pattern_of(values))),
    ]
