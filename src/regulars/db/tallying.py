"""What a database holds, table by table: to see that a copy holds the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg import sql

from regulars.db.reading import Tx, one, value, values
from regulars.db.statements import Query, Statements


class Sql(Statements, file="tallying.sql"):
    tables: Query
    tally: Query
    hold_snapshot: Query
    sessions: Query
    databases: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTally:
    rows: int
    sum: str  # Over all rows; equal contents give equal sums, on every version of PostgreSQL.


def tables(tx: Tx) -> list[str]:
    """Every table that holds rows itself, as schema.table, in order."""
    found: list[str] = values(tx, SQL.tables)
    return found


def tally_tables(
    tx: Tx, say: Callable[[int, int], None] = lambda _done, _of: None
) -> Mapping[str, TableTally]:
    """Count and sum up every table; `say` hears how many of how many are done."""
    tx.execute("set local timezone = 'UTC'")
    names = tables(tx)
    found = {}
    for number, name in enumerate(names, 1):
        found[name] = one(tx, SQL.tally.format(table=sql.SQL(name)), TableTally)
        say(number, len(names))
    return found


def hold_snapshot(tx: Tx) -> str:
    """The name under which another session sees what this transaction sees, while it lasts."""
    return str(value(tx, SQL.hold_snapshot))


def sessions_of(tx: Tx, name: str) -> list[str]:
    """By what name whoever is connected to a database goes, without this session."""
    found: list[str] = values(tx, SQL.sessions, name=name)
    return found


def databases_of(tx: Tx) -> list[str]:
    found: list[str] = values(tx, SQL.databases)
    return found
