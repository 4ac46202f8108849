"""What a launched campaign does as time passes: its messages leave, its windows close, its results settle."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from regulars.campaigns.launching import source_of, start_due
from regulars.campaigns.model import ORDER_COMPLETED, Run
from regulars.campaigns.statements import SQL
from regulars.db import Database, Tx, rows, run, value, values
from regulars.experiments import aa_replay
from regulars.messaging import Sender, find_source, still_open
from regulars.messaging import carry_on as move


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    customer_id: int
    converted: bool


def advance(database: Database, sender: Sender, *, at: datetime) -> int:
    """Do all that is due: start what was scheduled, move messages, count. Returns how many rows moved.

    It can be killed anywhere and called again.
    """
    with database.transaction() as tx:
        start_due(tx, at)
    moved = carry_on(database, sender, at=at)
    with database.transaction() as tx:
        measure_open(tx, at)
    return moved


def carry_on(database: Database, sender: Sender, *, at: datetime) -> int:
    """Move the messages of every campaign that is sending, in bounded batches."""
    with database.transaction() as tx:
        sending = rows(tx, SQL.sending_runs, Run)
    return sum(_carry_on(database, sender, found, at) for found in sending)


def _carry_on(database: Database, sender: Sender, found: Run, at: datetime) -> int:
    sender = replace(sender, audience=partial(_still_members, found.segment))
    moved = move(database, sender, source_of(found), at=at)
    with database.transaction() as tx:
        run(tx, SQL.enter, run_id=found.run_id)
        if still_open(tx, find_source(tx, source_of(found))) == 0:
            run(tx, SQL.finish_sending, run_id=found.run_id)
    return moved


def _still_members(segment: str, tx: Tx, customer_ids: Sequence[int]) -> AbstractSet[int]:
    return set(values(tx, SQL.still_members, segment=segment, customer_ids=list(customer_ids)))


def due(tx: Tx, at: datetime) -> int:
    """Start what was scheduled and count conversions; the messages themselves are moved by `carry_on`."""
    return start_due(tx, at) + measure_open(tx, at)


def measure_open(tx: Tx, at: datetime) -> int:
    """Count the conversions of every run with an open window; close those whose last window has passed."""
    sent = rows(tx, SQL.sent_runs, Run)
    for found in sent:
        measure(tx, found, at)
    return len(sent)


def measure(tx: Tx, found: Run, at: datetime) -> None:
    if found.goal == ORDER_COMPLETED:
        run(tx, SQL.measure_orders, run_id=found.run_id)
    else:
        run(tx, SQL.measure_events, run_id=found.run_id, goal=found.goal)
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
