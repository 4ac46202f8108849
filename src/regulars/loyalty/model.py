"""A programme as people define it: currencies, earning rules, policies and tiers."""

from decimal import Decimal
from typing import Literal

import msgspec

from regulars.kernel import Money, minor_digits
from regulars.loyalty.period import Period

RoundingMode = Literal["floor", "half_up", "half_even", "ceiling"]
Downgrade = Literal["none", "one_step", "to_figures"]
ReturnPolicy = Literal["only_pending", "within_balance", "unlimited"]


class Currency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str
    name: str  # In the plural, as in "points".
    scale: int = 0  # Digits after the point; amounts count the smallest unit.


class EarningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: str
    points: int  # In the currency's smallest unit,
    per: str  # for each so much money, as decimal text: "1.00",
    money: str  # of this ISO currency, after discounts and before payments.
    currency: str = "points"
    rounding: RoundingMode = "half_up"
    rounded_per: Literal["order", "line"] = "line"
    excluded_products: tuple[str, ...] = ()

    @property
    def per_minor(self) -> int:
        return Money.parse(self.per, self.money).minor


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    threshold: int  # Points collected in the window.
    multiplier: str = "1"  # Of what is earned in this tier, as decimal text with at most two digits.

    @property
    def percent(self) -> int:
        return int(Decimal(self.multiplier) * 100)


class TierSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: str
    currency: str = "points"
    window_days: int = 365  # Rolling; collected is not balance, spending never demotes.
    valid_days: int = 365  # How long a tier is safe from review after it was reached.
    downgrade: Downgrade = "one_step"
    tiers: tuple[Tier, ...]


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    legal_entity: str
    zone: str
    currencies: tuple[Currency, ...]
    earning: tuple[EarningRule, ...]
    join: Literal["first_earn", "enrolment"] = "first_earn"
    terms_version: str = "1"
    starts: Period | None = None  # Points wait so long; None: spendable at once.
    valid: Period | None = None  # Counted from when they become spendable; None: for ever.
    returns: ReturnPolicy = "within_balance"
    tier_set: TierSet | None = None

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
    """As in "1,250 points" or "12.50 stamps"."""
    return f"{Decimal(amount).scaleb(-currency.scale):,.{currency.scale}f} {currency.name}"
