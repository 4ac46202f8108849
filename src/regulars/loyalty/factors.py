"""By what the points of a line are multiplied: factors of tiers and multipliers, in whole per cent."""

from collections.abc import Sequence
from decimal import Decimal

from regulars.loyalty.earning_rule import Multiplier
from regulars.loyalty.member_state import MemberState
from regulars.loyalty.model import Combined, Programme
from regulars.loyalty.tier_set import Tier, TierSet

ONCE = 100


def percent(multiplier: Multiplier) -> int:
    return int(Decimal(multiplier.factor) * 100)


def combined(factors: Sequence[int], how: Combined) -> int:
    """
    >>> [combined([150, 200], how) for how in ("best", "multiply", "add")]
    [200, 300, 250]
    """
    if how == "best":
        return max(factors, default=ONCE)
    if how == "add":
        return max(0, ONCE + sum(factor - ONCE for factor in factors))
    product = ONCE
    for factor in factors:
        product = (2 * product * factor + ONCE) // (2 * ONCE)
    return product


def tier_of(tier_set: TierSet, member: MemberState) -> Tier:
    """The tier a member holds; the first for who is none yet."""
    name = member.tiers.get(tier_set.key)
    return next((tier for tier in tier_set.tiers if tier.name == name), tier_set.tiers[0])


def of_tiers(programme: Programme, member: MemberState) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The tiers that multiply, by name, and the factor of every set's tier."""
    held = [(one.key, tier_of(one, member)) for one in programme.tier_sets]
    named = tuple(f"{key}/{tier.name}" for key, tier in held if tier.percent != ONCE)
    return named, tuple(tier.percent for _, tier in held) or (ONCE,)
