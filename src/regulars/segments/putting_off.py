"""What was put off: everybody asked, after an edit or at a sweep of a long log, or after a long backlog."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Database, one
from regulars.segments.recomputing import refresh
from regulars.segments.statements import FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    due: bool  # A segment was published or edited.
    stale: bool  # The reader passed over a long backlog, and has none now.
    sweep: bool


def ask_put_off(database: Database, at: datetime) -> bool:
    """Ask everybody what was put off; whether there was something. Any number may do so."""
    with database.transaction() as tx:
        wanted = one(tx, FRESH.put_off, PutOff)
    if not (wanted.due or wanted.stale or wanted.sweep):
        return False
    with database.transaction() as tx:
        refresh(tx, at)
    return True
