"""The A/A replay: the same outcomes divided again by many salts, to see how often our own rule cries wolf."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.experiments.assignment import BUCKETS, buckets
from regulars.experiments.proportion import Interval, Proportion, newcombe, wilson

SALTS = 500
CUSTOMERS_MAX = 10_000  # 500 divisions of so many take about two seconds; more would say nothing more.


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    salts: int
    rejections: int  # divisions whose interval of the difference excluded nought
    customers: int  # Of a very large audience, a random part.

    @property
    def rejection_rate(self) -> float:
        return self.rejections / self.salts

    @property
    def interval(self) -> Interval:
        return wilson(Proportion(count=self.rejections, of=self.salts))

    @property
    def nominal(self) -> bool:
        """Say whether 5 % lies inside the interval of the rejection rate."""
        return not self.interval.excludes(0.05)


def aa_replay(
    outcomes: Mapping[int, bool], *, held_out_share: int, salts: int = SALTS, salt: str = "aa"
) -> Replay | None:
    """Divide the customers by each of the salts as the product does and judge each division as it does.

    Nobody's treatment differs between the divisions, so each rejection is a false alarm. None when there
    is nobody to divide or no second arm.
    """
    if not outcomes or not 0 < held_out_share < BUCKETS:
        return None
    customer_ids = _sample(list(outcomes), salt)
    converted = np.fromiter((outcomes[number] for number in customer_ids), dtype=bool)
    rejections = 0
    for number in range(salts):
        held = buckets(f"{salt}:{number}", customer_ids) < held_out_share
        rejections += _rejects(held, converted)
    return Replay(salts=salts, rejections=rejections, customers=len(customer_ids))


def _sample(customer_ids: list[int], salt: str) -> list[int]:
    """Return all, or of very many as many as are enough, those of the lowest buckets."""
    if len(customer_ids) <= CUSTOMERS_MAX:
        return customer_ids
    order = np.argsort(buckets(f"{salt}:sample", customer_ids), kind="stable")
    return [customer_ids[place] for place in order[:CUSTOMERS_MAX]]


def _rejects(
    held: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    converted: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> bool:
    people, buyers = int(held.sum()), int(converted.sum())
    buyers_held = int((held & converted).sum())
    if people in (0, held.size):
        return False
    treated = Proportion(count=buyers - buyers_held, of=held.size - people)
    return newcombe(treated, Proportion(count=buyers_held, of=people)).excludes(0)
