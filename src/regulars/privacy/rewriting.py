"""Rewriting tables, so that what was deleted leaves no byte: PostgreSQL only marks rows as dead.

A plain vacuum lets the space be used again and leaves what stood there until that happens.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep

import psycopg
from psycopg import sql

from regulars.db import Database, Query, Statements, Tx, rows, value

TABLE = re.compile(r"[a-z_]+\.[a-z_0-9]+")
# A table that is larger waits for the night: while it is rewritten nobody reads it.
BYTES_AT_ONCE = 1 << 30
LOG = "log.event"  # Its partitions are rewritten, and it has statistics of its own.
LOCK_S, WAIT_S, PAUSE_S, TRIES = 5, 30.0, 0.1, 6


class Sql(Statements, file="rewriting.sql"):
    exists: Query
    stamp: Query
    is_looked_at: Query
    patience: Query
    forget_statistics: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    place: str
    bytes: int


def rewrite(
    database: Database, places: Iterable[str], *, bytes_at_once: int | None = BYTES_AT_ONCE
) -> list[str]:
    """Rewrite tables with their indexes; gives those that are left for later, being large or in use."""
    wanted = sorted({place for place in places if TABLE.fullmatch(place)})
    tx = database.connect(autocommit=True)
    try:
        value(tx, SQL.patience, seconds=LOCK_S)
        looked_at = not _wait_until_nobody_looks(tx)
        left = []
        for table in rows(tx, SQL.exists, Table, places=wanted):
            large = bytes_at_once is not None and table.bytes > bytes_at_once
            if large or looked_at or not _rewrite(tx, table.place):
                left.append(table.place)
        _count_anew(tx, [place for place in wanted if place not in left])
        return left
    finally:
        tx.close()


def _wait_until_nobody_looks(tx: Tx) -> bool:
    """Wait for those who work on a state from before; a rewritten table would still hold it for them."""
    stamp = value(tx, SQL.stamp)
    ends = monotonic() + WAIT_S
    while value(tx, SQL.is_looked_at, stamp=stamp):
        if monotonic() > ends:
            return False
        sleep(PAUSE_S)
    return True


def _rewrite(tx: Tx, place: str) -> bool:
    name = sql.Identifier(*place.split("."))
    for _ in range(TRIES):
        try:
            tx.execute(sql.SQL("vacuum (full) {}").format(name))
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            continue
        return True
    return False


def _count_anew(tx: Tx, places: list[str]) -> None:
    """The planner keeps frequent values, of a table that is empty now too: they are counted anew.

    Then the log of changes is switched and written out. On a server that does not let us, its own turn comes.
    """
    tables = [*places, *({LOG} if any(place.startswith(f"{LOG}_") for place in places) else ())]
    _where_allowed(tx, SQL.forget_statistics, places=tables)
    for table in rows(tx, SQL.exists, Table, places=tables):
        name = sql.Identifier(*table.place.split("."))
        _where_allowed(tx, sql.SQL("analyze {}").format(name))
    for command in ("vacuum full pg_catalog.pg_statistic", "select pg_switch_wal()", "checkpoint"):
        _where_allowed(tx, sql.SQL(command))


def _where_allowed(tx: Tx, command: sql.SQL | sql.Composed, **params: object) -> None:
    with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.LockNotAvailable):
        tx.execute(command, params)
