"""Old events leave PostgreSQL: only when both hold the same of a piece, and nobody needs what would go.

What rooms still need of the past (orders, who somebody is, consent) stays in PostgreSQL too; what goes is the
rest, which is most of the volume. Readers of the lake see no difference: below the watermark they take every
event from there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from regulars import log
from regulars.analytics.agreeing import agreed
from regulars.analytics.checking import damaged
from regulars.analytics.delta import Delta
from regulars.analytics.engine_duckdb import open_duckdb
from regulars.analytics.erasing import SQL as ERASING
from regulars.analytics.exporting import Step, nothing
from regulars.analytics.faults import NotDroppable
from regulars.analytics.lake import Keep, Lake
from regulars.analytics.reading import open_lake
from regulars.analytics.state import SQL as STATE
from regulars.analytics.state import State, leased
from regulars.analytics.table import EVENTS
from regulars.analytics.thinned import SQL, Thinned, whole_from
from regulars.db import Tx, one, run, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the same events both sides must say the same."""

    events: int
    positions: str
    customers: str
    text_bytes: str
    who_bytes: str
    instants: str


def drop_old(
    lake: Lake, now: datetime, *, keep_days: int | None = None, step: Step = nothing
) -> list[Thinned]:
    """Let the events leave PostgreSQL that are older than so many days; raises NotDroppable with the reason.

    Without a number of days, neither here nor in the settings, nothing leaves.
    """
    days = keep_days if keep_days is not None else lake.keep_days
    if days is None:
        return []
    with leased(lake.database, EVENTS.name) as free:
        if not free:
            return []
        return [_drop(lake, partition, step) for partition in _old(lake, now - timedelta(days=days))]


def _old(lake: Lake, before: datetime) -> list[log.Partition]:
    """Finished pieces whose last event was booked before an instant, and that are still whole."""
    with lake.database.transaction() as tx:
        head = value(tx, STATE.head)
        whole = whole_from(tx)
        found = []
        for one_ in log.partitions(tx):
            if one_.first_position < whole or one_.end_position > head:
                continue
            last = log.last_booked_below(tx, one_.end_position)
            if last is not None and last < before:
                found.append(one_)
    return found


def _drop(lake: Lake, partition: log.Partition, step: Step) -> Thinned:
    state, delta = agreed(lake, EVENTS)
    refuse_needed(lake, partition, state, delta)
    step("needed by nobody")
    refuse_differing(lake, partition)
    step("counted")
    with _nobody_waits(partition), lake.database.transaction() as tx:
        types, names = _kept(tx, lake.keeps)
        kept, dropped = log.thin(tx, partition, types=types, names=names)
        gone = Thinned(
            first_position=partition.first_position,
            end_position=partition.end_position,
            kept=kept,
            dropped=dropped,
        )
        bounds = {"first_position": gone.first_position, "end_position": gone.end_position}
        run(tx, SQL.note, kept=kept, dropped=dropped, **bounds)
        run(tx, SQL.note_kept, first_position=gone.first_position, names=names)
        step("dropped")
    step("noted")
    return gone


@contextmanager
def _nobody_waits(partition: log.Partition) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as busy:
        raise NotDroppable(
            f"Events {partition.first_position:,} to {partition.end_position - 1:,} stay in PostgreSQL: "
            "somebody reads the log for longer than others should wait. It is tried again tomorrow."
        ) from busy


def refuse_needed(lake: Lake, partition: log.Partition, state: State, delta: Delta | None) -> None:
    """Raise NotDroppable while something needs events of a piece, or the lake does not have them for sure."""
    reasons = []
    if delta is None or state.watermark < partition.end_position - 1:
        reasons.append(f"The lake holds events up to {state.watermark:,} only; export first.")
    if state.problem is not None:
        reasons.append(state.problem)
    if delta is not None:
        reasons += [f"{one_}." for one_ in damaged(lake, EVENTS, delta)]
    with lake.database.transaction() as tx:
        reasons += log.still_needed(tx, partition)
        if value(tx, ERASING.count_open):
            reasons.append("An erasure is not done yet.")
        for keep in lake.keeps:
            if keep.names is not None and keep.names(tx) is None:
                reasons.append(f"All events are needed: {keep.why}.")
    if reasons:
        where = f"Events {partition.first_position:,} to {partition.end_position - 1:,}"
        raise NotDroppable(f"{where} stay in PostgreSQL. {' '.join(reasons)}")


def refuse_differing(lake: Lake, partition: log.Partition) -> None:
    """Raise NotDroppable unless PostgreSQL and the lake's files say the same of a piece."""
    first, end = partition.first_position, partition.end_position
    with lake.database.transaction() as tx:
        ours = one(tx, SQL.figures, Figures, first_position=first, end_position=end)
    with (
        open_lake(lake, [EVENTS.name]) as snapshot,
        open_duckdb(snapshot.relations, snapshot.people, contacts=True, place=lake.place) as engine,
    ):
        asked = f"""
            select count(*) as events, coalesce(sum(position), 0)::varchar as positions,
                   coalesce(sum(customer_id), 0)::varchar as customers,
                   coalesce(sum(strlen(message_id) + strlen(name) + strlen(properties)), 0)::varchar
                       as text_bytes,
                   coalesce(sum(strlen(coalesce(user_id, '')) + strlen(coalesce(anonymous_id, ''))
                       + strlen(coalesce(context, '')) + strlen(source) + strlen(type)), 0)::varchar
                       as who_bytes,
                   coalesce(sum(epoch_us(occurred_at)::hugeint + epoch_us(received_at)::hugeint
                       + epoch_us(booked_at)::hugeint), 0)::varchar as instants
            from events where position >= {first} and position < {end}"""
        theirs = Figures(**engine.ask(asked).read_all().to_pylist()[0])
    if ours != theirs:
        raise NotDroppable(
            f"Events {first:,} to {end - 1:,} stay in PostgreSQL: it holds {ours.events:,} of them and the "
            f"lake {theirs.events:,}, or their contents differ ({ours} and {theirs})."
        )


def _kept(tx: Tx, keeps: Sequence[Keep]) -> tuple[list[str], list[str]]:
    types = sorted({name for keep in keeps for name in keep.types})
    names = sorted({name for keep in keeps for name in (keep.names(tx) or () if keep.names else ())})
    return types, names
