"""What a programme brings about in a span: members, points, tiers and cost."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import loyalty, rewards
from regulars.api.calling import Calling, permission, resource
from regulars.api.programmes import Currency
from regulars.api.shapes import Instant, Out, ProgrammeInPath

router = resource("programmes")
Start = Annotated[Instant, Query(description="Where the span begins.", examples=["2025-01-01T00:00:00Z"])]
Stop = Annotated[
    Instant | None,
    Query(description="The first instant after the span; else now.", examples=["2026-01-01T00:00:00Z"]),
]


class Share(Out):
    """A part of a whole, both shown."""

    part: int
    whole: int
    ratio: float | None = Field(description="Null where the whole is 0.")


class Roll(Out):
    """opening + earned + adjusted + other - redeemed - expired - reversed = closing, to the point."""

    opening: int
    earned: int
    adjusted: int
    redeemed: int
    expired: int
    reversed: int
    other: int
    closing: int


class ExpiringMonth(Out):
    month: str = Field(description="Of the last day on which they can be spent.", examples=["2025-03"])
    points: int
    lots: int
    members: int


class Migration(Out):
    before: int | None = Field(description="Number of the tier; null: joined since.")
    after: int | None = Field(description="Null: left since.")
    members: int


class TierMigration(Out):
    tier_set: str = Field(examples=["club"])
    names: tuple[str, ...] = Field(description="Of the tiers, the first first.")
    matrix: tuple[Migration, ...]


class Cost(Out):
    minor: int
    money: str = Field(examples=["USD"])
    points: int


class Metrics(Out):
    """Every ratio with both sides; points in the smallest unit, money in minor units."""

    programme: str
    currency: str
    start: Instant
    stop: Instant
    enrolment_rate: Share = Field(description="Members / known customers, at the end.")
    new_members: int = Field(description="Who joined in the span.")
    active_member_rate: Share = Field(description="Earned or redeemed in the last 90 days / members.")
    one_and_done_rate: Share = Field(
        description="Bought at most once in 90 days / who joined in the span and had 90 days."
    )
    member_sales_share: Share | None = Field(description="Sales to members / all sales, net, minor units.")
    money: str | None = Field(description="Of the sales.", examples=["USD"])
    first_redemption_rate: Share = Field(
        description="Redeemed within 180 days / who joined in the span and had 180 days."
    )
    points_redemption_rate: Share = Field(
        description="Points earned in the span that were redeemed / that were issued."
    )
    members_redemption_rate: Share = Field(description="Members who ever redeemed / members.")
    earn_burn_ratio: Share = Field(description="Points burned / points earned, as booked in the span.")
    breakage: Share = Field(description="Points earned in the span that expired or were forfeited / issued.")
    breakage_vendor: Share = Field(description="(Ever issued - ever spent) / ever issued.")
    roll: Roll
    expiring: tuple[ExpiringMonth, ...]
    migrations: tuple[TierMigration, ...]
    cost_per_point: float | None = Field(description="Of rewards redeemed in the span, minor units a point.")
    reward_cost: Cost | None
    reward_cost_share: Share | None = Field(description="Cost of rewards / sales to members.")


@router.get("/programmes/{programme}/metrics", openapi_extra=permission("loyalty.view"))
def metrics(
    call: Calling, programme: ProgrammeInPath, start: Start, stop: Stop = None, currency: Currency = None
) -> Metrics:
    """The figures of a span [start, stop); tests and sandboxes count in none of them."""
    with call.enter() as entered:
        ends: datetime = stop or entered.at
        found = loyalty.programme_metrics(
            entered.tx,
            programme,
            start=start,
            stop=ends,
            at=entered.at,
            currency=currency,
            reward_cost=rewards.reward_cost(entered.tx, programme, start, ends),
        )
        return Metrics.model_validate(found)
