"""Messages whose retention ends: that something was sent stays, what it said goes."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, one, run


class Sql(Statements, file="retaining.sql"):
    old: Query
    forget: Query
    forget_data: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    rows: int
    oldest: datetime | None


def old_messages(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """How many messages are kept from before an instant, or at all, and when the oldest was."""
    found = one(tx, SQL.old, Old, before=before)
    return found.rows, found.oldest


def forget_messages(tx: Tx, before: datetime) -> int:
    """Delete the messages from before an instant, and what was given along with them."""
    run(tx, SQL.forget_data, before=before)
    return run(tx, SQL.forget, before=before)
