"""What a campaign brought in money: the difference between the arms, whatever was credited to messages.

The interval is Welch's: of the difference of two means with variances of their own. What people spend is
skewed, so below `PEOPLE_MIN` people in an arm nothing is said.
"""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from scipy.special import stdtrit

from regulars.campaigns.model import Run
from regulars.db import Query, Statements, Tx, maybe, rows
from regulars.kernel import Money

PEOPLE_MIN = 100
LEVEL = 0.95


class Sql(Statements, file="revenue.sql"):
    currency: Query
    spent: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one arm spent inside the closed windows."""

    arm: str
    people: int
    spent: int  # Minor units, net of returns.
    squares: float
    orders: int

    @property
    def mean(self) -> float:
        return self.spent / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        return max(0.0, (self.squares - self.people * self.mean**2) / (self.people - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """Of all treated together: what they spent beyond what they would have spent without the message."""

    currency: str
    treated: Spent
    held_out: Spent
    more: Money | None  # None while it is too early to say.
    low: Money | None
    high: Money | None

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out that nothing was brought or lost."""
        return self.low is not None and self.high is not None and (self.low.minor > 0 or self.high.minor < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Currency:
    currency: str


def revenue(tx: Tx, found: Run, at: datetime) -> Revenue | None:
    """The money of the closed windows by arm; None while nobody bought anything."""
    paid = maybe(tx, SQL.currency, _Currency, run_id=found.run_id)
    if paid is None:
        return None
    counted = min(at, found.measured_at) if found.measured_at else None
    arms = {
        one.arm: one
        for one in rows(tx, SQL.spent, Spent, run_id=found.run_id, currency=paid.currency, at=counted)
    }
    treated = arms.get("treated", _nobody("treated"))
    held_out = arms.get("held_out", _nobody("held_out"))
    more, low, high = difference(treated, held_out) or (None, None, None)

    def money(amount: float | None) -> Money | None:
        return None if amount is None else Money(minor=round(amount), currency=paid.currency)

    return Revenue(
        currency=paid.currency,
        treated=treated,
        held_out=held_out,
        more=money(more),
        low=money(low),
        high=money(high),
    )


def difference(treated: Spent, held_out: Spent) -> tuple[float, float, float] | None:
    """Incremental revenue of all treated with its interval; None while an arm is too small.

    >>> even = Spent(arm="", people=100, spent=10_000, squares=1_990_000.0, orders=1)
    >>> [round(one) for one in difference(even, even)]
    [0, -2789, 2789]
    """
    if min(treated.people, held_out.people) < PEOPLE_MIN:
        return None
    a, b = treated.variance / treated.people, held_out.variance / held_out.people
    more = treated.mean - held_out.mean
    if a + b == 0:
        return more * treated.people, more * treated.people, more * treated.people
    freedom = (a + b) ** 2 / (a**2 / (treated.people - 1) + b**2 / (held_out.people - 1))
    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * sqrt(a + b)
    return tuple(one * treated.people for one in (more, more - reach, more + reach))  # type: ignore[return-value]


def _nobody(arm: str) -> Spent:
    return Spent(arm=arm, people=0, spent=0, squares=0.0, orders=0)
