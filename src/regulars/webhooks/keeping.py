"""How long the log is kept, and what it holds of a person."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from regulars.db import Tx, naming, run, value
from regulars.webhooks.statements import RECORDS

TITLE = "Sent to other systems"


def expiry(days: int) -> Callable[[Tx, datetime], int]:
    """What a daily timer does: deliveries and attempts go after so many days, sent or not."""

    def expire(tx: Tx, at: datetime) -> int:
        return run(tx, RECORDS.expire, before=at - timedelta(days=days))

    return expire


def held(tx: Tx, atoms: Sequence[int]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """What was sent of a person, and where to."""
    with tx.cursor(row_factory=dict_row) as cursor:
        yield TITLE, cursor.execute(RECORDS.held, {"customer_ids": list(atoms)}).fetchall()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str] = ()) -> int:
    """Take what was sent out of the log, and cancel what waits; gives how many deliveries.

    What other systems received stays with them: the record of processing names them.
    """
    telling = {
        one
        for query in (RECORDS.deliveries_telling, RECORDS.attempts_telling)
        for found in naming(tx, query, values)
        for one in found.ids
    }
    count: int = value(tx, RECORDS.erase, customer_ids=list(atoms), delivery_ids=sorted(telling))
    return count
