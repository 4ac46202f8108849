"""Appending: events go into the inbox in the caller's own transaction, the sequencer does the rest."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import psycopg

from regulars.db import Query, Statements, Tx, copy_rows, run
from regulars.log.admission import COLUMNS, Refused, Row, admit
from regulars.log.event import NewEvent
from regulars.log.faults import is_of_the_data, reason_of

PAYLOAD_SIGNS_MAX = 65_536


class Sql(Statements, file="appending.sql"):
    before_copy: Query
    undo_copy: Query
    after_copy: Query
    reject: Query


SQL = Sql()


def append(tx: Tx, events: Iterable[NewEvent]) -> int:
    """Append in the caller's transaction and give how many were accepted.

    What cannot be stored goes to the rejects with its reason, the others are taken. A message id that was
    seen before is accepted here and dropped by the sequencer. Order within one call, and within one
    customer's writer, is kept.
    """
    admitted: list[tuple[Row, NewEvent]] = []
    for event in events:
        try:
            admitted.append((admit(event), event))
        except Refused as refusal:
            _reject(tx, event, str(refusal))
    return _copy(tx, admitted) if admitted else 0


def _copy(tx: Tx, admitted: Sequence[tuple[Row, NewEvent]]) -> int:
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
            _reject(tx, admitted[0][1], reason_of(error))
            return 0
    else:
        run(tx, SQL.after_copy)
        return copied
    half = len(admitted) // 2
    return _copy(tx, admitted[:half]) + _copy(tx, admitted[half:])


def _reject(tx: Tx, event: NewEvent, reason: str) -> None:
    run(tx, SQL.reject, reason=_plain(reason), payload=payload_of(event))


def payload_of(event: NewEvent) -> str:
    """As much of an event as text can hold; ASCII, so that what was refused shows as an escape."""
    try:
        return json.dumps(asdict(event), default=repr)[:PAYLOAD_SIGNS_MAX]
    except (RecursionError, ValueError, TypeError):
        return json.dumps({"message_id": repr(event.message_id), "name": repr(event.name)})


def _plain(text: str) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
