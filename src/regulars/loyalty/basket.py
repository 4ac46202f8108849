"""A basket: what somebody is about to buy, or bought, as rules look at it; and an event, as they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    key: str  # Its own in the basket; what is said of the line names it.
    total_minor: int  # After discounts, before payments.
    product: str = ""
    quantity: Decimal = Decimal(1)
    categories: tuple[str, ...] | None = None  # Path, category, department; None: as the catalogue has them.
    brand: str | None = None  # None: as the catalogue has it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    money: str  # ISO currency.
    lines: tuple[BasketLine, ...] = ()
    total_minor: int | None = None  # After discounts; None: what the lines come to.
    store: str = ""
    channel: str = ""  # The source that will tell the order.

    @property
    def total(self) -> int:
        return sum(line.total_minor for line in self.lines) if self.total_minor is None else self.total_minor

    @property
    def counted(self) -> tuple[BasketLine, ...]:
        """Its lines; a basket without any counts as one line of what it comes to."""
        return self.lines or (BasketLine(key="", total_minor=self.total, categories=(), brand=""),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event: what is counted of it by each rule whose filters it fits, in thousandths."""

    event: str
    figures: Mapping[str, int]  # By rule.
    channel: str = ""

    @property
    def basket(self) -> Basket:
        """It stands for no purchase: one line of nothing."""
        return Basket(money="", total_minor=0, channel=self.channel)
