"""What was put off: everybody asked, after an edit or at a sweep of a long log, or after a long backlog."""

from dataclasses import dataclass
from datetime import datetime

from regulars.analytics import Lake
from regulars.db import Database, Tx, one, run, value
from regulars.segments.reader import BACKLOG
from regulars.segments.recomputing import cursor, is_large, refresh
from regulars.segments.statements import FRESH
from regulars.segments.writing import hold_state

ALONE_KEY = 7_246_051  # Any number of our own; see customers.holding for the others.


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    due: bool  # A segment was published or edited.
    stale: bool  # The reader passed over a long backlog.
    sweep: bool


def ask_again(tx: Tx) -> None:
    """Everybody is to be asked everything again, soon; whoever is doing so now begins anew."""
    hold_state(tx)
    run(tx, FRESH.ask_sweep, due=True)
    run(tx, FRESH.begin_generation)


def ask_put_off(database: Database, lake: Lake, at: datetime) -> bool:
    """Ask everybody what was put off; whether there was something. One does, who else comes finds nothing."""
    with database.transaction() as tx:
        wanted = one(tx, FRESH.put_off, PutOff)
        # While the reader passes over a backlog, everybody would have to be asked again after it.
        is_wanted = wanted.due or wanted.sweep or wanted.stale
        is_passing = is_wanted and value(tx, FRESH.head) - cursor(tx) > BACKLOG
    if is_passing or not is_wanted:
        return False
    with database.transaction() as tx:
        if not value(tx, FRESH.alone_with_all, key=ALONE_KEY):
            return False
        if is_large(tx):
            from regulars.segments.whole import ask_everybody  # noqa: PLC0415 - it loads an engine.

            return ask_everybody(database, lake, at)
        refresh(tx, at)
        run(tx, FRESH.ask_sweep, due=False)
    return True
