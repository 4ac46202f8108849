"""What is counted of the lines of a basket: money, units, lines or the order as one."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from regulars.loyalty.basket import BasketLine
from regulars.loyalty.earning_rule import Counts
from regulars.loyalty.exact import spread

ONE = 1000  # What is not money is counted in thousandths.


def figures(counts: Counts, lines: Sequence[BasketLine]) -> list[int]:
    """One a line; an order's one is spread by money: a line that comes back takes its share along."""
    if counts == "money":
        return [line.total_minor for line in lines]
    if counts == "quantity":
        return [thousandths(line.quantity) for line in lines]
    if counts == "lines":
        return [ONE] * len(lines)
    return spread(ONE, [max(line.total_minor, 0) for line in lines])


def thousandths(quantity: Decimal) -> int:
    return int((quantity * ONE).quantize(Decimal(1), rounding=ROUND_HALF_UP))
