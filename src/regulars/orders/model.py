"""An order, its lines, and sums of orders."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from regulars.kernel import Money, public_id

PREFIX = "ord"
Status = Literal["open", "part_refunded", "refunded", "cancelled"]
STATUSES: tuple[Status, ...] = ("open", "part_refunded", "refunded", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    order_id: int
    order_key: str  # The id the caller chose.
    customer_id: int
    position: int  # Of the first event that reported it.
    revision: int
    occurred_at: datetime
    booked_at: datetime
    store: str | None
    currency: str
    total_minor: int
    discount_minor: int
    line_count: int
    status: Status
    refunded_minor: int
    net_minor: int  # What is left after refunds; nothing of a cancelled order.
    subtotal_minor: int | None
    shipping_minor: int | None
    tax_minor: int | None
    coupon: str | None
    history: bool  # All that made it came from before the cut-over.
    source: str  # Of the report that stands.
    cancelled_at: datetime | None

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.order_id)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    line: int  # Its place in the order, from 1.
    line_key: str  # The id the source gave it; else its place.
    product_id: int
    product_key: str
    product_name: str | None
    variant: str | None
    quantity: Decimal | None  # As reported; never summed, since units differ from product to product.
    total_minor: int
    discount_minor: int
    refunded_minor: int
    refunded_quantity: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    refund_key: str
    position: int
    source: str
    occurred_at: datetime
    told_minor: int  # What was reported.
    refunded_minor: int  # What counts: never more than was paid.
    is_full: bool  # It named neither sum nor lines.
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFinding:
    """Something about an order that does not fit; codes are worded where they are shown."""

    position: int
    code: str
    minor: int | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One event that says something of an order: who reported what."""

    position: int
    kind: str  # completed, updated, refunded or cancelled.
    source: str
    revision: int
    occurred_at: datetime
    booked_at: datetime
    currency: str | None
    total_minor: int | None
    line_count: int
    refund_key: str | None
    history: bool
    stands: bool  # Its sums are the order's.
    gives_lines: bool  # Its lines are the order's.


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Cancelled orders are none; the sum is less what was given back."""

    currency: str
    orders: int
    customers: int
    lines: int
    total_minor: int
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSales:
    week: date  # Its first local day.
    currency: str
    orders: int
    customers: int
    total_minor: int
