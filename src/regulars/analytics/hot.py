"""Rows of PostgreSQL as Arrow, in one snapshot of the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from psycopg.conninfo import conninfo_to_dict

from regulars.analytics.table import CASTS, Table
from regulars.analytics.typed_columns import TypedColumn
from regulars.db import Database
from regulars.kernel import Unavailable

READING_LOCK = 7_246_035  # Any number of our own: shared by who reads files, taken alone by who deletes them.


class Hot:
    """A connection in one REPEATABLE READ transaction: all that is asked of it is of one instant."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def value(self, query: str) -> Any:
        rows = self.rows(query)
        return rows[0][0] if rows else None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall()) if cursor.description else []

    def records(self, query: str) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return found

    @contextmanager
    def batches(self, query: str) -> Iterator[pa.RecordBatchReader]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            yield cursor.fetch_record_batch()

    def table(self, query: str, schema: pa.Schema) -> pa.Table:
        with self.batches(query) as reader:
            return reader.read_all().cast(schema)

    def copy(self, query: str) -> pa.Table:
        """All rows of a statement, with the types that it gives itself."""
        with self.batches(query) as reader:
            return reader.read_all()

    def begin(self) -> None:
        """A new transaction, which sees what is committed at its first question."""
        self.rows("set transaction isolation level repeatable read, read only")

    def end(self) -> None:
        """End the transaction; what the session holds stays held."""
        self._connection.rollback()


@contextmanager
def snapshot(database: Database) -> Iterator[Hot]:
    with _told():
        connection = adbc.connect(_uri(database.dsn))
    try:
        hot = Hot(connection)
        hot.begin()
        yield hot
    finally:
        connection.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except adbc.Error as cause:
        said = str(cause).strip().splitlines()[0][:300]
        raise Unavailable(f"The database does not answer ({said}).") from cause


def _uri(dsn: str) -> str:
    """As libpq takes it, without the options that only psycopg reads."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    return " ".join(f"{name}='{_quoted(value)}'" for name, value in parts.items())


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def query_of(table: Table, spans: Sequence[tuple[int, int | None]], typed: Sequence[TypedColumn] = ()) -> str:
    """All rows whose key is from the first on and below the second of one of the spans."""
    names = ", ".join(
        [f'"{name}"::{CASTS[kind]} as "{name}"' for name, kind in table.columns.items()]
        + [f'({one.in_postgresql()}) as "{one.name}"' for one in typed]
    )
    fits = " or ".join(_within(table.place or table.key, first, end) for first, end in spans) or "false"
    return f"select {names} from ({table.source}) as row where {fits} order by {table.key}"


def count_of(table: Table, spans: Sequence[tuple[int, int | None]]) -> str:
    fits = " or ".join(_within(table.key, first, end) for first, end in spans) or "false"
    return f"select count(*) from ({table.source}) as row where {fits}"


def _within(key: str, first: int, end: int | None) -> str:
    return f"{key} >= {first}" if end is None else f"({key} >= {first} and {key} < {end})"


def types_of(typed: Sequence[TypedColumn]) -> Mapping[str, Any]:
    return {one.name: one.type for one in typed}
