"""When time alone changes where somebody belongs: those whose time has come are asked everything."""

from datetime import datetime

from regulars import customers, log
from regulars.db import Database, Tx, run, values
from regulars.kernel import WallClock
from regulars.segments.looking import differing
from regulars.segments.plan import plan_of
from regulars.segments.statements import FRESH
from regulars.segments.writing import hold_state, write

BATCH = 1_000


def wake_due(database: Database, at: datetime) -> int:
    """Ask all whose time has come by an instant, in bounded steps; gives how many. Any number may do so."""
    total = 0
    while True:
        with database.transaction() as tx:
            woken = wake_some(tx, at)
        total += woken
        if woken < BATCH:
            return total


def wake_some(tx: Tx, at: datetime, limit: int = BATCH) -> int:
    """Some of them, in the caller's transaction; who waits for another finds them done."""
    if not values(tx, FRESH.due_people, at=at, limit=1):
        return 0
    customers.hold(tx)
    state = hold_state(tx)
    at = state.not_before(at)
    plan = plan_of(tx, state.generation)
    if not plan.counted:
        run(tx, FRESH.forget_waking)
        return 0
    people = values(tx, FRESH.due_people, at=at, limit=limit)
    if people:
        write(tx, differing(tx, plan, plan.counted, at, people), at)
    return len(people)


def wake_now(database: Database) -> int:
    """The same by the business clock."""
    with database.transaction() as tx:
        now = log.clock(tx).now(WallClock().now())
    return wake_due(database, now)
