"""Background jobs: how far they are, cancelling and repeating them."""

from typing import Annotated, Any

from pydantic import Field

from regulars import jobs
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, Instant, Limit, Line, Out, Page, id_in_path, id_type
from regulars.kernel import parse_public_id

router = resource("jobs")
JobInPath = Annotated[str, id_in_path("job", "the job")]


class Job(Out):
    id: Annotated[str, id_type("job", "a job")]
    name: str = Field(examples=["clock.advance"])
    args: dict[str, Any]
    state: jobs.State
    cancelling: bool
    attempt: int
    done: int
    total: int | None
    unit: str
    message: str = Field(examples=["It is Monday, 29 December 2025"])
    progress_at: Instant | None
    seconds_left: float | None = Field(description="At this rate; null while it cannot be said.")
    requested_by: str
    requested_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    error: str | None
    result: dict[str, Any] | None


class Timer(Out):
    name: str = Field(examples=["segments.sweep"])
    rule: str
    due_at: Instant = Field(description="By the business clock.")
    ran_for: Instant | None
    failures: int
    error: str | None
    failed_at: Instant | None
    resting: bool


class Process(Out):
    kind: str = Field(description="web or worker.", examples=["worker"])
    host: str = Field(examples=["app-2"])
    pid: int = Field(examples=[4711])
    version: str = Field(examples=["0.1.0"])
    started_at: Instant
    seen_at: Instant = Field(description="Its last sign, given every 15 seconds.")


def shown(found: jobs.Job) -> Job:
    names = Job.model_fields.keys() - {"id", "seconds_left"}
    return Job(
        id=found.public_id,
        seconds_left=found.left.total_seconds() if found.left is not None else None,
        **{name: getattr(found, name) for name in names},
    )


@router.get("/jobs", openapi_extra=permission("jobs.view"))
def list_jobs(
    call: Calling,
    state: jobs.State | None = None,
    name: Line | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Job]:
    """The newest first."""
    with call.enter() as entered:
        found = jobs.jobs(entered.tx, state=state, name=name, cursor=cursor, limit=limit)
        return Page(items=tuple(shown(one) for one in found.items), next=found.next)


@router.get("/timers", openapi_extra=permission("jobs.view"))
def list_timers(call: Calling) -> Page[Timer]:
    """What falls due by the calendar, and when next."""
    with call.enter() as entered:
        return Page(items=tuple(Timer.model_validate(one) for one in jobs.timers(entered.tx)))


@router.get("/jobs/{job}", openapi_extra=permission("jobs.view"))
def get_job(call: Calling, job: JobInPath) -> Job:
    """One job, and how far it is."""
    with call.enter() as entered:
        return shown(jobs.get(entered.tx, parse_public_id("job", job)))


@router.post("/jobs/{job}/cancel", openapi_extra=permission("jobs.manage"), responses=documented(409))
def cancel(call: Calling, job: JobInPath) -> Job:
    """A waiting job ends now, a running one at its next progress."""
    with call.enter() as entered:
        entered.record("jobs.cancel", kind="job", subject=job)
        return shown(jobs.cancel(entered.tx, parse_public_id("job", job)))


@router.post("/jobs/{job}/retry", openapi_extra=permission("jobs.manage"), responses=documented(409))
def retry(call: Calling, job: JobInPath) -> Job:
    """A failed or cancelled job runs again."""
    with call.enter() as entered:
        entered.record("jobs.retry", kind="job", subject=job)
        return shown(jobs.retry(entered.tx, parse_public_id("job", job)))


@router.get("/processes", openapi_extra=permission("jobs.view"))
def list_processes(call: Calling) -> Page[Process]:
    """The web and worker processes that gave a sign within the last minute, on whatever host."""
    with call.enter() as entered:
        found = jobs.processes(entered.tx)
        return Page(items=tuple(Process.model_validate(one) for one in found))
