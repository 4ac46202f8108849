"""Rounding exact amounts and spreading a sum over its parts; integers all the way, never a float."""

from collections.abc import Sequence

from regulars.loyalty.earning_rule import RoundingMode


def rounded(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """
    >>> [rounded(5, 2, mode) for mode in ("floor", "half_up", "half_even", "ceiling")]
    [2, 3, 2, 3]
    """
    whole, rest = divmod(numerator, denominator)
    if mode == "floor" or rest == 0:
        return whole
    if mode == "ceiling":
        return whole + 1
    if 2 * rest == denominator:
        return whole + (1 if mode == "half_up" else whole % 2)
    return whole + (2 * rest > denominator)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of a total by weights, by largest remainder; the earlier of equal ones first, all 0: as if equal.

    >>> spread(400, [2, 2, 2])
    [134, 133, 133]
    """
    if not any(weights):
        weights = [1] * len(weights)
    return handed_out(total, [total * weight for weight in weights], sum(weights))


def handed_out(total: int, numerators: Sequence[int], denominator: int) -> list[int]:
    """Makes the parts whole so that they come to the total: each its floor, and one more by remainder."""
    parts = [numerator // denominator for numerator in numerators]
    lacking = total - sum(parts)
    if lacking > 0:
        by_rest = sorted(range(len(parts)), key=lambda i: (-(numerators[i] % denominator), i))
        for i in by_rest[:lacking]:
            parts[i] += 1
    return parts


def cut_down(parts: Sequence[int], most: int) -> list[int]:
    """The parts, cut from the last backwards so that they come to no more than `most`.

    >>> cut_down([5, 4, 3], 7)
    [5, 2, 0]
    """
    left, kept = max(most, 0), []
    for part in parts:
        kept.append(min(part, left))
        left -= kept[-1]
    return kept
