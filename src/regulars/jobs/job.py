"""Jobs: finite work in the background, asked for inside the transaction that wants it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from regulars.db import Tx, maybe, rows, run, value
from regulars.jobs.statements import SQL
from regulars.kernel import Conflict, NotFound, Page, decode_cursor, encode_cursor, public_id

State = Literal["waiting", "running", "done", "failed", "cancelled"]
PAGE_MAX = 200


class JobEnded(Conflict):
    code = "jobs.ended"


class JobNotFailed(Conflict):
    code = "jobs.not_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All its times are the wall clock's."""

    id: int
    name: str
    args: dict[str, Any]
    key: str | None
    state: State
    cancelling: bool  # Asked to stop; it does at its next progress.
    attempt: int
    done: int
    total: int | None
    unit: str
    message: str
    done_before: int  # Found done when the present attempt started.
    progress_at: datetime | None
    requested_by: str
    requested_at: datetime
    started_at: datetime | None  # Of the present or last attempt.
    finished_at: datetime | None
    error: str | None
    result: dict[str, Any] | None

    @property
    def public_id(self) -> str:
        return public_id("job", self.id)

    @property
    def rate(self) -> float | None:
        """Units a second of the present attempt; None until there is something to divide."""
        if self.started_at is None or self.progress_at is None:
            return None
        seconds = (self.progress_at - self.started_at).total_seconds()
        gained = self.done - self.done_before
        return gained / seconds if seconds > 0 and gained > 0 else None

    @property
    def left(self) -> timedelta | None:
        """The time left at this rate; None when it cannot be said."""
        if self.state != "running" or self.total is None or self.rate is None:
            return None
        return timedelta(seconds=max(0, self.total - self.done) / self.rate)


def defer(tx: Tx, name: str, args: Mapping[str, Any], *, requested_by: str, key: str | None = None) -> int:
    """Ask for a job, which exists if and only if this transaction commits; the same key is the first job."""
    written = json.loads(json.dumps(dict(args)))
    made: int | None = value(
        tx, SQL.insert_job, name=name, args=Jsonb(written), key=key, requested_by=requested_by
    )
    if made is None:
        known: int = value(tx, SQL.id_of_key, key=key)
        return known
    run(tx, SQL.enqueue, id=made)
    return made


def get(tx: Tx, job_id: int) -> Job:
    found = maybe(tx, SQL.find_job, Job, id=job_id)
    if found is None:
        raise NotFound(f"There is no job {public_id('job', job_id)}.")
    return found


def jobs(
    tx: Tx,
    *,
    state: State | None = None,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Job]:
    """Newest first."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.jobs_page, Job, before=before, state=state, name=name, limit=limit + 1)
    shown = tuple(found[:limit])
    return Page(items=shown, next=encode_cursor(shown[-1].id) if len(found) > limit else None)


def cancel(tx: Tx, job_id: int) -> Job:
    """A waiting job ends now, a running one at its next progress; raises JobEnded when it is over."""
    if value(tx, SQL.cancel, id=job_id) is None:
        over = get(tx, job_id)
        raise JobEnded(f"The job {over.public_id} is over ({over.state}); there is nothing to cancel.")
    return get(tx, job_id)


def retry(tx: Tx, job_id: int) -> Job:
    """A failed or cancelled job runs again, from its last progress if it keeps one."""
    if value(tx, SQL.renew, id=job_id) is None:
        found = get(tx, job_id)
        raise JobNotFailed(
            f"The job {found.public_id} is {found.state}; only a failed or cancelled one runs again."
        )
    run(tx, SQL.enqueue, id=job_id)
    return get(tx, job_id)
