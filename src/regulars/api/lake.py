"""The lake: what is where, bringing it up to date, looking at its files."""

from pydantic import Field
from starlette.responses import Response

from regulars import analytics, jobs
from regulars.api.calling import Calling, permission, resource
from regulars.api.jobs import Job, shown
from regulars.api.problems import documented
from regulars.api.shapes import Instant, Out
from regulars.wiring import EXPORT_LAKE

router = resource("lake")


class LakeTable(Out):
    name: str = Field(examples=["events"])
    title: str
    version: int | None = Field(description="Of the Delta table; null when nothing is written yet.")
    rows: int
    files: int
    bytes: int
    waiting: str = Field(description="What is not in it yet, in words.")
    looked_at: Instant | None
    exported_at: Instant | None
    problem: str | None = Field(description="Why nothing is written to it; null when all is well.")
    problem_at: Instant | None


class ThinnedPiece(Out):
    first_position: int
    end_position: int = Field(description="The first position behind it.")
    kept: int
    dropped: int
    thinned_at: Instant | None


class LakeOverview(Out):
    place: str = Field(description="The folder or bucket.")
    head: int = Field(description="The last position of the log.")
    watermark: int = Field(description="The last position in the lake.")
    whole_from: int = Field(description="From this position on PostgreSQL holds every event.")
    postgresql_bytes: int
    keep_days: int | None
    open_erasures: int
    tables: tuple[LakeTable, ...]
    thinned: tuple[ThinnedPiece, ...]


@router.get("/lake", openapi_extra=permission("lake.view"))
def lake(call: Calling) -> LakeOverview:
    """What stands in the lake and what in PostgreSQL, and what is wrong."""
    with call.enter() as entered:
        return LakeOverview.model_validate(analytics.lake_status(entered.app.lake, entered.tx))


@router.post(
    "/lake/export",
    status_code=202,
    openapi_extra=permission("lake.manage"),
    responses=documented(400, 409),
)
def export_lake(call: Calling, response: Response) -> Job:
    """Bring the lake up to date now, by a job."""
    with call.enter() as entered:
        job_id = jobs.defer(entered.tx, EXPORT_LAKE, {}, requested_by=entered.actor.name)
        entered.record("lake.export", kind="lake", subject="lake")
        job = shown(jobs.get(entered.tx, job_id))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job
