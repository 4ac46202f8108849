"""What left PostgreSQL comes back from the lake when somebody needs it again: a condition that went live.

Each thinned piece of the log takes back its events of the names that are needed now, at their positions. One
transaction a piece: whoever is killed leaves it as it was, and what is there already is not put twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from regulars import log
from regulars.analytics.agreeing import agreed
from regulars.analytics.checking import damaged
from regulars.analytics.engine_duckdb import open_duckdb
from regulars.analytics.erasing import SQL as ERASING
from regulars.analytics.exporting import Step, nothing
from regulars.analytics.faults import LakeDamaged
from regulars.analytics.lake import Lake
from regulars.analytics.reading import open_lake
from regulars.analytics.state import leased
from regulars.analytics.table import EVENTS
from regulars.analytics.thinned import EVERY, SQL, Thinned, needs_past, thinned
from regulars.customers import hold
from regulars.db import Tx, run, value, values


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtBack:
    first_position: int
    names: tuple[str, ...]  # EVERY alone stands for all of them.
    events: int


def nobody_counts(_tx: Tx) -> None:
    return None


def bring_back(
    lake: Lake, *, step: Step = nothing, came: Callable[[Tx], None] = nobody_counts
) -> list[BroughtBack]:
    """Bring back what is needed now; nothing while another process works on the lake's events.

    `came` notes, in the transaction in which events come, that whoever counts them is to count again.

    Raises LakeDamaged when the lake does not agree with the database. While an erasure is open, whose people
    may still stand in the lake, nothing comes back.
    """
    with lake.database.transaction() as tx:
        if not needs_past(tx, lake.keeps) or value(tx, ERASING.count_open):
            return []
    with leased(lake.database, EVENTS.name) as free:
        if not free:
            return []
        _refuse_damaged(lake)
        with lake.database.transaction() as tx:
            missing, pieces = needs_past(tx, lake.keeps), thinned(tx)
        step("known")
        return [
            done
            for piece in pieces
            if piece.first_position in missing
            and (done := _bring(lake, piece, missing[piece.first_position], step, came)) is not None
        ]


def _bring(
    lake: Lake, piece: Thinned, names: Sequence[str], step: Step, came: Callable[[Tx], None]
) -> BroughtBack | None:
    with lake.database.transaction() as tx:
        hold(tx)
        run(tx, SQL.ask_nobody_to_erase)
        if value(tx, ERASING.count_open):
            return None
        erased = frozenset(values(tx, SQL.erased))
        past = (one for one in _past(lake, piece, names) if one[_WHOSE] not in erased)
        put = log.bring_back(tx, piece.first_position, piece.end_position, past)
        step("put")
        bounds = {"first_position": piece.first_position}
        run(tx, SQL.brought, rows=put, **bounds)
        run(tx, SQL.note_kept, names=list(names), **bounds)
        if put:
            came(tx)
        step("noted")
    step("committed")
    return BroughtBack(first_position=piece.first_position, names=tuple(names), events=put)


_WHOSE = log.PAST_COLUMNS.index("customer_id")


def _past(lake: Lake, piece: Thinned, names: Sequence[str]) -> Iterator[Sequence[object]]:
    """The events of customers that a piece of the log had, from the lake's files."""
    named = "" if EVERY in names else f" and name in ({', '.join(map(_text, names))})"
    statement = (
        f"select {', '.join(log.PAST_COLUMNS)} from events "
        f"where position >= {piece.first_position} and position < {piece.end_position} "
        f"and customer_id is not null{named} order by position"
    )
    with (
        open_lake(lake, [EVENTS.name]) as snapshot,
        open_duckdb(snapshot.relations, snapshot.people, contacts=True, place=lake.place) as engine,
    ):
        for batch in engine.ask(statement):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _refuse_damaged(lake: Lake) -> None:
    _, delta = agreed(lake, EVENTS)
    wrong = damaged(lake, EVENTS, delta) if delta is not None else ["the lake holds no events"]
    if wrong:
        raise LakeDamaged(f"Events that are needed again do not come back: {'; '.join(wrong)}.")


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
