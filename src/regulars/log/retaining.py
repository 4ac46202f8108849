"""Events whose retention ends: gone from the log when every reader has passed them."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, one, run, value
from regulars.log.places import forget_places

BOUND = 10_000_000


class Sql(Statements, file="retaining.sql"):
    old: Query
    passed: Query
    forget: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    rows: int
    oldest: datetime | None


def old_events(tx: Tx, before: datetime) -> tuple[int, datetime | None]:
    """How many events were booked before an instant, and when the oldest was that is kept."""
    found = one(tx, SQL.old, Old, before=before, bound=BOUND)
    return found.rows, found.oldest


def forget_events(tx: Tx, before: datetime) -> int:
    """Delete the events that were booked before an instant, those that some reader still needs not."""
    to: int = value(tx, SQL.passed, before=before)
    if not to:
        return 0
    forget_places(tx, to)
    return run(tx, SQL.forget, to=to)
