"""What arms of a given size can find, and what size is needed to find something."""

import math
from statistics import NormalDist

POWER = 0.80
SIGNIFICANCE = 0.05
HALVINGS = 60  # The bisection ends far below any rounding that is shown.


def sample_size(
    base_rate: float, other_rate: float, *, power: float = POWER, significance: float = SIGNIFICANCE
) -> int:
    """Return the people needed in each of two equal arms to tell the rates apart.

    n = (z₁₋α/₂ √(2 p̄(1−p̄)) + z_power √(p₁(1−p₁) + p₂(1−p₂)))² / (p₁−p₂)². Fleiss, Levin, Paik 2003,
    formula 4.14 without the correction.

    >>> sample_size(0.10, 0.11), sample_size(0.05, 0.06)
    (14751, 8158)
    """
    if base_rate == other_rate:
        raise ValueError(f"Two equal rates, {base_rate}, cannot be told apart; give two different ones.")
    reach = _reach(base_rate, other_rate, 1, 1, power=power, significance=significance)
    return math.ceil((reach / abs(base_rate - other_rate)) ** 2)


def detectable_effect(
    base_rate: float,
    treated: int,
    held_out: int,
    *,
    power: float = POWER,
    significance: float = SIGNIFICANCE,
) -> float | None:
    """Return the smallest rise above the base rate that such arms find, or None if 100 % would be missed.

    Solves d = z₁₋α/₂ √(p̄(1−p̄)(1/n₁ + 1/n₂)) + z_power √(p₁(1−p₁)/n₁ + p₂(1−p₂)/n₂), p₂ the base rate and
    p₁ = p₂ + d; so it is the inverse of `sample_size`.

    >>> f"{detectable_effect(0.10, 14751, 14751):.4f}", f"{detectable_effect(0.118, 214, 93):.3f}"
    ('0.0100', '0.138')
    """
    if treated == 0 or held_out == 0:
        return None

    def missed(rise: float) -> bool:
        reach = _reach(base_rate, base_rate + rise, held_out, treated, power=power, significance=significance)
        return rise < reach

    low, high = 0.0, 1 - base_rate
    if missed(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if missed(middle) else (low, middle)
    return high


def _reach(p: float, q: float, n: int, m: int, *, power: float, significance: float) -> float:
    """Return the difference at which a two-sided test of rate p of n people against q of m has that power."""
    normal = NormalDist()
    pooled = (p * n + q * m) / (n + m)
    under_null = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    under_effect = math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return normal.inv_cdf(1 - significance / 2) * under_null + normal.inv_cdf(power) * under_effect
