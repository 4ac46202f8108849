"""Appending by the million: rows that their maker has checked already go into the inbox as they are."""

from collections.abc import Iterable

import psycopg
from psycopg import sql

from regulars.db import Tx
from regulars.log.admission import COLUMNS
from regulars.log.faults import is_of_the_data, reason_of

# What a prepared row holds, in this order: the columns of an event but for those that have a default here.
PREPARED = (
    "message_id", "source", "type", "name", "user_id", "anonymous_id", "occurred_at", "properties", "context",
    "history",
)  # fmt: skip
COPY = sql.SQL("copy log.inbox ({}, schema_version, hops) from stdin (format csv)").format(
    sql.SQL(", ").join(map(sql.Identifier, PREPARED))
)

assert set(PREPARED) <= set(COLUMNS)


class NotPrepared(Exception):
    """The database refuses one of the rows; the text says why."""


def append_prepared(tx: Tx, pieces: Iterable[bytes]) -> int:
    """Append rows that stand in CSV without a header, PREPARED and then schema version and hops.

    Nothing is checked here but by the database: who calls has seen to it that names and ids are short texts,
    and properties and context JSON objects. Raises NotPrepared for the whole when one row is refused; the
    caller's transaction goes on as if nothing had been asked.
    """
    try:
        with tx.transaction(), tx.cursor() as cursor:
            with cursor.copy(COPY) as copy:
                for piece in pieces:
                    copy.write(piece)
            return int(cursor.rowcount)
    except psycopg.Error as error:
        if not is_of_the_data(error):
            raise
        raise NotPrepared(reason_of(error)) from error
