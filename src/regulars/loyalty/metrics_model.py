"""What the numbers of a programme are made of: shares, the roll of points, moves of tiers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole, both shown: the part is always among the whole."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardCost:
    """What the rewards that were redeemed in the span cost, as the room that hands them out knows."""

    minor: int
    money: str
    points: int  # Redeemed for these rewards.


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """What members had, what changed it, and what they have: opening + … = closing, to the point."""

    opening: int
    earned: int
    adjusted: int
    redeemed: int
    expired: int
    reversed: int
    other: int  # What a partner is owed or owes.
    closing: int

    @property
    def even(self) -> bool:
        came = self.opening + self.earned + self.adjusted + self.other
        return came - self.redeemed - self.expired - self.reversed == self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringMonth:
    month: str  # As in "2025-03": the local month of the last day on which they can be spent.
    points: int
    lots: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """From which tier to which, by numbers; None before: joined since; None after: left since."""

    before: int | None
    after: int | None
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMigration:
    tier_set: str
    names: tuple[str, ...]
    matrix: tuple[Migration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    programme: str
    currency: str
    start: datetime
    stop: datetime
    enrolment_rate: Share
    new_members: int
    active_member_rate: Share
    one_and_done_rate: Share
    member_sales_share: Share | None
    money: str | None  # Of sales and cost.
    first_redemption_rate: Share
    points_redemption_rate: Share
    members_redemption_rate: Share
    earn_burn_ratio: Share
    breakage: Share
    breakage_vendor: Share
    roll: Roll
    expiring: tuple[ExpiringMonth, ...]
    migrations: tuple[TierMigration, ...]
    cost_per_point: float | None
    reward_cost: RewardCost | None
    reward_cost_share: Share | None
