"""A reward as people define it: what it costs in points, who gets it, and how it is handed over."""

from datetime import datetime
from typing import Literal

import msgspec

from regulars.conditions import Condition
from regulars.kernel import Money

Fulfilment = Literal["none", "shipped", "picked_up", "code"]
# How a redemption goes on; each step may be passed over.
WAYS = {
    "none": ("handed_over",),
    "code": ("handed_over",),
    "picked_up": ("ordered", "ready", "handed_over"),
    "shipped": ("ordered", "ready", "sent", "handed_over"),
}


class TierPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    tier: str  # As in "club/Gold".
    points: int


class Reward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    name: str
    programme: str
    points: int  # In the currency's smallest unit.
    currency: str = ""  # Of the programme's; else its first.
    tier_prices: tuple[TierPrice, ...] = ()  # Of several that fit, the lowest.
    description: str = ""
    image: str = ""  # An address that begins with https://.
    fulfilment: Fulfilment = "none"
    pool: str = ""  # Of a code: the voucher pool that hands it out.
    counted: bool = False  # While stock lasts; what comes in and goes out stands with the reward.
    low_stock: int = 0  # From so few on it is shown as running low.
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    who: Condition | None = None
    least_tier: str = ""  # As in "club/Silver": this one or a higher one of the set.
    per_member: int | None = None
    cost: str = ""  # What one costs the company, as decimal text
    money: str = ""  # of this ISO currency.
    hold_minutes: int = 30  # How long it waits for a confirmation.

    @property
    def cost_minor(self) -> int | None:
        return Money.parse(self.cost, self.money).minor if self.cost else None

    @property
    def cost_text(self) -> str:
        return Money.parse(self.cost, self.money).format() if self.cost else ""

    def price(self, tiers: frozenset[str]) -> int:
        """In points, for a member with these tiers."""
        return min([self.points, *(one.points for one in self.tier_prices if one.tier in tiers)])
