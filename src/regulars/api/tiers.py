"""Tier sets of programmes: who is on which tier, places by hand, everybody where the figures say."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import (
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Line,
    Note,
    Out,
    Page,
    ProgrammeInPath,
)
from regulars.kernel import public_id

router = resource("members")
PLACE = "/programmes/{programme}/members/{customer}/tiers/{tier_set}"
REFRESH = "/programmes/{programme}/tier-sets/{tier_set}/refresh"
CHANGES = documented(400, 409, 413, 415)
SetInPath = Annotated[Line, Path(description="Key of the tier set.", examples=["club"])]


class Benefit(Out):
    key: str
    text: str = Field(examples=["Free delivery"])


class Place(Out):
    """Where a member stands in one tier set."""

    tier_set: str = Field(examples=["club"])
    title: str
    counts: str = Field(description="collected, spend, orders, events, balance or invitation.")
    name: str = Field(examples=["Silver"])
    number: int = Field(description="1 is the first.")
    since: Instant
    valid_until: Instant | None
    collected: int = Field(description="What the set counts, in its window.")
    next_name: str | None
    next_threshold: int | None
    to_next: int
    progress: float = Field(ge=0, le=1)
    kept: bool = Field(description="By hand: no review lowers it.")
    starting: str | None = Field(description="A tier that is reached and begins later.")
    starts_at: Instant | None
    benefits: tuple[Benefit, ...]
    why: str


class Placing(In):
    tier: Line = Field(description="Name of the tier.", examples=["Gold"])
    reason: Note = Field(min_length=1, description="Others read it later.", examples=["A guest of honour"])
    until: Instant | None = Field(
        default=None, description="When it ends; else as the set says.", examples=[None]
    )
    exempt: bool = Field(default=False, description="No review ever goes below.", examples=[True])


class Ending(In):
    reason: Note = Field(min_length=1, description="Others read it later.", examples=["Moved away"])


class Shift(Out):
    before: int = Field(description="Number of the tier; 1 is the first.")
    after: int
    members: int


class Shifted(Out):
    customer: CustomerId
    before: int
    after: int
    counted: int


class Refresh(Out):
    names: tuple[str, ...] = Field(description="Of the tiers, the first first.")
    lifted: int
    lowered: int
    shifts: tuple[Shift, ...]
    who: tuple[Shifted, ...] = Field(description="The first hundred, the lowered first.")


class Refreshed(Out):
    lifted: int
    lowered: int


@router.get("/programmes/{programme}/members/{customer}/tiers", openapi_extra=permission("loyalty.view"))
def member_tiers(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> Page[Place]:
    """The member's place in every tier set, with what it gives and what is missing to the next."""
    with call.enter() as entered:
        who = customer_of(entered, customer).customer_id
        found = loyalty.member(entered.tx, who, programme=programme, at=entered.at)
        return Page(items=tuple(Place.model_validate(one) for one in (found.tiers if found else ())))


@router.post(PLACE, openapi_extra=permission("loyalty.place", by="room"), responses=CHANGES)
def place(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    tier_set: SetInPath,
    body: Placing,
) -> Page[Place]:
    """Put a member on a tier by hand, as an invitation does; audited."""
    with call.enter() as entered:
        who = customer_of(entered, customer).customer_id
        placing = loyalty.Placing(
            programme=programme,
            customer_id=who,
            tier_set=tier_set,
            tier=body.tier,
            reason=body.reason,
            until=body.until,
            exempt=body.exempt,
        )
        loyalty.place_by_hand(entered.tx, entered.actor, placing, at=entered.at)
        found = loyalty.member(entered.tx, who, programme=programme, at=entered.at)
        return Page(items=tuple(Place.model_validate(one) for one in (found.tiers if found else ())))


@router.post(f"{PLACE}/end", openapi_extra=permission("loyalty.place", by="room"), responses=CHANGES)
def end_place(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    tier_set: SetInPath,
    body: Ending,
) -> Page[Place]:
    """End an invitation, or a place by hand: the member goes where the figures say."""
    with call.enter() as entered:
        who = customer_of(entered, customer).customer_id
        loyalty.end_by_hand(
            entered.tx, entered.actor, programme, who, tier_set, reason=body.reason, at=entered.at
        )
        found = loyalty.member(entered.tx, who, programme=programme, at=entered.at)
        return Page(items=tuple(Place.model_validate(one) for one in (found.tiers if found else ())))


@router.get(REFRESH, openapi_extra=permission("loyalty.view"))
def foresee_refresh(call: Calling, programme: ProgrammeInPath, tier_set: SetInPath) -> Refresh:
    """Who would be lifted and lowered if everybody stood where the figures say now."""
    with call.enter() as entered:
        found = loyalty.foresee_refresh(entered.tx, programme, tier_set, entered.at)
        return Refresh(
            names=found.names,
            lifted=found.lifted,
            lowered=found.lowered,
            shifts=tuple(Shift.model_validate(one) for one in found.shifts),
            who=tuple(
                Shifted(
                    customer=public_id("cus", one.customer_id),
                    before=one.before,
                    after=one.after,
                    counted=one.counted,
                )
                for one in found.who
            ),
        )


@router.post(REFRESH, openapi_extra=permission("programmes.publish", by="room"), responses=CHANGES)
def refresh(call: Calling, programme: ProgrammeInPath, tier_set: SetInPath, body: Ending) -> Refreshed:
    """Put everybody where the figures say, down as well as up; those held by hand stay."""
    with call.enter() as entered:
        done = loyalty.refresh_tiers(
            entered.tx, entered.actor, programme, tier_set, reason=body.reason, at=entered.at
        )
        return Refreshed.model_validate(done)
