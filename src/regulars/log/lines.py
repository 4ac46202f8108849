"""Events as lines of text on their way into the inbox: what who writes many a second appends by."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from regulars.db import Query, Statements, Tx, run
from regulars.log.admission import COLUMNS, ENCODER, NAME_SIGNS_MAX, Refused, admit
from regulars.log.event import NewEvent
from regulars.log.faults import is_of_the_data, reason_of
from regulars.log.rejected import NewReject, refuse

# Of PostgreSQL's text format.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Sql(Statements, file="lines.sql"):
    copy_lines: Query
    before_lines: Query
    undo_lines: Query
    after_lines: Query


SQL = Sql()


def line_of(event: NewEvent) -> str | None:
    """The event as one line for `append_lines`; None for one that `append` would put among the rejects."""
    try:
        row = admit(event)
    except Refused:
        return None
    fields = ["" if value is None else value if type(value) is str else str(value) for value in row]
    line = "\t".join(fields)
    # Hardly any has a sign that must be escaped, and one look at all is quicker than one at each.
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(row):
        return "\t".join([field.translate(ESCAPES) for field in fields])
    return line


def plain_line(
    *,
    message_id: str,
    source: str,
    type: str,  # noqa: A002 - the event's own word
    name: str,
    user_id: str | None,
    anonymous_id: str | None,
    occurred_at: datetime,
    properties: Mapping[str, Any],
    context: Mapping[str, Any] | None,
    history: bool,
) -> str | None:
    """What `line_of` gives for an event of these fields, in half of the time; None where that must say.

    The instant must have its zone, and the properties and the context be storable: they are not searched.
    """
    user, anonymous = user_id or "", anonymous_id or ""
    keys = f"{message_id}{source}{name}{user}{anonymous}"
    if (
        len(keys) > NAME_SIGNS_MAX
        or not keys.isprintable()
        or "" in (message_id, source, name, user_id, anonymous_id)
    ):
        return None
    line = (
        f"{message_id}\t{source}\t{type}\t{name}\t{user}\t{anonymous}\t\t{occurred_at}\t"
        f"{ENCODER.encode(properties).decode()}\t{_bag(context)}\t{history}\t1\t0"
    )
    # The keys are printable and JSON escapes what is not, so only this sign is left to be escaped.
    return None if "\\" in line else line


def _bag(context: Mapping[str, Any] | None) -> str:
    return "" if context is None else ENCODER.encode(context).decode()


def append_lines(tx: Tx, lines: Sequence[str]) -> int:
    """Append events made by `line_of`, in their order; gives how many were taken.

    On a connection that commits by itself this is one transaction in two round trips. What the database
    refuses all the same goes to the rejects, the others are taken.
    """
    if not lines:
        return 0
    if not tx.autocommit or tx.info.transaction_status != TransactionStatus.IDLE:
        return _copy_guarded(tx, lines)
    try:
        return _copy(tx, lines)
    except psycopg.Error as error:
        if not is_of_the_data(error):
            raise
    with tx.transaction():
        return _copy_guarded(tx, lines)


def _copy(tx: Tx, lines: Sequence[str]) -> int:
    with tx.cursor() as cursor:
        with cursor.copy(SQL.copy_lines) as copy:
            copy.write("\n".join([*lines, ""]))
        return cursor.rowcount


def _copy_guarded(tx: Tx, lines: Sequence[str]) -> int:
    run(tx, SQL.before_lines)
    try:
        copied = _copy(tx, lines)
    except psycopg.Error as error:
        if not is_of_the_data(error):
            raise
        run(tx, SQL.undo_lines)
        if len(lines) == 1:
            refuse(tx, [_refused(lines[0], reason_of(error))])
            return 0
    else:
        run(tx, SQL.after_lines)
        return copied
    half = len(lines) // 2
    return _copy_guarded(tx, lines[:half]) + _copy_guarded(tx, lines[half:])


def _refused(line: str, reason: str) -> NewReject:
    row = dict(zip(COLUMNS, line.split("\t"), strict=True))
    return NewReject(
        source=row["source"],
        stage="append",
        code="log.not_stored",
        reason=reason,
        payload=json.dumps(row),
        message_id=row["message_id"],
    )
