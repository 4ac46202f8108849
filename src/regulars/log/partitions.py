"""The log's pieces by position, and leaving of an old one only the events that somebody still needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from regulars.db import Query, Statements, Tx, copy_rows, rows, run, value, values
from regulars.log.places import hold_places, place_again

LOCK_WAIT_MS = 2_000
PAST_COLUMNS = (
    "position", "booked_at", "occurred_at", "received_at", "message_id", "source", "type", "name",
    "customer_id", "properties", "context", "history", "schema_version", "hops", "user_id", "anonymous_id",
)  # fmt: skip


class Sql(Statements, file="partitions.sql"):
    partitions: Query
    last_of: Query
    needed: Query
    stage_past: Query
    put_past: Query
    unstage_past: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    name: str
    first_position: int
    end_position: int  # The first position behind it.
    about_rows: int
    total_bytes: int


def partitions(tx: Tx) -> list[Partition]:
    return rows(tx, SQL.partitions, Partition)


def last_booked_below(tx: Tx, position: int) -> datetime | None:
    booked_at: datetime | None = value(tx, SQL.last_of, end_position=position)
    return booked_at


def still_needed(tx: Tx, partition: Partition) -> list[str]:
    """Why readers still need it, as sentences."""
    bounds = {"first_position": partition.first_position, "end_position": partition.end_position}
    return values(tx, SQL.needed, **bounds)


def thin(tx: Tx, partition: Partition, *, types: Sequence[str], names: Sequence[str]) -> tuple[int, int]:
    """Leave of a finished piece only events of these types or names; gives how many stay and how many go.

    It waits a moment for whoever uses the log, and gives up rather than make others wait.
    """
    hold_places(tx)
    table = sql.Identifier("log", partition.name)
    slim = sql.Identifier("log", f"{partition.name}_slim")
    tx.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(LOCK_WAIT_MS)))
    tx.execute(sql.SQL("create table {} (like log.event including all)").format(slim))
    copied = sql.SQL("insert into {} select * from {} where {} order by position")
    kept = tx.execute(copied.format(slim, table, _kept(types, names))).rowcount
    before = tx.execute(sql.SQL("select count(*) from {}").format(table)).fetchone()
    tx.execute(sql.SQL("alter table log.event detach partition {}").format(table))
    tx.execute(sql.SQL("drop table {}").format(table))
    tx.execute(sql.SQL("alter table {} rename to {}").format(slim, sql.Identifier(partition.name)))
    bounds = sql.SQL("alter table log.event attach partition {} for values from ({}) to ({})").format(
        table, sql.Literal(partition.first_position), sql.Literal(partition.end_position)
    )
    tx.execute(bounds)
    place_again(tx, partition.first_position, partition.end_position)
    return kept, (before[0] if before else 0) - kept


def bring_back(tx: Tx, first_position: int, end_position: int, events: Iterable[Sequence[Any]]) -> int:
    """Put events that left a piece back at their positions, given as PAST_COLUMNS.

    What is there stays as it is. Nobody is told: every reader applied them before they left. The caller
    sees to it that nobody among them was erased since.
    """
    run(tx, SQL.stage_past)
    copy_rows(tx, "pg_temp.past_event", PAST_COLUMNS, events)
    put = run(tx, SQL.put_past)
    run(tx, SQL.unstage_past)
    place_again(tx, first_position, end_position)
    return put


def _kept(types: Sequence[str], names: Sequence[str]) -> sql.Composed:
    """The product's own doings stay: they are the history that pages show."""
    return sql.SQL("(type = any ({}) or name = any ({}) or starts_with(name, 'regulars.'))").format(
        sql.Literal(list(types)), sql.Literal(list(names))
    )
