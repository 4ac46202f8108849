"""Erasing somebody from the log: events keep their position and time, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Query, Statements, Tx, naming, records, rows, run, value
from regulars.kernel import narrowed, pattern_of, pieces, within
from regulars.log.event import EventType
from regulars.log.places import forget_places_of

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
    of_nobody: Query
    erase_of_nobody: Query
    rejects_telling: Query
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
    given = list(atoms)
    done: Counter[str] = Counter({"log.inbox": 0})
    done["log.place"] = forget_places_of(tx, given)
    done["log.set_aside"] = run(tx, SQL.erase_set_aside, atoms=given)
    few = pieces(values)
    done["log.seen"] = sum(run(tx, SQL.erase_seen, atoms=given, pattern=within(piece)) for piece in few)
    emptied = rows(tx, SQL.erase_events, Emptied, atoms=given)
    for found in naming(tx, SQL.of_nobody, values):
        named = {"positions": found.ids, "pattern": pattern_of(found.values)}
        emptied += rows(tx, SQL.erase_of_nobody, Emptied, **named)
    for one in emptied:
        done[one.place] += one.events
    done["log.reject"] = sum(
        run(tx, SQL.erase_rejects, ids=found.ids, pattern=pattern_of(found.values))
        for found in naming(tx, SQL.rejects_telling, values)
    )
    for piece in few:
        done["log.set_aside"] += run(tx, SQL.erase_reasons, pattern=pattern_of(piece))
        done["log.reader"] += run(tx, SQL.erase_errors, pattern=pattern_of(piece))
    return dict(done)


def held(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every event of some customers, and what was refused that names them."""
    refused = records(tx, SQL.held_rejects, pattern=pattern_of(values))
    return [
        ("Events", records(tx, SQL.held, atoms=list(atoms))),
        ("Refused messages", [one | {"payload": narrowed(one["payload"], values)} for one in refused]),
    ]
