"""A cart at a till or in a shop: what somebody is about to pay for, and the events it becomes."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars import log, loyalty
from regulars.checkout.repeated import fitting
from regulars.kernel import CURRENCIES, Finding, Invalid, minor_digits

LINES_MAX = 500
KEY_SIGNS_MAX = 200
AMOUNT_MAX = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    key: str  # Its own in the cart; returns name it.
    product: str
    total_minor: int  # After discounts, before payments.
    quantity: Decimal = Decimal(1)
    name: str | None = None
    category: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    currency: str
    lines: tuple[CartLine, ...] = ()
    total_minor: int | None = None  # After discounts; None: what the lines come to.
    store: str = ""
    channel: str = "checkout"

    @property
    def total(self) -> int:
        return sum(line.total_minor for line in self.lines) if self.total_minor is None else self.total_minor

    def less(self, minor: int) -> "Cart":
        """With a discount spread over its lines, and over what they do not say of the total."""
        weights = [line.total_minor for line in self.lines]
        unsaid = max(0, self.total - sum(weights))
        parts = loyalty.spread(minor, [*weights, unsaid])
        lines = tuple(
            replace(line, total_minor=line.total_minor - off)
            for line, off in zip(self.lines, parts, strict=False)
        )
        return replace(
            self, lines=lines, total_minor=None if self.total_minor is None else self.total - minor
        )

    def basket(self) -> loyalty.Basket:
        return loyalty.Basket(
            money=self.currency,
            total_minor=self.total_minor,
            store=self.store,
            channel=self.channel,
            lines=tuple(
                loyalty.BasketLine(
                    key=line.key,
                    product=line.product,
                    total_minor=line.total_minor,
                    quantity=line.quantity,
                    categories=None if line.category is None else (line.category,),
                    brand=line.brand,
                )
                for line in self.lines
            ),
        )

    def told(self) -> dict[str, Any]:
        """As the log tells an order."""
        said: dict[str, Any] = {"currency": self.currency, "total": self._large(self.total)}
        if self.store:
            said["store_id"] = self.store
        return said | {"products": [self._line(line) for line in self.lines]}

    def _line(self, line: CartLine) -> dict[str, Any]:
        said = {
            "line_id": line.key,
            "product_id": line.product,
            "quantity": _number(line.quantity),
            "total": self._large(line.total_minor),
            "name": line.name,
            "category": line.category,
            "brand": line.brand,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _large(self, minor: int) -> float | int:
        return _number(Decimal(minor).scaleb(-minor_digits(self.currency)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart that was paid, under the shop's or till's own id."""

    key: str
    cart: Cart
    occurred_at: datetime | None = None  # None: when it is told.
    user_id: str | None = None  # Whose it is; None with a customer's number, or of nobody known.
    customer_id: int | None = None

    def event(self, at: datetime) -> log.NewEvent:
        return log.NewEvent(
            message_id=fitting(f"checkout/{self.key}"),
            name="Order Completed",
            occurred_at=self.occurred_at or at,
            user_id=self.user_id,
            anonymous_id=None if self.user_id or self.customer_id else fitting(f"guest:{self.key}"),
            customer_id=self.customer_id,
            properties={"order_id": self.key} | self.cart.told(),
            context={"server": True},
            source=self.cart.channel,
        )


def check(cart: Cart) -> None:
    """Raises Invalid with everything that is wrong, each at its place."""
    found = list(_findings(cart))
    if found:
        raise Invalid("The cart cannot be taken as it is.", found)


def _findings(cart: Cart) -> Any:
    if cart.currency not in CURRENCIES:
        yield _finding("currency", f"{cart.currency[:10]!r} is no ISO currency; send one such as USD.")
    if len(cart.lines) > LINES_MAX:
        yield _finding("lines", f"A cart has at most {LINES_MAX} lines; found {len(cart.lines)}.")
    if not cart.lines and cart.total_minor is None:
        yield _finding("lines", "Send lines, or the total.")
    yield from _of_total(cart)
    keys = [line.key for line in cart.lines]
    for n, line in enumerate(cart.lines):
        if not 0 < len(line.key) <= KEY_SIGNS_MAX:
            yield _finding(f"lines[{n}].key", f"A line's key is 1 to {KEY_SIGNS_MAX} signs.")
        if keys.index(line.key) != n:
            yield _finding(f"lines[{n}].key", f"{line.key!r} is line {keys.index(line.key) + 1} already.")
        if not 0 <= line.total_minor <= AMOUNT_MAX:
            yield _finding(f"lines[{n}].total", f"A line comes to zero or more; found {line.total_minor:,}.")
        if line.quantity <= 0:
            yield _finding(f"lines[{n}].quantity", f"A quantity is above zero; found {line.quantity}.")


def _of_total(cart: Cart) -> Any:
    total, lines = cart.total_minor, sum(line.total_minor for line in cart.lines)
    if total is not None and not 0 <= total <= AMOUNT_MAX:
        yield _finding("total_minor", f"A total is zero or more; found {total:,} minor units.")
    elif total is not None and total < lines:
        told = f"The lines come to {lines:,} after discounts, and the total to less: {total:,}."
        yield _finding("total_minor", f"{told} Take off every line what is off it.")


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="checkout.cart", message=message)


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)
