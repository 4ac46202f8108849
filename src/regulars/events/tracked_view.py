"""The views `events.tracked_<key>`: an event's planned properties as typed columns."""

import hashlib
from collections.abc import Mapping

from psycopg import sql

from regulars.db import Tx

IDENTIFIER_BYTES_MAX = 63
PREFIX = "tracked_"
OWN = ("position", "occurred_at", "customer_id")  # Columns that every view has.


def name_of(key: str) -> str:
    """The view of a definition, within what the database takes for a name."""
    if len(PREFIX + key) <= IDENTIFIER_BYTES_MAX:
        return PREFIX + key
    sign = hashlib.blake2b(key.encode(), digest_size=4).hexdigest()
    return f"{PREFIX}{key[: IDENTIFIER_BYTES_MAX - len(PREFIX) - 9]}_{sign}"


def column_of(name: str) -> str:
    """The column of a property: its own name, unless every view has one of that name."""
    return f"property_{name}" if name in OWN else name


def make(tx: Tx, key: str, event: str, columns: Mapping[str, str], persons: str | None) -> str:
    """Make it anew; gives its name. `persons` is a view (customer_id, person_id)."""
    drop(tx, key)
    view = sql.Identifier("events", name_of(key))
    # Names come from people: as identifiers and literals they are text and nothing else. Without
    # parameters, a percent sign in one of them is a percent sign.
    tx.execute(sql.SQL("create view {} as {}").format(view, _query(event, columns, persons)))
    return f"events.{name_of(key)}"


def drop(tx: Tx, key: str) -> None:
    tx.execute(sql.SQL("drop view if exists {}").format(sql.Identifier("events", name_of(key))))


def _query(event: str, columns: Mapping[str, str], persons: str | None) -> sql.Composed:
    typed = [
        sql.SQL(", events.{}(event.properties -> {}) as {}").format(
            sql.Identifier(f"as_{kind}"),
            sql.Literal(name),
            sql.Identifier(column_of(name)),
        )
        for name, kind in columns.items()
    ]
    return sql.SQL(
        "select event.position, event.occurred_at, {} as customer_id{} from log.fact_event event {} "
        "where event.type = 'track' and event.name = {}"
    ).format(
        sql.SQL("coalesce(person.person_id, event.customer_id)" if persons else "event.customer_id"),
        sql.SQL("").join(typed),
        sql.SQL("left join {} person on person.customer_id = event.customer_id").format(
            sql.Identifier(*persons.split("."))
        )
        if persons
        else sql.SQL(""),
        sql.Literal(event),
    )
