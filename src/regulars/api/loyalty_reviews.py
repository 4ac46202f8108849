"""What looked unusual of members, and whose spending is stopped."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.programmes import check_may
from regulars.api.shapes import (
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Limit,
    Note,
    Number,
    Out,
    Page,
    ProgrammeInPath,
    id_type,
)
from regulars.kernel import public_id

router = resource("members")
DECIDE = "loyalty.review"
DECIDING = permission(DECIDE, by="room")
CHANGES = documented(400, 409, 413, 415)
ReviewInPath = Annotated[Number, Path(ge=1, description="Number of the review.", examples=[1])]
State = Annotated[
    Literal["open", "cleared", "confirmed"] | None,
    Query(description="Only these; else all.", examples=["open"]),
]
Before = Annotated[
    Number | None, Query(ge=1, description="Reviews with a smaller number than this.", examples=[None])
]


class Review(Out):
    id: int
    programme: str
    customer: CustomerId
    rule: str = Field(description="Key of the programme's limit.", examples=["much"])
    words: str = Field(examples=["612 points earned in 24 hours, more than 500"])
    figure: int
    more_than: int
    hours: int
    transfer: Annotated[str, id_type("txn", "the transfer that went over")]
    happened_at: Instant
    state: str = Field(examples=["open"])
    note: str | None
    decided_by: str | None
    decided_at: Instant | None


class Deciding(In):
    state: Literal["cleared", "confirmed"] = Field(
        description="cleared: nothing was wrong; confirmed: the member may not spend.", examples=["cleared"]
    )
    note: Note = Field(min_length=1, examples=["A wedding: talked to them."])


class Block(Out):
    customer: CustomerId
    reason: str
    rule: str | None = Field(description="Null: by hand.")
    since: Instant
    by: str


class Blocking(In):
    reason: Note = Field(min_length=1, examples=["Card reported stolen"])


class Lifted(Out):
    lifted: bool = Field(description="False: nothing stopped this member.")


@router.get("/programmes/{programme}/reviews", openapi_extra=permission("loyalty.view"))
def list_reviews(
    call: Calling, programme: ProgrammeInPath, state: State = None, before: Before = None, limit: Limit = 50
) -> Page[Review]:
    """What went over the programme's limits, the newest first."""
    with call.enter() as entered:
        loyalty.definition(entered.tx, programme)
        found = loyalty.reviews(entered.tx, programme, state=state, before=before, limit=limit)
        return Page(items=tuple(map(_review, found)))


@router.post("/reviews/{review}/decision", openapi_extra=DECIDING, responses=CHANGES)
def decide_review(call: Calling, review: ReviewInPath, body: Deciding) -> Review:
    """Say that nothing was wrong, or stop the member's spending."""
    with call.enter() as entered:
        check_may(entered, DECIDE, loyalty.review_by_id(entered.tx, review).programme)
        decided = loyalty.decide_review(
            entered.tx, review, body.state, note=body.note, by=entered.actor.name, at=entered.at
        )
        after = {"state": body.state, "rule": decided.rule}
        subject = f"{decided.programme}/{public_id('cus', decided.customer_id)}"
        entered.record("loyalty.review", kind="member", subject=subject, after=after)
        return _review(decided)


@router.put(
    "/programmes/{programme}/members/{customer}/block",
    openapi_extra=DECIDING,
    responses=CHANGES,
)
def block(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath, body: Blocking) -> Block:
    """Stop a member's spending; their points stay, and go on to be earned."""
    with call.enter() as entered:
        check_may(entered, DECIDE, programme)
        number = customer_of(entered, customer).customer_id
        fresh = loyalty.block(
            entered.tx, programme, number, reason=body.reason, by=entered.actor.name, at=entered.at
        )
        if fresh:
            subject = f"{programme}/{customer}"
            entered.record("loyalty.block", kind="member", subject=subject, after={"reason": body.reason})
        found = loyalty.blocked(entered.tx, programme, number)
        assert found is not None
        return Block(
            customer=public_id("cus", found.customer_id),
            reason=found.reason,
            rule=found.rule,
            since=found.since,
            by=found.by_name,
        )


@router.delete(
    "/programmes/{programme}/members/{customer}/block",
    openapi_extra=DECIDING,
    responses=CHANGES,
)
def lift(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> Lifted:
    """Let a member spend again."""
    with call.enter() as entered:
        check_may(entered, DECIDE, programme)
        number = customer_of(entered, customer).customer_id
        lifted = loyalty.lift(entered.tx, programme, number, by=entered.actor.name, at=entered.at)
        if lifted:
            entered.record("loyalty.lift", kind="member", subject=f"{programme}/{customer}")
        return Lifted(lifted=lifted)


def _review(found: loyalty.Review) -> Review:
    return Review(
        id=found.id,
        programme=found.programme,
        customer=public_id("cus", found.customer_id),
        rule=found.rule,
        words=found.words,
        figure=found.figure,
        more_than=found.more_than,
        hours=found.hours,
        transfer=public_id("txn", found.transfer_id),
        happened_at=found.happened_at,
        state=found.state,
        note=found.note,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
