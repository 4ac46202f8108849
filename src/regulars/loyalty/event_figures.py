"""What an event counts: one, or the number told in one of its properties; in thousandths."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ONE = 1000


def figure_of(told: Mapping[str, Any], amount: str) -> int:
    """
    >>> [figure_of(told, "minutes") for told in ({"minutes": 12.5}, {"minutes": "many"}, {})]
    [12500, 0, 0]
    """
    if not amount:
        return ONE
    found: Any = told
    for name in amount.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return 0
    return int((Decimal(str(found)) * ONE).quantize(Decimal(1), rounding=ROUND_HALF_UP))
