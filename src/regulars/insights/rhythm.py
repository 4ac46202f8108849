"""How one customer buys: how often, how much, and how long it usually is between two visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from regulars.db import Tx, rows, values
from regulars.insights.statements import SQL
from regulars.kernel import Money, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    currency: str
    orders: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    order_key: str
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    orders: int
    spent: tuple[Money, ...]  # By currency, the one of most orders first.
    first_at: datetime | None
    last_at: datetime | None
    visits: int  # Local days with at least one order.
    usual_gap_days: float | None  # Median between two visits; None with fewer than two.


def rhythm(tx: Tx, customer_id: int, zone: str) -> Rhythm:
    bought: list[datetime] = values(tx, SQL.bought_at, customer_id=customer_id)
    spent = rows(tx, SQL.spent, Spent, customer_id=customer_id)
    days = sorted({local_day(at, zone) for at in bought})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return Rhythm(
        orders=len(bought),
        spent=tuple(Money(row.minor, row.currency) for row in spent),
        first_at=bought[0] if bought else None,
        last_at=bought[-1] if bought else None,
        visits=len(days),
        usual_gap_days=float(median(gaps)) if gaps else None,
    )


def order_ids(tx: Tx, customer_id: int, keys: Sequence[str]) -> dict[str, int]:
    """The numbers of one customer's orders by the keys the caller chose."""
    found = rows(tx, SQL.order_ids, Key, customer_id=customer_id, keys=list(keys))
    return {row.order_key: row.order_id for row in found}
