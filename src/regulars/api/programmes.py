"""Loyalty programmes: figures, tiers, and the proof that the books are even."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import access, loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.shapes import Instant, Line, Number, Out, Page, ProgrammeInPath

router = resource("programmes")
Currency = Annotated[
    Line | None, Query(description="Of the programme's currencies; else its first.", examples=["points"])
]


class Programme(Out):
    key: str = Field(examples=["points_club"])
    name: str = Field(examples=["Points Club"])
    launched_at: Instant
    live: bool = Field(description="False: ended, nothing earns any more.")
    members: int


class TierCount(Out):
    number: int = Field(description="1 is the first.")
    name: str = Field(examples=["Silver"])
    threshold: int = Field(description="Points to be collected.")
    members: int


class Flow(Out):
    """What was booked in a span that begins at `start`, net of reversals; in the smallest unit."""

    start: Instant
    issued: int
    spent: int
    expired: int
    forfeited: int


class Expiring(Out):
    until: Instant
    points: int
    lots: int
    members: int


class Overview(Out):
    """All points in the currency's smallest unit."""

    key: str
    name: str
    currency: str = Field(examples=["points"])
    members: int
    issued: int = Field(description="Equals spent + expired + forfeited + active + pending - owed.")
    active: int
    pending: int
    spent: int
    expired: int
    forfeited: int
    owed: int
    tiers: tuple[TierCount, ...]
    by_month: tuple[Flow, ...]
    expiring: tuple[Expiring, ...]


class TrialLine(Out):
    currency: str = Field(examples=["points"])
    account: str = Field(examples=["member"])
    amount: int


class TrialBalance(Out):
    programme: str
    total: int = Field(description="Zero, always.", examples=[0])
    lines: tuple[TrialLine, ...]


@router.get("/programmes", openapi_extra=permission("loyalty.view"))
def list_programmes(call: Calling) -> Page[Programme]:
    """Every programme that was launched."""
    with call.enter() as entered:
        return Page(items=tuple(Programme.model_validate(one) for one in loyalty.programmes(entered.tx)))


@router.get("/programmes/{programme}", openapi_extra=permission("loyalty.view"))
def overview(call: Calling, programme: ProgrammeInPath, currency: Currency = None) -> Overview:
    """The figures of a programme in one of its currencies."""
    with call.enter() as entered:
        return Overview.model_validate(
            loyalty.programme_overview(entered.tx, programme, entered.at, currency)
        )


@router.get("/programmes/{programme}/tiers", openapi_extra=permission("loyalty.view"))
def tiers(call: Calling, programme: ProgrammeInPath) -> Page[TierCount]:
    """Every tier with its members, the first tier first."""
    with call.enter() as entered:
        return Page(
            items=tuple(TierCount.model_validate(one) for one in loyalty.tiers(entered.tx, programme))
        )


@router.get("/programmes/{programme}/points-by-week", openapi_extra=permission("loyalty.view"))
def points_by_week(
    call: Calling,
    programme: ProgrammeInPath,
    weeks: Annotated[Number, Query(ge=1, le=520)] = 53,
    currency: Currency = None,
) -> Page[Flow]:
    """The last weeks up to and with the running one."""
    with call.enter() as entered:
        found = loyalty.points_by_week(entered.tx, programme, entered.at, weeks=weeks, currency=currency)
        return Page(items=tuple(Flow.model_validate(one) for one in found))


@router.get("/programmes/{programme}/trial-balance", openapi_extra=permission("loyalty.view"))
def trial_balance(
    call: Calling,
    programme: ProgrammeInPath,
    as_of: Annotated[Instant | None, Query(description="As booked up to then; else now.")] = None,
) -> TrialBalance:
    """The sum of every kind of account."""
    with call.enter() as entered:
        known = {one.key for one in loyalty.programmes(entered.tx)}
        if programme not in known:
            raise loyalty.UnknownProgramme(f"No programme is called {programme[:80]!r}; launch it first.")
        return TrialBalance.model_validate(loyalty.trial_balance(entered.tx, programme, as_of))


def check_may(entered: Entered, action: str, programme: str) -> None:
    """Whether who asks may do so in the scope of this programme."""
    access.require(entered.actor, action, scope=loyalty.scope_of(entered.tx, programme))
