"""Appending: events go into the inbox in the caller's own transaction, the sequencer does the rest."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

import psycopg

from regulars.db import Query, Statements, Tx, copy_rows, run
from regulars.log.admission import COLUMNS, Refused, Row, admit
from regulars.log.event import NewEvent
from regulars.log.faults import is_of_the_data, reason_of
from regulars.log.rejected import NewReject, refuse


class Sql(Statements, file="appending.sql"):
    before_copy: Query
    undo_copy: Query
    after_copy: Query


SQL = Sql()


def append(tx: Tx, events: Iterable[NewEvent]) -> int:
    """Append in the caller's transaction and give how many were accepted.

    What cannot be stored goes to the rejects with its reason, the others are taken. A message id that was
    seen before is accepted here and dropped by the sequencer. Order within one call, and within one
    customer's writer, is kept.
    """
    admitted: list[tuple[Row, NewEvent]] = []
    refused: list[NewReject] = []
    for event in events:
        try:
            admitted.append((admit(event), event))
        except Refused as refusal:
            refused.append(_refused(event, str(refusal), path=str(refusal).partition(": ")[0]))
    copied = _copy(tx, admitted, refused) if admitted else 0
    # All at once: taken one by one, two writers with the same could wait for each other.
    refuse(tx, refused)
    return copied


def _copy(tx: Tx, admitted: Sequence[tuple[Row, NewEvent]], refused: list[NewReject]) -> int:
    # The checks before should leave nothing for the database to refuse. Should it still refuse one, the
    # savepoint keeps the caller's transaction, and halving finds the one.
    run(tx, SQL.before_copy)
    try:
        copied = copy_rows(tx, "log.inbox", COLUMNS, (row for row, _ in admitted))
    except psycopg.Error as error:
        if not is_of_the_data(error):
            raise
        run(tx, SQL.undo_copy)
        if len(admitted) == 1:
            refused.append(_refused(admitted[0][1], reason_of(error)))
            return 0
    else:
        run(tx, SQL.after_copy)
        return copied
    half = len(admitted) // 2
    return _copy(tx, admitted[:half], refused) + _copy(tx, admitted[half:], refused)


def _refused(event: NewEvent, reason: str, path: str = "") -> NewReject:
    return NewReject(
        source=str(event.source),
        stage="append",
        code="log.not_stored",
        reason=reason,
        path=path,
        payload=payload_of(event),
        message_id=str(event.message_id) if event.message_id else None,
    )


def payload_of(event: NewEvent) -> str:
    """The event as text; ASCII, so that what was refused shows as an escape."""
    try:
        return json.dumps(asdict(event), default=_told)
    except (RecursionError, ValueError, TypeError):
        return json.dumps({"message_id": repr(event.message_id), "name": repr(event.name)})


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
