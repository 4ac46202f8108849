"""An order, its lines, and sums of orders."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from regulars.kernel import Money, public_id

PREFIX = "ord"


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

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.order_id)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    line: int  # Its place in the order, from 1.
    product_key: str
    product_name: str | None
    quantity: Decimal | None  # As reported; never summed, since units differ from product to product.
    total_minor: int
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    product_key: str
    name: str | None = None
    category: str | None = None
    department: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
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
