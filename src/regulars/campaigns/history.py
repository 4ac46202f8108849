"""What happened to one message, from its row in the ledger to the last thing that came back."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows


class Sql(Statements, file="history.sql"):
    past: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    at: datetime
    what: str  # queued, checked, the state it ended in, or what came back, such as clicked.
    machine: bool
    detail: str


def past(tx: Tx, send_id: int) -> list[Happened]:
    """Everything that happened to a send, in order."""
    return rows(tx, SQL.past, Happened, send_id=send_id)
