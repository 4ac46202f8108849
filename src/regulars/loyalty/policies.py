"""What a programme says about awards without a purchase, spending, sharing and abuse."""

from typing import Literal

import msgspec

from regulars.loyalty.period import Period

ReturnPolicy = Literal["only_pending", "within_balance", "unlimited"]
Watched = Literal["earned_points", "earning_orders", "spent_points", "redemptions", "returns"]


class Award(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Points without a purchase, as for joining."""

    points: int
    currency: str = "points"
    valid: Period | None = None  # Instead of the programme's.


class Birthday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Points once a calendar year on the day a date trait names; 29 February is the 28th in other years."""

    award: Award
    trait: str = "birthday"
    member_days: int = 0  # Only who was a member so long before.


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """So many points are worth so much money when they pay."""

    points: int
    worth: str  # As decimal text in the payment's money.


class TierRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    tier: str  # As in "club/Gold".
    rate: Rate


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Paying part of an order with points."""

    rate: Rate
    money: str
    currency: str = "points"
    tier_rates: tuple[TierRate, ...] = ()  # Of several that fit, the best for the member.
    least: int = 1  # Points an order.
    most: int | None = None
    step: int = 1  # Points are taken in whole multiples of it.
    most_percent: int = 100  # Of what the order comes to.


class AutoReward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Redeems a reward by itself as soon as the points are there."""

    reward: str


class Velocity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """More than so much of one member in a rolling span is held for review, or refused."""

    key: str
    watches: Watched
    more_than: int
    hours: int
    does: Literal["review", "block"] = "review"
