"""The sample-ratio check: do the arms hold the shares that were declared?"""

from collections.abc import Sequence

from scipy.special import chdtrc

THRESHOLD = 0.001


def sample_ratio_p_value(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the chance of arms at least this far from their shares by Pearson's χ².

    χ² = Σ (observed − expected)²/expected, degrees of freedom one less than arms. The example is scenario 1
    of Kohavi, Tang, Xu 2020, Trustworthy Online Controlled Experiments, chapter 21.

    >>> f"{sample_ratio_p_value([821588, 815482], [1, 1]):.1e}"
    '1.8e-06'
    """
    everybody, whole = sum(counts), sum(shares)
    pairs = [(n, everybody * share / whole) for n, share in zip(counts, shares, strict=True)]
    if any(n > 0 and expected == 0 for n, expected in pairs):
        return 0.0
    used = [(n, expected) for n, expected in pairs if expected > 0]
    if len(used) < 2:  # noqa: PLR2004 - one arm has no ratio
        return 1.0
    statistic = sum((n - expected) ** 2 / expected for n, expected in used)
    return float(chdtrc(len(used) - 1, statistic))
