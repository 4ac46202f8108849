"""Segments: how large, who is in, and how that changed."""

from typing import Annotated

from pydantic import Field

from regulars import segments
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Cursor, CustomerId, Instant, Limit, Out, Page, key_in_path
from regulars.kernel import public_id

router = resource("segments")
SegmentInPath = Annotated[str, key_in_path("the segment, or approach.stage", "lapsed")]


class Segment(Out):
    key: str = Field(examples=["lapsed"])
    title: str = Field(examples=["Lapsed"])
    approach: str | None = Field(description="The approach it is a stage of, or stands for a stage of.")
    stage: str | None
    names_stage: bool = Field(description="Whether it is another name of a stage.")
    members: int = Field(examples=[120])
    entered: int = Field(description="In the day before it was last looked at.")
    departed: int
    at: Instant | None = Field(description="When somebody last came or went, or everybody was asked.")


class SizeAt(Out):
    at: Instant
    members: int
    entered: int
    departed: int


class Membership(Out):
    customer: CustomerId
    entered_at: Instant


class Reason(Out):
    sentence: str = Field(examples=["last bought between 60 and 180 days ago"])
    holds: bool
    figure: str | None = Field(description="What was compared, in words.", examples=["72 days ago"])
    parts: tuple["Reason", ...]


class Reasons(Out):
    key: str = Field(examples=["lapsed"])
    is_in: bool
    parts: tuple[Reason, ...]


@router.get("/segments", openapi_extra=permission("definitions.view"))
def list_segments(call: Calling) -> Page[Segment]:
    """Every live segment and stage with its size."""
    with call.enter() as entered:
        return Page(items=tuple(Segment.model_validate(one) for one in segments.sizes(entered.tx)))


@router.get("/segments/{segment}/sizes", openapi_extra=permission("definitions.view"))
def sizes(call: Calling, segment: SegmentInPath) -> Page[SizeAt]:
    """The size in every hour in which somebody came or went or everybody was asked, the oldest first."""
    with call.enter() as entered:
        found = segments.size_over_time(entered.tx, segment)
        return Page(items=tuple(SizeAt.model_validate(one) for one in found))


@router.get("/segments/{segment}/members", openapi_extra=permission("customers.view"))
def members(
    call: Calling, segment: SegmentInPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[Membership]:
    """Who is in now."""
    with call.enter() as entered:
        found = segments.members(entered.tx, segment, cursor, limit)
        return Page(
            items=tuple(
                Membership(customer=public_id("cus", one.customer_id), entered_at=one.entered_at)
                for one in found.items
            ),
            next=found.next,
        )
