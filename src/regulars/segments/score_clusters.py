"""Clusters of customers by recency, frequency and value, found by k-means and told in words.

Days, orders and value are taken as logarithms, because all three are skewed, and standardised, so that none
outweighs the others. The seed is fixed: the same customers give the same clusters. Centres are found once,
when a scoring goes live, and customers are assigned to the nearest from then on, so that who moves has moved.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SEED = 20_240_301
STARTS = 10
ROUNDS = 100
SAMPLE_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    days: int
    orders: int
    value_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Means and spreads of the logarithms, and the centres, the most valuable first."""

    means: tuple[float, float, float]
    spreads: tuple[float, float, float]
    centres: tuple[tuple[float, float, float], ...]

    def params(self) -> dict[str, Any]:
        """For the statement that assigns customers to the nearest."""
        names = ("r", "f", "m")
        return (
            {name: [centre[n] for centre in self.centres] for n, name in enumerate(names)}
            | {f"{name}_mean": self.means[n] for n, name in enumerate(names)}
            | {f"{name}_spread": self.spreads[n] for n, name in enumerate(names)}
        )


def fit(measured: Sequence[Measured], clusters: int) -> Fitted | None:
    """The best of several starts by the distances within; fewer clusters where fewer differ."""
    if not measured:
        return None
    logs = np.log1p([[one.days, one.orders, max(one.value_minor, 0)] for one in measured])
    means, spreads = logs.mean(axis=0), logs.std(axis=0)
    spreads[spreads == 0] = 1.0
    points = (logs - means) / spreads
    wanted = min(clusters, len(np.unique(points, axis=0)))
    found = [_run(points, wanted, start) for start in range(STARTS)]
    _, centres = min(found, key=lambda one: one[0])
    ordered = sorted(centres.tolist(), key=lambda centre: (-centre[2], -centre[1], centre[0]))
    return Fitted(
        means=_three(means), spreads=_three(spreads), centres=tuple(_three(centre) for centre in ordered)
    )


def _run(points: Any, wanted: int, start: int) -> tuple[float, Any]:
    from scipy.cluster.vq import kmeans2  # noqa: PLC0415 - half a second that few processes need.

    centres, labels = kmeans2(
        points, wanted, iter=ROUNDS, minit="++", rng=np.random.default_rng(SEED + start)
    )
    used = np.unique(labels)
    within = float(((points - centres[labels]) ** 2).sum())
    return within, centres[used]


def _three(row: Any) -> tuple[float, float, float]:
    return float(row[0]), float(row[1]), float(row[2])


def means_in_words(days: float, orders: float, value: str) -> str:
    """What the average customer of a group did.

    >>> means_in_words(12.4, 3.21, "52.00 USD")
    'last bought 12 days ago, 3.2 orders, 52.00 USD'
    """
    ago = "today" if round(days) == 0 else f"{round(days):,} day{'' if round(days) == 1 else 's'} ago"
    count = f"{orders:,.1f}".removesuffix(".0")
    return f"last bought {ago}, {count} order{'' if count == '1' else 's'}, {value}"


def words_of_centres(fitted: Fitted) -> tuple[str, ...]:
    """Each cluster against the others: lately or long ago, often or seldom, much or little."""
    return tuple(
        ", ".join(
            (
                _against(-centre[0], "Bought lately", "Bought a while ago", "Bought long ago"),
                _against(centre[1], "often", "now and then", "seldom"),
                _against(centre[2], "spends much", "spends something", "spends little"),
            )
        )
        for centre in fitted.centres
    )


def typical(fitted: Fitted) -> tuple[tuple[float, float, float], ...]:
    """Days, orders and value in minor units at each centre."""
    return tuple(
        _three([math.expm1(centre[n] * fitted.spreads[n] + fitted.means[n]) for n in range(3)])
        for centre in fitted.centres
    )


def _against(place: float, above: str, between: str, below: str) -> str:
    half = 0.5  # Of a standard deviation.
    return above if place > half else below if place < -half else between
