"""Tiers: how members qualify, how long a tier holds, and what it gives."""

from decimal import Decimal
from typing import Literal

import msgspec

Downgrade = Literal["none", "one_step", "to_figures"]
Qualified = Literal["collected", "spend", "orders", "events", "balance", "invitation"]
TierWindow = Literal["rolling", "calendar", "joined", "tier", "trait"]


class Benefit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    key: str
    text: str  # As members read it: "Free delivery".


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    name: str
    threshold: int  # Of what the set counts: points, money in minor units, orders, events; invited: 1.
    multiplier: str = "1"  # Of what is earned in this tier, as decimal text with at most two digits.
    benefits: tuple[Benefit, ...] = ()

    @property
    def percent(self) -> int:
        return int(Decimal(self.multiplier) * 100)


class TierSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Collected is not balance: spending demotes only where balance is counted.

    Windows: `rolling` the last `window_days`; `calendar` the calendar's spans of `window_months` in the
    programme's zone; `joined`, `tier`, `trait` spans of `window_months` from joining, from the day the tier
    was reached, and from the day a trait holds.
    """

    key: str
    currency: str = "points"
    window_days: int = 365
    valid_days: int = 365  # Of rolling windows: how long a tier is safe from review after it was reached.
    downgrade: Downgrade = "one_step"
    tiers: tuple[Tier, ...]
    name: str = ""
    counts: Qualified = "collected"
    money: str = ""  # Of `spend`: the ISO currency.
    event: str = ""  # Of `events`.
    window: TierWindow = "rolling"
    window_months: int = 12
    window_trait: str = ""
    valid_windows: int = 1  # Of other windows: whole windows after the one in which it was reached.
    takes_effect: Literal["at_once", "next_window"] = "at_once"
    grace_days: int = 0  # After a tier ran out, before it is lowered.
    notice_days: int = 0  # Before a tier that would be lowered runs out; 0: no notice.
    returns_demote: bool = False  # Whether a return may lower a tier before its review.
