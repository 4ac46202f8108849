"""Experiments: arms by salted hash, exact small statistics, and verdicts in plain words."""

from regulars.experiments.assignment import BUCKETS, Arm, arms_of, buckets, check_shares
from regulars.experiments.balance import THRESHOLD, sample_ratio_p_value
from regulars.experiments.erasing import held
from regulars.experiments.fact_sources import SOURCES
from regulars.experiments.logic import Readout, assign, contaminated, follow, readouts, save_readout
from regulars.experiments.power import detectable_effect, sample_size
from regulars.experiments.proportion import (
    Interval,
    Proportion,
    newcombe,
    relative_lift,
    score_p_value,
    wilson,
)
from regulars.experiments.replay import SALTS, Replay, aa_replay
from regulars.experiments.verdict import Comparison, Outcome, Sums, compare, percent, points

__all__ = [
    "BUCKETS",
    "SALTS",
    "SOURCES",
    "THRESHOLD",
    "Arm",
    "Comparison",
    "Interval",
    "Outcome",
    "Proportion",
    "Readout",
    "Replay",
    "Sums",
    "aa_replay",
    "arms_of",
    "assign",
    "buckets",
    "check_shares",
    "compare",
    "contaminated",
    "detectable_effect",
    "follow",
    "held",
    "newcombe",
    "percent",
    "points",
    "readouts",
    "relative_lift",
    "sample_ratio_p_value",
    "sample_size",
    "save_readout",
    "score_p_value",
    "wilson",
]
