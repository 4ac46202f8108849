"""Closed books: up to when nothing is booked any more."""

from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, permission, resource
from regulars.api.points import REFUSALS
from regulars.api.shapes import In, Instant, Note, Out, Page, ProgrammeInPath

router = resource("closed books")


class Closing(In):
    until: Instant = Field(description="Nothing is booked before it any more.")
    reason: Note = Field(min_length=1, description="Others read it later.", examples=["Month's end"])


class Closed(Out):
    until: Instant
    closed_at: Instant
    actor: str
    reason: str
    late: int = Field(description="Transfers booked since that belong to the time before.")


@router.get("/programmes/{programme}/closings", openapi_extra=permission("loyalty.view"))
def closings(call: Calling, programme: ProgrammeInPath) -> Page[Closed]:
    """Up to when the books were closed, the latest first."""
    with call.enter() as entered:
        found = loyalty.closings(entered.tx, programme)
        return Page(items=tuple(Closed.model_validate(one) for one in found))


@router.post(
    "/programmes/{programme}/closings",
    openapi_extra=permission("loyalty.close_books", by="room"),
    responses=REFUSALS,
)
def close_books(call: Calling, programme: ProgrammeInPath, body: Closing) -> Closed:
    """Close the books up to an instant, for ever; what comes later is booked after it and says so."""
    with call.enter() as entered:
        done = loyalty.close_books(
            entered.tx, entered.actor, programme, until=body.until, reason=body.reason, at=entered.at
        )
        return Closed.model_validate(done)
