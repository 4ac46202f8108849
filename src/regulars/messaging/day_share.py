"""A channel that may carry only so many today: those who answer go first, the others wait for another day.

The order: who opened or clicked as a person in the last 90 days, the latest first; then whoever bought last;
then the others as they stand in the ledger. Receivers judge a new name by what its first readers do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Query, Statements, Tx, run, value
from regulars.messaging.source import Source

ANSWERED = timedelta(days=90)  # An older opening says little of today.


class Sql(Statements, file="day_share.sql"):
    due: Query
    waits: Query
    share_out: Query
    let_go: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What may still leave by a channel today."""

    left: int
    until: datetime  # From when on the next day's share may leave.


def share_out(tx: Tx, source: Source, share: Share, *, at: datetime) -> None:
    """Let those go of a source who go first, and the others wait until the next day at their hour.

    Chosen once a day, and again when the checks refused some of them: the order is worked out over
    all that wait.
    """
    given = {"source_id": source.source_id, "at": at, "until": share.until}
    due = int(value(tx, SQL.due, source_id=source.source_id, at=at, most=share.left + 1))
    places_left = not due and share.left and bool(value(tx, SQL.waits, source_id=source.source_id))
    if due > share.left or places_left:
        run(tx, SQL.share_out, most=share.left, since=at - ANSWERED, **given)


def let_go(tx: Tx, source: Source, *, at: datetime) -> int:
    """Nothing caps any more: who waited for a day goes now. Returns how many."""
    return run(tx, SQL.let_go, source_id=source.source_id, at=at)
