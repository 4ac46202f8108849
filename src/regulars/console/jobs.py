"""Jobs and timers: finite work with its progress, and what falls due by the calendar."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from regulars import access, jobs
from regulars.console.console import pages
from regulars.console.formats import count_of, number
from regulars.console.parts import Column, Tone
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import parse_public_id

router = pages()
COLUMNS = (
    Column(title="Job"),
    Column(title="Asked by"),
    Column(title="When"),
    Column(title="Progress"),
    Column(title="State"),
)
TIMER_COLUMNS = (
    Column(title="Timer"),
    Column(title="Due"),
    Column(title="Last done for"),
    Column(title="State"),
)
PROCESS_COLUMNS = (
    Column(title="Process"),
    Column(title="Host"),
    Column(title="Version"),
    Column(title="Runs since"),
    Column(title="Last sign"),
)
TONES: dict[str, Tone] = {
    "waiting": "waiting",
    "running": "live",
    "done": "good",
    "failed": "bad",
    "cancelled": "quiet",
}
# What people call the jobs; another is shown by its own name.
TITLES = {
    "imports.check": "Check an import",
    "imports.run": "Import a file",
    "clock.advance": "Advance the clock",
    "rejects.replay": "Replay rejects",
    "exports.make": "Export a list",
}
# What the timers do, in words.
DUE = {
    "access.expire_approvals": "Close requests that nobody decided in time",
    "customers.keep_quality": "Count how good the data are, and look at their rules",
    "campaigns.due": "Start, count and end campaigns",
    "events.expire_rejects": "Erase what was refused long ago",
    "imports.expire": "Delete imported files after their retention",
    "loyalty.activate": "Let waiting points become spendable",
    "loyalty.expire": "Let points expire",
    "loyalty.review_tiers": "Review tiers",
    "loyalty.begin_versions": "Begin versions of programmes",
    "loyalty.expire_holds": "Let holds run out",
    "loyalty.expire_inactive": "Let points of the inactive expire",
    "loyalty.greet": "Give what joining gives",
    "loyalty.birthdays": "Give points on birthdays",
    "loyalty.tell_ending_tiers": "Tell of tiers that end",
    "loyalty.tell_expiring_points": "Tell of points that expire",
    "segments.end_entries": "Take off lists whose time is over",
    "segments.sweep": "Compare segments with a full computation",
}
ENDED = {"done", "failed", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    items: tuple[jobs.Job, ...]
    columns: tuple[Column, ...]
    timers: tuple[jobs.TimerStatus, ...]
    processes: tuple[jobs.Process, ...]
    process_columns: tuple[Column, ...]
    timer_columns: tuple[Column, ...]
    tones: dict[str, Tone]
    titles: dict[str, str]
    due: dict[str, str]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    job: jobs.Job
    title: str
    tone: Tone
    note: str  # Rate and time left.
    ended: bool
    may_manage: bool


@router.get("/jobs")
def job_list(visit: Visiting, cursor: str | None = None) -> Response:
    access.require(visit.actor, "jobs.view")
    with visit.app.database.transaction() as tx:
        found = jobs.jobs(tx, cursor=cursor)
        timers = tuple(jobs.timers(tx)) if cursor is None else ()
        running = tuple(jobs.processes(tx))
    value = JobList(
        items=found.items,
        columns=COLUMNS,
        timers=timers,
        timer_columns=TIMER_COLUMNS,
        processes=running,
        process_columns=PROCESS_COLUMNS,
        tones=TONES,
        titles=TITLES,
        due=DUE,
        next_href=f"/jobs?cursor={found.next}" if found.next else "",
        first_href="/jobs" if cursor else "",
    )
    return page(visit, "jobs/list.html", value)


@router.get("/jobs/{job_id}")
def job(visit: Visiting, job_id: str) -> Response:
    access.require(visit.actor, "jobs.view")
    return page(visit, "jobs/job.html", _value(visit, job_id))


@router.get("/jobs/{job_id}/stream")
def stream(visit: Visiting, job_id: str) -> Response:
    """The progress of one job, until it has ended."""
    access.require(visit.actor, "jobs.view")
    ended: list[bool] = []

    def look() -> str | None:
        if ended:
            return None
        value = _value(visit, job_id)
        if value.ended:
            ended.append(True)
        return render("jobs/job.html", frame=visit.frame, page=value, block="moving")

    return visit.console.streams.respond(look, every_s=1)


@router.post("/jobs/{job_id}/cancel")
def cancel(visit: Visiting, job_id: str) -> Response:
    access.require(visit.actor, "jobs.manage")
    with visit.app.database.transaction() as tx:
        jobs.cancel(tx, parse_public_id("job", job_id))
        visit.record(tx, "jobs.cancel", kind="job", subject=job_id)
    return redirect(visit, f"/jobs/{job_id}", "It is told to stop, and does at its next step.", tone="quiet")


@router.post("/jobs/{job_id}/retry")
def retry(visit: Visiting, job_id: str) -> Response:
    access.require(visit.actor, "jobs.manage")
    with visit.app.database.transaction() as tx:
        jobs.retry(tx, parse_public_id("job", job_id))
        visit.record(tx, "jobs.retry", kind="job", subject=job_id)
    return redirect(visit, f"/jobs/{job_id}", "It runs again, from its last progress where it keeps one.")


def _value(visit: Visit, job_id: str) -> JobPage:
    with visit.app.database.transaction() as tx:
        found = jobs.get(tx, parse_public_id("job", job_id))
    return JobPage(
        job=found,
        title=TITLES.get(found.name, found.name),
        tone=TONES[found.state],
        note=_note(found),
        ended=found.state in ENDED,
        may_manage=access.allows(visit.actor, "jobs.manage").outcome == "yes",
    )


def _note(found: jobs.Job) -> str:
    told = [found.message] if found.message else []
    if found.state == "running" and found.rate:
        told.append(f"{number(found.rate, 0 if found.rate > 10 else 1)} {found.unit or 'steps'} a second")  # noqa: PLR2004
    if found.left is not None:
        told.append(f"{_span(found.left)} left")
    return ", ".join(told)


def _span(left: timedelta) -> str:
    minutes, seconds = divmod(round(left.total_seconds()), 60)
    return count_of(minutes, "minute") if minutes else count_of(seconds, "second")
