"""A programme as people define it: currencies, earning rules, policies and tiers."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from regulars.kernel import minor_digits
from regulars.loyalty.earning_rule import Cap, EarningRule, Lines, Multiplier, RoundingMode
from regulars.loyalty.period import Period
from regulars.loyalty.policies import AutoReward, Award, Birthday, Payment, ReturnPolicy, Velocity
from regulars.loyalty.tier_set import TierSet

Combined = Literal["best", "multiply", "add"]


class Currency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    code: str
    name: str  # In the plural, as in "points".
    scale: int = 0  # Digits after the point; amounts count the smallest unit.
    kind: Literal["spendable", "tier", "stamps"] = "spendable"  # Tier points are never spent.


UNNAMED = Currency(code="points", name="points")


class Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Where a version holds first: in some stores, or for a random share of customers.

    The version before rules all else.
    """

    stores: tuple[str, ...] = ()
    percent: int | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    name: str
    legal_entity: str
    zone: str
    currencies: tuple[Currency, ...]
    earning: tuple[EarningRule, ...]
    join: Literal["first_earn", "first_active", "enrolment"] = "first_earn"
    terms_version: str = "1"
    starts: Period | None = None  # Points wait so long; None: spendable at once.
    valid: Period | None = None  # Counted from when they become spendable; None: for ever.
    returns: ReturnPolicy = "within_balance"
    tier_set: TierSet | None = None  # The one that members are shown first.
    more_tier_sets: tuple[TierSet, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    combined: Combined = "best"  # Of several factors on one line, that of the member's tier included.
    left_out: Lines | None = None  # Delivery, gift cards, rewards: they earn nothing unless a rule says so.
    caps: tuple[Cap, ...] = ()
    activated_by: str = ""  # The event that ends waiting before `starts` is over.
    inactive_after: Period | None = None  # Points end so long after the member last earned or spent.
    notice_days: int = 0  # Before points end; 0: no notice.
    reinstate_days: int = 30  # How long after points ended they can be given back by hand.
    welcome: Award | None = None
    birthday: Birthday | None = None
    payment: Payment | None = None
    given_back: Literal["by_share", "when_all"] = "by_share"  # Spent points, when a part is returned.
    given_back_days: int = 0  # The least that points given back are valid again.
    auto_reward: AutoReward | None = None
    pooling: Literal["none", "household"] = "none"
    gifts: bool = False  # Whether members may transfer points to each other.
    hold_minutes: int = 30
    velocity: tuple[Velocity, ...] = ()
    begins: datetime | None = None  # When the version is in force; None: from its publishing.
    only_for: Rollout | None = None
    sandbox: bool = False  # Points without worth, for trying out; left out of every figure.

    @property
    def tier_sets(self) -> tuple[TierSet, ...]:
        return (self.tier_set, *self.more_tier_sets) if self.tier_set else self.more_tier_sets

    def set_of(self, key: str | None) -> TierSet | None:
        """A tier set by its key, else the one that members are shown first."""
        return next((one for one in self.tier_sets if key in (None, one.key)), None)

    def currency(self, code: str) -> Currency | None:
        return next((c for c in self.currencies if c.code == code), None)


def points_for(base_minor: int, *, points: int, per_minor: int, rounding: RoundingMode) -> int:
    """Points for a base of money; the reference of the server-side function of the same name.

    >>> points_for(5350, points=1, per_minor=100, rounding="half_up")
    54
    """
    if base_minor <= 0:
        return 0
    whole, rest = divmod(base_minor * points, per_minor)
    if rounding == "floor" or rest == 0:
        return whole
    if rounding == "ceiling":
        return whole + 1
    if 2 * rest == per_minor:
        return whole + (1 if rounding == "half_up" else whole % 2)
    return whole + (2 * rest > per_minor)


def money_text(rule: EarningRule) -> str:
    return f"{Decimal(rule.per):.{minor_digits(rule.money)}f} {rule.money}"


def amount_text(amount: int, currency: Currency) -> str:
    """As in "1,250 points", "12.50 stamps" or "1 point"."""
    one = amount == 10**currency.scale and currency.name.endswith("s") and not currency.scale
    name = currency.name[:-1] if one else currency.name
    return f"{Decimal(amount).scaleb(-currency.scale):,.{currency.scale}f} {name}"
