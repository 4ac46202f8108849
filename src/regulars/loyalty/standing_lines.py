"""What stands of an order and its lines after what came back of them, as exact shares."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from regulars.loyalty.exact import rounded

NONE, ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedOrder:
    """A row of the query `orders`."""

    order_id: int
    order_key: str
    customer_id: int
    total_minor: int
    refunded_minor: int
    line_count: int
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """A row of the query `lines`."""

    order_id: int
    line_key: str
    total_minor: int
    refunded_minor: int
    quantity: Decimal | None
    refunded_quantity: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What an award gave for one line."""

    line_key: str
    minor: int
    figure: int
    points: int


class StandingOrder:
    """An order as it stands: money given back without naming lines comes off every line alike."""

    def __init__(self, order: ReturnedOrder, lines: Sequence[ReturnedLine]) -> None:
        self.order = order
        self._lines = {line.line_key: line for line in lines}
        by_line = sum(min(line.refunded_minor, line.total_minor) for line in lines)
        rest, beyond = order.total_minor - by_line, order.refunded_minor - by_line
        self._left = 1 - min(ALL, Fraction(beyond, rest)) if rest > 0 and beyond > 0 else ALL
        self._gone = order.cancelled or (
            order.refunded_minor > 0 and order.refunded_minor >= order.total_minor
        )

    @property
    def share(self) -> Fraction:
        """Of all of it, by money."""
        if self._gone or self.order.total_minor <= 0:
            return NONE if self._gone else ALL
        return max(NONE, 1 - Fraction(self.order.refunded_minor, self.order.total_minor))

    def standing(self, parts: Sequence[Sequence[Part]], *, by_quantity: bool) -> list[list[int]]:
        """What stands of the points of awards by one rule, the earliest first, line by line."""
        taken: dict[str, Fraction] = defaultdict(Fraction)
        return [[self._points(part, taken, by_quantity=by_quantity) for part in own] for own in parts]

    def _points(self, part: Part, taken: dict[str, Fraction], *, by_quantity: bool) -> int:
        covered = Fraction(part.figure, 1000) if by_quantity and part.line_key else Fraction(part.minor)
        left = self._remaining(part.line_key, by_quantity=by_quantity) - taken[part.line_key]
        if covered <= 0:
            return part.points if self._is_there(part.line_key) else 0
        stands = min(covered, max(NONE, left))
        taken[part.line_key] += stands
        share = part.points * stands / covered
        return rounded(share.numerator, share.denominator, "half_up")

    def _remaining(self, line_key: str, *, by_quantity: bool) -> Fraction:
        if self._gone:
            return NONE
        if not line_key:
            return self.share * self.order.total_minor
        line = self._lines.get(line_key)
        if line is None:
            return NONE
        if not by_quantity:
            return (line.total_minor - line.refunded_minor) * self._left
        quantity = Fraction(1 if line.quantity is None else line.quantity)
        if line.refunded_quantity is not None:
            return (quantity - Fraction(line.refunded_quantity)) * self._left
        kept = 1 - Fraction(line.refunded_minor, line.total_minor) if line.total_minor > 0 else ALL
        return quantity * kept * self._left

    def _is_there(self, line_key: str) -> bool:
        """Of what cost nothing: whether it was kept."""
        line = self._lines.get(line_key)
        if self._gone or not line_key:
            return not self._gone
        if line is None:
            return False
        quantity = 1 if line.quantity is None else line.quantity
        return line.refunded_quantity is None or line.refunded_quantity < quantity
