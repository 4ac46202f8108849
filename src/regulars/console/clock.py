"""Advancing the demonstration's clock."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, jobs, log
from regulars.console.console import pages
from regulars.console.visit import Visiting, own_path, redirect
from regulars.kernel import Conflict, Finding, Invalid, local_day, local_instant
from regulars.wiring import ADVANCE

router = pages()
STEPS = {"day": 1, "week": 7}


@router.post("/clock/advance")
def advance(
    visit: Visiting, step: Annotated[str, Form()] = "day", back: Annotated[str, Form()] = "/"
) -> Response:
    """Ask for the job that moves the clock to the same local time some days on."""
    access.require(visit.actor, "clock.advance")
    if step not in STEPS:
        problem = f"The clock advances by a day or a week; {step[:20]!r} was asked."
        raise Invalid(problem, [Finding(path="step", code="clock.step", message=problem)])
    app = visit.app
    with app.database.transaction() as tx:
        clock = log.clock(tx)
        if clock.stands_at is None:
            raise Conflict(
                "The clock of this workspace runs with the wall's; only one that stands is advanced."
            )
        local = clock.stands_at.astimezone(visit.zone)
        day = local_day(clock.stands_at, app.zone) + timedelta(days=STEPS[step])
        to = local_instant(day, local.time(), app.zone)
        # The same step asked for twice from one standing instant is one job.
        key = f"clock.advance:{clock.stands_at.isoformat()}"
        jobs.defer(tx, ADVANCE, {"to": to.isoformat()}, requested_by=visit.actor.name, key=key)
        visit.record(tx, "clock.advance", kind="workspace", subject="clock", after={"to": to.isoformat()})
    said = f"The clock advances to {day:%A}, {day.day} {day:%B %Y}. What falls due on the way is done now."
    return redirect(visit, own_path(back), said, tone="live")
