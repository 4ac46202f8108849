"""Running statements: values in as named parameters, frozen dataclasses out."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row, tuple_row

from regulars.kernel import NotFound

Tx = psycopg.Connection[Any]
T = TypeVar("T")
Statement = sql.SQL | sql.Composed


def rows(tx: Tx, query: Statement, into: type[T], /, **params: object) -> list[T]:
    with tx.cursor(row_factory=class_row(into)) as cursor:
        return cursor.execute(query, params).fetchall()


def maybe(tx: Tx, query: Statement, into: type[T], /, **params: object) -> T | None:
    with tx.cursor(row_factory=class_row(into)) as cursor:
        return cursor.execute(query, params).fetchone()


def one(tx: Tx, query: Statement, into: type[T], /, **params: object) -> T:
    """The first row; raises NotFound when there is none."""
    found = maybe(tx, query, into, **params)
    if found is None:
        raise NotFound(f"No such {into.__name__.lower()}.")
    return found


def values(tx: Tx, query: Statement, /, **params: object) -> list[Any]:
    """The first column of all rows."""
    with tx.cursor(row_factory=tuple_row) as cursor:
        return [row[0] for row in cursor.execute(query, params).fetchall()]


def records(tx: Tx, query: Statement, /, **params: object) -> list[dict[str, Any]]:
    """All rows by column name, for what is only passed on."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, params).fetchall()


def value(tx: Tx, query: Statement, /, **params: object) -> Any:
    """The first column of the first row, or None."""
    with tx.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    return row[0] if row else None


def run(tx: Tx, query: Statement, /, **params: object) -> int:
    """Execute and give the number of rows touched."""
    with tx.cursor() as cursor:
        return int(cursor.execute(query, params).rowcount)


def copy_rows(tx: Tx, table: str, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> int:
    """COPY rows into "schema.table"; by far the fastest way in for many."""
    command = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with tx.cursor() as cursor:
        with cursor.copy(command) as copy:
            for line in lines:
                copy.write_row(line)
        return cursor.rowcount
