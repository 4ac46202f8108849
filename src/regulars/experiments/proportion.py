"""Intervals and tests for customers who did something out of those who could, as pure functions of counts."""

import math
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    count: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError(
                f"{self.count} of {self.of} is no proportion: the count lies between 0 and the whole."
            )

    @property
    def rate(self) -> float:
        return self.count / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    low: float
    high: float

    def excludes(self, point: float) -> bool:
        return not self.low <= point <= self.high


def z_of(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(x: Proportion, level: float = LEVEL) -> Interval:
    """Return the score interval of one proportion.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Wilson 1927, JASA 22, 209-212; the example is of
    Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.

    >>> i = wilson(Proportion(count=81, of=263)); f"{i.low:.4f} {i.high:.4f}"
    '0.2553 0.3662'
    """
    z, n, p = z_of(level), x.of, x.rate
    centre = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return Interval(low=max(0.0, (centre - reach) / whole), high=min(1.0, (centre + reach) / whole))


def newcombe(a: Proportion, b: Proportion, level: float = LEVEL) -> Interval:
    """Return the hybrid score interval of the difference a − b of two independent proportions.

    d − √((a−l₁)² + (u₂−b)²) to d + √((u₁−a)² + (b−l₂)²), l and u the Wilson bounds. Newcombe 1998, Statistics
    in Medicine 17, 873-890, method 10; the example is its table II, contrast a.

    >>> i = newcombe(Proportion(count=56, of=70), Proportion(count=48, of=80)); f"{i.low:.4f} {i.high:.4f}"
    '0.0524 0.3339'
    """
    of_a, of_b = wilson(a, level), wilson(b, level)
    difference = a.rate - b.rate
    return Interval(
        low=difference - math.hypot(a.rate - of_a.low, of_b.high - b.rate),
        high=difference + math.hypot(of_a.high - a.rate, b.rate - of_b.low),
    )


def relative_lift(a: Proportion, b: Proportion, level: float = LEVEL) -> Interval | None:
    """Return the interval of a/b − 1, or None when b is nought and the ratio has no upper bound.

    Bounds of the ratio recovered from the Wilson bounds of each: Donner and Zou 2012, Statistical Methods in
    Medical Research 21, 347-359.

    >>> i = relative_lift(Proportion(count=56, of=70), Proportion(count=48, of=80))
    >>> f"{i.low:.3f} {i.high:.3f}"
    '0.078 0.663'
    """
    if b.count == 0:
        return None
    of_a, of_b = wilson(a, level), wilson(b, level)
    product = a.rate * b.rate
    under = of_b.high * (2 * b.rate - of_b.high)
    over = of_b.low * (2 * b.rate - of_b.low)
    low_root = math.sqrt(max(0.0, product**2 - of_a.low * (2 * a.rate - of_a.low) * under))
    high_root = math.sqrt(max(0.0, product**2 - of_a.high * (2 * a.rate - of_a.high) * over))
    # (p − root)/under, written so that it stays finite when under passes through nought.
    low = of_a.low * (2 * a.rate - of_a.low) / (product + low_root) if a.count else 0.0
    return Interval(low=low - 1, high=(product + high_root) / over - 1)


def score_p_value(a: Proportion, b: Proportion) -> float:
    """Return the two-sided p-value of no difference by the pooled score test (χ² without correction).

    z = (a − b)/√(p(1−p)(1/n₁ + 1/n₂)), p the pooled rate. Fleiss, Levin, Paik 2003, section 3.1.

    >>> f"{score_p_value(Proportion(count=56, of=70), Proportion(count=48, of=80)):.4f}"
    '0.0080'
    """
    pooled = (a.count + b.count) / (a.of + b.of)
    spread = pooled * (1 - pooled) * (1 / a.of + 1 / b.of)
    if spread == 0:
        return 1.0
    return math.erfc(abs(a.rate - b.rate) / math.sqrt(2 * spread))
