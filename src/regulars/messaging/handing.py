"""Single messages put into the ledger, each with data of its own and as an entry of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, rows
from regulars.messaging.source import Source


class Sql(Statements, file="handing.sql"):
    enqueue_each: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    customer_id: int
    entry: int  # No other message of its source has it, so that nothing counts as sent twice.
    data: Mapping[str, Any]  # What the template may ask for as `event`.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    send_id: int
    entry: int


def enqueue_each(tx: Tx, source: Source, given: Sequence[Single], *, at: datetime) -> dict[int, int]:
    """Write a row for each; gives the sends by entry."""
    made = rows(
        tx,
        SQL.enqueue_each,
        _Made,
        source_id=source.source_id,
        customer_ids=[one.customer_id for one in given],
        entries=[one.entry for one in given],
        data=[Jsonb(dict(one.data)) for one in given],
        at=at,
    )
    return {one.entry: one.send_id for one in made}
