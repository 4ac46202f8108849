"""What a launched campaign does as time passes: its messages leave, its windows close, its results settle."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from regulars import access
from regulars.campaigns.audience import still_in
from regulars.campaigns.launching import CAMPAIGN, STOPPED, find, source_of, start_due
from regulars.campaigns.model import ORDER_COMPLETED, Campaign, Run
from regulars.campaigns.monitor import beat
from regulars.campaigns.statements import SQL
from regulars.conditions import fits_event
from regulars.customers import Moved, hold
from regulars.db import Database, Tx, rows, run, value
from regulars.definitions import get
from regulars.experiments import aa_replay
from regulars.messaging import Sender, find_source, give_up, still_open
from regulars.messaging import carry_on as move

LATE_DAYS = 30  # So long after the last window events that happened inside it are still counted.


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    customer_id: int
    converted: bool


def advance(database: Database, sender: Sender, *, at: datetime) -> int:
    """Do all that is due: start what was scheduled, move messages, count. Returns how many rows moved.

    It can be killed anywhere and called again.
    """
    with database.transaction() as tx:
        hold(tx)
        start_due(tx, at)
    moved = carry_on(database, sender, at=at)
    with database.transaction() as tx:
        hold(tx)
        measure_open(tx, at)
    return moved


def carry_on(database: Database, sender: Sender, *, at: datetime) -> int:
    """Move the messages of every campaign that is sending, in bounded batches, by priority."""
    with database.transaction() as tx:
        sending = rows(tx, SQL.sending_runs, Run)
        sending.sort(key=lambda found: (-_priority(tx, found), found.run_id))
    return sum(_carry_on(database, sender, found, at) for found in sending)


def _priority(tx: Tx, found: Run) -> int:
    return get(tx, CAMPAIGN, found.key, found.version).body.priority


def _carry_on(database: Database, sender: Sender, found: Run, at: datetime) -> int:
    with database.transaction() as tx:
        body = get(tx, CAMPAIGN, found.key, found.version).body
        _stand(tx, found, at)
    sender = replace(sender, audience=partial(_present, body, found, at))
    moved = move(database, sender, source_of(found), at=at)
    with database.transaction() as tx:
        # Whoever lets failed ones go again holds it too: else it would end with those still to be moved.
        run(tx, SQL.hold_run, run_id=found.run_id)
        source = find_source(tx, source_of(found))
        _stand(tx, found, at)
        run(tx, SQL.enter, run_id=found.run_id)
        if still_open(tx, source) == 0:
            run(tx, SQL.finish_sending, run_id=found.run_id)
    return moved


def _present(
    body: Campaign, found: Run, at: datetime, tx: Tx, customer_ids: Sequence[int]
) -> AbstractSet[int]:
    """Who is still in the audience; asked once a batch, it is also the pulse of the monitor."""
    beat(tx, found.run_id, len(customer_ids))
    return still_in(body, found.key, at, tx, customer_ids)


def _stand(tx: Tx, found: Run, at: datetime) -> None:
    """Give up what waits of a run that was stopped, also what was in flight then and came back."""
    source = find_source(tx, source_of(found))
    if find(tx, found.key, found.version).cancelled_at is not None:
        give_up(tx, source, reason=STOPPED, at=at)


def begin_due(tx: Tx, at: datetime) -> int:
    """Start the campaigns whose moment has come; gives how many. It costs nothing while there are none."""
    hold(tx)
    return start_due(tx, at)


def due(tx: Tx, at: datetime) -> int:
    """Start what was scheduled and count conversions; the messages themselves are moved by `carry_on`."""
    hold(tx)
    return start_due(tx, at) + measure_open(tx, at)


def measure_open(tx: Tx, at: datetime) -> int:
    """Count the conversions of every run with an open window; close those whose last window has passed.

    A closed run is counted again for LATE_DAYS, since a till's file can bring an order of the window late.
    """
    sent = rows(tx, SQL.sent_runs, Run, at=at, late_days=LATE_DAYS)
    for found in sent:
        measure(tx, found, at)
    return len(sent)


def measure(tx: Tx, found: Run, at: datetime) -> None:
    changed = _count(tx, found)
    if found.state == "measured" and not changed:
        return
    if value(tx, SQL.open_windows, run_id=found.run_id, at=at):
        run(tx, SQL.touch_run, run_id=found.run_id, at=at)
        return
    outcomes = {
        row.customer_id: row.converted for row in rows(tx, SQL.outcomes, Outcome, run_id=found.run_id)
    }
    replay = aa_replay(outcomes, held_out_share=found.held_out_share, salt=f"aa:{found.key}:{found.version}")
    run(
        tx,
        SQL.close_run,
        run_id=found.run_id,
        at=at,
        aa_salts=replay.salts if replay else None,
        aa_rejections=replay.rejections if replay else None,
        aa_customers=replay.customers if replay else None,
    )


def _count(tx: Tx, found: Run, people: Sequence[int] | None = None) -> int:
    """Count who did it, of everybody or of some; gives how many rows changed."""
    given = {"goal": ORDER_COMPLETED, "run_id": found.run_id, "people": people and list(people)}
    if not found.filtered:
        acted = SQL.bought if found.goal == ORDER_COMPLETED else SQL.acted
        return run(tx, SQL.measure.format(acted=acted), **given)
    where = get(tx, CAMPAIGN, found.key, found.version).body.goal_where
    fits, bound = fits_event(where, zone=access.zone(tx))
    fitting = SQL.measure.format(acted=SQL.acted_fitting.format(fits=fits))
    return run(tx, fitting, **given, **bound)


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """Profiles were merged or split: each keeps its own entry, and one entry counts for a person.

    What the people concerned did is counted anew in every run, since their orders have followed by now.
    """
    people = sorted({one.before for one in moved} | {one.after for one in moved})
    run(tx, SQL.follow, atoms=[one.atom_id for one in moved], afters=[one.after for one in moved])
    run(tx, SQL.count_once, people=people)
    for acted in (SQL.bought, SQL.acted):
        run(tx, SQL.measure.format(acted=acted), goal=ORDER_COMPLETED, run_id=None, people=people)
    for found in rows(tx, SQL.filtered_runs, Run, people=people):
        _count(tx, found, people)
