"""The business clock: what time it is here, and moving one that stands."""

from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from starlette.responses import Response

from regulars import jobs, log
from regulars.api.calling import Calling, permission, resource
from regulars.api.jobs import Job, shown
from regulars.api.problems import documented
from regulars.api.shapes import In, Instant, Out
from regulars.kernel import Conflict, local_day, local_instant
from regulars.wiring import ADVANCE

router = resource("clock")


class Clock(Out):
    mode: Literal["wall", "standing"]
    now: Instant
    zone: str = Field(examples=["America/New_York"])


class Advancing(In):
    days: int = Field(ge=1, le=366, examples=[7])


@router.get("/clock", openapi_extra=permission("figures.view"))
def clock(call: Calling) -> Clock:
    """What time it is for this workspace."""
    with call.enter() as entered:
        return Clock(mode=log.clock(entered.tx).mode, now=entered.at, zone=entered.app.zone)


@router.post(
    "/clock/advance",
    status_code=202,
    openapi_extra=permission("clock.advance"),
    responses=documented(400, 409, 413, 415),
)
def advance(call: Calling, response: Response, body: Advancing) -> Job:
    """Move a standing clock some days on, by a job; what falls due on the way happens at its time.

    The same number of days from one standing instant is one job.
    """
    with call.enter() as entered:
        stands_at = log.clock(entered.tx).stands_at
        if stands_at is None:
            raise Conflict(
                "The clock of this workspace runs with the wall's; only one that stands is advanced."
            )
        zone = entered.app.zone
        day = local_day(stands_at, zone) + timedelta(days=body.days)
        to = local_instant(day, stands_at.astimezone(ZoneInfo(zone)).time(), zone)
        key = f"clock.advance:{stands_at.isoformat()}:{body.days}"
        job_id = jobs.defer(
            entered.tx, ADVANCE, {"to": to.isoformat()}, requested_by=entered.actor.name, key=key
        )
        entered.record("clock.advance", kind="workspace", subject="clock", after={"to": to.isoformat()})
        job = shown(jobs.get(entered.tx, job_id))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job
