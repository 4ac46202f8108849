"""What earns points: rules, what multiplies them, and what limits them."""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from regulars.conditions import Condition, Filter
from regulars.kernel import Money
from regulars.loyalty.period import Period

RoundingMode = Literal["floor", "half_up", "half_even", "ceiling"]
Counts = Literal["money", "quantity", "lines", "orders", "events"]
CapPer = Literal["order", "day", "week", "month", "quarter", "year", "ever"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Origin = Literal["sale", "gift", "partner"]


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Which lines of an order are meant; what is left empty asks nothing, and all that is filled must hold.

    A category is any name on the product's path, its category or its department.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    not_products: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    not_brands: tuple[str, ...] = ()


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Which orders, or events, are meant; days are those of the programme's zone."""

    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()  # The source that told the order.
    weekdays: tuple[Weekday, ...] = ()
    from_day: date | None = None
    to_day: date | None = None  # The last day, included.
    least: str = ""  # What the order comes to after discounts, as decimal text in its currency.


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """No more points than these of one member in a calendar span of the programme's zone, or of one order."""

    points: int
    per: CapPer
    currency: str = "points"  # Asked of a programme's caps; a rule's have the rule's.


class EarningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Points for each `per` of what is counted.

    `money` counts the lines' money after discounts and before payments, `quantity` their units, `lines` each
    line as one, `orders` the order as one, `events` an event as one, or as the number told in its `amount`.
    """

    key: str
    points: int  # In the currency's smallest unit,
    per: str  # for each so much of what is counted, as decimal text: "1.00",
    money: str = ""  # of this ISO currency; of other counts: orders of this currency only, or of all.
    currency: str = "points"
    rounding: RoundingMode = "half_up"
    rounded_per: Literal["order", "line"] = "line"
    excluded_products: tuple[str, ...] = ()
    name: str = ""
    counts: Counts = "money"
    lines: Lines = Lines()
    orders: Orders = Orders()
    counts_left_out: bool = False  # Also what the programme leaves out of earning.
    tiers: tuple[str, ...] = ()  # Only in these, as in "club/Gold".
    who: Condition | None = None  # As it holds when the local day begins on which it occurred.
    event: str = ""
    where: tuple[Filter, ...] = ()
    amount: str = ""
    multiplied: bool = True  # Whether multipliers and the factors of tiers apply.
    caps: tuple[Cap, ...] = ()
    budget: int | None = None  # Points this rule gives in all.
    carry: bool = False  # What rounding down left of the member's last order counts with the next.
    starts: Period | None = None  # Instead of the programme's.
    valid: Period | None = None
    origin: Origin = "sale"
    partner: str = ""

    @property
    def per_minor(self) -> int:
        """Of money, in its minor unit; of anything else, in thousandths."""
        if self.counts == "money":
            return Money.parse(self.per, self.money).minor
        return int(Decimal(self.per) * 1000)


class Multiplier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Earns a factor of the points of some rules, or of all, where it applies."""

    key: str
    factor: str  # As decimal text with at most two digits: "2", "1.5".
    name: str = ""
    rules: tuple[str, ...] = ()  # None named: all rules that may be multiplied.
    lines: Lines = Lines()
    orders: Orders = Orders()
    tiers: tuple[str, ...] = ()
    who: Condition | None = None
