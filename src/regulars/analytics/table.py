"""A table of the lake: which rows of PostgreSQL it holds, cut by which number, with which columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Type = Literal["bigint", "text", "boolean", "instant", "number"]
CHUNK = 100_000  # Keys; as analytics.chunk_of in the database.
CASTS: Mapping[Type, str] = {
    "bigint": "int8",
    "text": "text",
    "boolean": "bool",
    "instant": "timestamptz",
    "number": "float8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a room has in the lake.

    `source` is a SELECT over the room's own tables that gives the columns by their names. Rows that change
    are written anew with their chunk of keys: `watched` names each table whose change changes a row, with its
    column that holds the key. Where the index is over another number of the same chunk, `place` is that
    column of the source. Rows name the atom, never the person: people merge, files do not.
    """

    name: str
    title: str
    source: str
    key: str  # A bigint, positive.
    columns: Mapping[str, Type]
    watched: tuple[tuple[str, str], ...] = ()
    place: str | None = None
    atom: str | None = "customer_id"
    contacts: tuple[str, ...] = ()  # Columns of text that may hold contact details.

    @property
    def is_log(self) -> bool:
        """Its keys are gapless and its rows stay: it is cut at one number, the watermark."""
        return not self.watched

    def schema(self, more: "Mapping[str, Type] | None" = None) -> "pa.Schema":
        import pyarrow as pa  # noqa: PLC0415 - it is loaded where the lake is used.

        types = {
            "bigint": pa.int64(),
            "text": pa.string(),
            "boolean": pa.bool_(),
            "instant": pa.timestamp("us", tz="UTC"),
            "number": pa.float64(),
        }
        return pa.schema([(name, types[kind]) for name, kind in {**self.columns, **(more or {})}.items()])


EVENTS = Table(
    name="events",
    title="Events",
    source="select * from log.fact_event",
    key="position",
    columns={
        "position": "bigint",
        "booked_at": "instant",
        "occurred_at": "instant",
        "received_at": "instant",
        "customer_id": "bigint",
        "schema_version": "bigint",
        "hops": "bigint",
        "history": "boolean",
        "message_id": "text",
        "source": "text",
        "type": "text",
        "name": "text",
        "user_id": "text",
        "anonymous_id": "text",
        "properties": "text",
        "context": "text",
    },
    contacts=("user_id", "anonymous_id", "properties", "context"),
)
