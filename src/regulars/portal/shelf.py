"""Rewards as a member sees them: the price, what is missing, why not; and those that are on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import rewards
from regulars.db import Tx
from regulars.loyalty import Currency, Programme
from regulars.offers import Reason
from regulars.portal.words import amount_of
from regulars.preferences import Words
from regulars.rewards import Choice

HIDDEN = frozenset({"not_for_them", "ended", "over", "no_member"})  # Nothing a member could do about it.
UNNAMED_COIN = Currency(code="points", name="points")
UNDERWAY = ("held", "ordered", "ready", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    key: str
    name: str
    description: str
    price: str
    left: str  # What the member could spend.
    missing: str  # Empty where the points are enough.
    why_not: tuple[str, ...]  # Besides the points.

    @property
    def can_be_had(self) -> bool:
        return not self.missing and not self.why_not

    @property
    def hindered(self) -> str:
        return "; ".join(filter(None, (self.missing, *self.why_not)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    name: str
    state: str


def items(
    tx: Tx, key: str, programme: Programme, customer_id: int, spoken: Words, at: datetime
) -> tuple[Item, ...]:
    """What can be had first."""
    found = rewards.choices(tx, key, customer_id, at=at)
    shown = [one for one in found if not HIDDEN & {reason.code for reason in one.reasons}]
    made = [_item(one, programme, spoken) for one in sorted(shown, key=lambda one: one.points)]
    return tuple(sorted(made, key=lambda one: not one.can_be_had))


def _item(one: Choice, programme: Programme, spoken: Words) -> Item:
    body = one.reward.body
    coin = programme.currency(body.currency) if body.currency else programme.currencies[0]
    unit = coin or UNNAMED_COIN
    lacking = max(0, one.points - one.spendable)
    others = [reason for reason in one.reasons if reason.code != "insufficient_points"]
    return Item(
        key=one.reward.key,
        name=body.name,
        description=body.description,
        price=amount_of(spoken, one.points, unit) if one.points else spoken("free"),
        left=amount_of(spoken, one.spendable, unit),
        missing=spoken("missing", amount=amount_of(spoken, lacking, unit)) if lacking else "",
        why_not=why_not(others, spoken, body.least_tier),
    )


def why_not(reasons: Sequence[Reason], spoken: Words, least_tier: str) -> tuple[str, ...]:
    """Each reason in the member's language; of what is none of theirs only that it is not possible."""
    tier = least_tier.partition("/")[2]
    names = [f"why_{one.code}" for one in reasons]
    known = [name if name in spoken.table else "why_else" for name in names]
    return tuple(spoken(name, tier=tier) for name in dict.fromkeys(known))


def underway(tx: Tx, key: str, customer_id: int, spoken: Words) -> tuple[Underway, ...]:
    return tuple(
        Underway(name=one.body.name, state=spoken(f"state_{one.state}"))
        for one in rewards.redemptions_of(tx, customer_id, key)
        if one.state in UNDERWAY
    )
