"""Erasing from the lake: files are rewritten, then those before are deleted, then the lines that named them.

A wish is written in the transaction of whoever erases, and stands until all of it is done: killed anywhere,
the next one goes on. Files can only be deleted when nobody reads them, so it waits for readers for a while.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep

import psycopg

from regulars.analytics.agreeing import agreed, note
from regulars.analytics.delta import Delta
from regulars.analytics.exporting import Step, export_chunks, nothing
from regulars.analytics.hot import READING_LOCK
from regulars.analytics.lake import Lake
from regulars.analytics.state import intend, leased
from regulars.analytics.table import Table
from regulars.db import Query, Statements, Tx, rows, run, value

WAIT_S, PAUSE_S = 30.0, 0.1
IN_LINE_S = 2.0  # Whoever wants to read waits behind it.
BLANK = {
    "customer_id": "cast(null as bigint)",
    "user_id": "cast(null as string)",
    "anonymous_id": "cast(null as string)",
    "message_id": "concat('erased:', cast(position as string))",
    "type": "'track'",
    "name": "'regulars.privacy.erased'",
    "properties": "'{}'",
    "context": "cast(null as string)",
}


class Sql(Statements, file="erasing.sql"):
    ask: Query
    open: Query
    count_open: Query
    rewritten: Query
    done: Query
    wait_at_most: Query
    alone_now: Query
    alone: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    erasure_id: int
    atoms: list[int] | None
    before: datetime | None
    names: list[str] | None
    positions: list[int] | None  # Of events of nobody that name these people.
    rewritten_at: datetime | None

    @property
    def where(self) -> str:
        """Which rows of the log it means, as any engine reads it."""
        if self.atoms is not None:
            wanted = [("customer_id", self.atoms), ("position", self.positions or [])]
            return " or ".join(f"{name} in ({', '.join(map(str, ids))})" for name, ids in wanted if ids)
        assert self.before is not None
        instant = self.before.astimezone(UTC).isoformat()
        fits = f"booked_at < arrow_cast('{instant}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
        if self.names is None:
            return fits
        named = ", ".join("'" + name.replace("'", "''") + "'" for name in self.names)
        return f"{fits} and name in ({named})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    rows: int  # So many rows of the lake were rewritten or deleted now.
    open: int  # So many wishes are not done yet; ask again.


def ask_erasure(tx: Tx, atoms: Sequence[int], positions: Sequence[int] = ()) -> int:
    """Wish that these people leave the lake; in PostgreSQL they are erased in the same transaction.

    `positions` are of further events that name them and have no customer.
    """
    given = {"before": None, "names": None, "positions": list(positions)}
    return int(value(tx, SQL.ask, atoms=list(atoms), **given))


def ask_expiry(tx: Tx, before: datetime, names: Sequence[str] | None = None) -> int:
    """Wish that events booked before an instant leave the lake; PostgreSQL loses them in this transaction."""
    given = {"names": None if names is None else list(names), "positions": None}
    return int(value(tx, SQL.ask, atoms=None, before=before, **given))


def erase(lake: Lake, *, wait_s: float = WAIT_S, step: Step = nothing) -> Erased:
    """Carry out every open wish; call it again until none is open. Outside of any transaction."""
    with lake.database.transaction() as tx:
        wishes = rows(tx, SQL.open, Wish)
    if not wishes:
        return Erased(rows=0, open=0)
    changed = 0
    for table in lake.tables:
        with leased(lake.database, table.name, wait=True):
            if table.is_log:
                changed += _rewrite(lake, table, wishes, step)
            else:
                export_chunks(lake, table, step)
    if _delete_former(lake, wait_s, step):
        with lake.database.transaction() as tx:
            run(tx, SQL.done, ids=[one.erasure_id for one in wishes])
    with lake.database.transaction() as tx:
        return Erased(rows=changed, open=value(tx, SQL.count_open))


def _rewrite(lake: Lake, table: Table, wishes: Sequence[Wish], step: Step) -> int:
    changed = 0
    for wish in wishes:
        if wish.rewritten_at is not None:
            continue
        _, delta = agreed(lake, table)
        rewritten = _carry_out(lake, table, delta, wish, step) if delta is not None else 0
        with lake.database.transaction() as tx:
            run(tx, SQL.rewritten, erasure_id=wish.erasure_id, lake_rows=rewritten)
        step("rewritten noted")
        changed += rewritten
    return changed


def _carry_out(lake: Lake, table: Table, delta: Delta, wish: Wish, step: Step) -> int:
    intent = intend(lake.database, table.name, "erase")
    step("intended")
    if wish.atoms is None:
        changed = delta.delete(wish.where, intent=intent)
    elif not wish.where:
        changed = 0
    else:
        changed = delta.change(_blank(delta, table), wish.where, intent=intent)
    step("rewritten")
    note(lake, table, delta, kind="erase")
    return changed


def _blank(delta: Delta, table: Table) -> dict[str, str]:
    typed = {
        name: f"cast(null as {kind})"
        for name, kind in delta.engine_types().items()
        if name not in table.columns
    }
    return {**BLANK, **typed}


def _delete_former(lake: Lake, wait_s: float, step: Step) -> bool:
    """Delete what the present version does not need, when nobody reads; whether it was possible.

    The lease comes first: who thins the log holds it and then reads, so that the other way round both would
    wait for ever, on two connections each, which the server does not see.
    """
    for table in lake.tables:
        with leased(lake.database, table.name, wait=True), _nobody_reads(lake, wait_s) as free:
            if not free:
                return False
            _, delta = agreed(lake, table)
            if delta is not None:
                _clean(lake, table, delta, step)
    return True


def _clean(lake: Lake, table: Table, delta: Delta, step: Step) -> None:
    intent = intend(lake.database, table.name, "vacuum")
    step("intended")
    delta.vacuum(hours=0, intent=intent)
    step("vacuumed")
    delta.clean_log()
    step("cleaned")
    note(lake, table, delta, kind="vacuum")


@contextmanager
def _nobody_reads(lake: Lake, wait_s: float) -> Iterator[bool]:
    """Look for a moment without readers; in the end wait in line, shortly, as new readers stand behind."""
    ends = monotonic() + wait_s
    with lake.database.connect(autocommit=True) as tx:
        while not (alone := value(tx, SQL.alone_now, lock=READING_LOCK)) and monotonic() < ends:
            sleep(PAUSE_S)
        if not alone:
            try:
                value(tx, SQL.wait_at_most, milliseconds=f"{int(min(wait_s, IN_LINE_S) * 1000)}ms")
                value(tx, SQL.alone, lock=READING_LOCK)
            except psycopg.errors.LockNotAvailable:
                yield False
                return
        yield True
