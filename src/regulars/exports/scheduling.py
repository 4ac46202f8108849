"""Scheduled exports over time: each occurrence once, whoever looks, and what rests is tried again."""

from datetime import datetime

from regulars import definitions, jobs
from regulars.db import Tx, rows, run, value, values
from regulars.exports.asking import MAKE, note_scheduled, start
from regulars.exports.body import ExportBody, next_due
from regulars.exports.desk import Desk
from regulars.exports.record import Schedule, get
from regulars.exports.statements import SQL

BY_CLOCK = "the schedule"


def look_around(tx: Tx, desk: Desk) -> list[int]:
    """Ask for every run and next try that is due by the wall clock; gives them. Twice at once is once."""
    now = desk.wall.now()
    live = {found.key: found for found in definitions.all_live(tx, desk.kind)}
    for key, found in sorted(live.items()):
        every = found.body.every
        due = next_due(every, now, desk.zone)
        run(tx, SQL.note_schedule, export_key=key, rule=f"{every} {desk.zone}", next_due_at=due)
    return [*_due(tx, desk, live, now), *_rested(tx, now)]


def _due(tx: Tx, desk: Desk, live: dict[str, definitions.Definition[ExportBody]], now: datetime) -> list[int]:
    asked = []
    for one in rows(tx, SQL.due, Schedule, keys=list(live), now=now) if live else []:
        found = live[one.export_key]
        following = next_due(found.body.every, now, desk.zone)
        run(tx, SQL.set_next, export_key=one.export_key, next_due_at=following)
        made = note_scheduled(
            tx, desk, found, due_at=one.next_due_at, asked_by=None, asked_name=BY_CLOCK, via="product"
        )
        if made is not None:
            start(tx, get(tx, made), requested_by=BY_CLOCK)
            asked.append(made)
    return asked


def _rested(tx: Tx, now: datetime) -> list[int]:
    found: list[int] = values(tx, SQL.rested, now=now)
    for run_id in found:
        noted = get(tx, run_id)
        key = f"{MAKE}:{run_id}:{noted.tries}"
        job = jobs.defer(tx, MAKE, {"run": run_id}, requested_by=BY_CLOCK, key=key)
        run(tx, SQL.set_job, run_id=run_id, job_id=job)
        value(tx, SQL.wake, run_id=run_id)
    return found
