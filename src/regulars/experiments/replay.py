"""The A/A replay: the same outcomes divided again by many salts, to see how often our own rule cries wolf."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.experiments.assignment import BUCKETS, buckets
from regulars.experiments.proportion import Interval, Proportion, newcombe, wilson

SALTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    salts: int
    rejections: int  # divisions whose interval of the difference excluded nought
    customers: int

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
    customer_ids = list(outcomes)
    converted = np.fromiter(outcomes.values(), dtype=bool, count=len(outcomes))
    rejections = 0
    for number in range(salts):
        held = buckets(f"{salt}:{number}", customer_ids) < held_out_share
        rejections += _rejects(held, converted)
    return Replay(salts=salts, rejections=rejections, customers=len(outcomes))


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
