"""The groups that scores are named by: cells of recency and frequency, tiers of value, clusters.

Fifths and cells go back to direct mail (Hughes, Strategic Database Marketing, 1994). Exact fifths tear apart
people who bought equally often; the alternative, discussed by Miglautsch (Thoughts on RFM Scoring, Journal of
Database Marketing, 2000), is to score the behaviour itself. Here equal values always stand in one fifth, so
that some fifths are larger than others and one may be empty: 1 + floor(5 × share of those strictly below).
"""

from dataclasses import dataclass

FIFTHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    key: str
    name: str
    description: str


CHAMPIONS = Group(key="champions", name="Champions", description="Bought just now, and most often.")
LOYAL = Group(key="loyal", name="Loyal", description="Buy often, and not long ago.")
POTENTIAL = Group(key="potential", name="Potential loyals", description="Bought lately, a few times.")
NEW = Group(key="new", name="New", description="Bought just now, and seldom before.")
PROMISING = Group(key="promising", name="Promising", description="Bought lately, and seldom before.")
ATTENTION = Group(key="need-attention", name="Need attention", description="In the middle of everything.")
SLEEPY = Group(key="about-to-sleep", name="About to sleep", description="Seldom, and a while ago.")
AT_RISK = Group(key="at-risk", name="At risk", description="Bought often, and stay away.")
CANNOT_LOSE = Group(
    key="cannot-lose", name="Cannot lose", description="Bought most often, and stay away long."
)
HIBERNATING = Group(key="hibernating", name="Hibernating", description="Seldom, and long ago.")
LOST = Group(key="lost", name="Lost", description="Seldom, and longest ago.")

# By recency from 1, the longest ago, and in it by frequency from 1, the seldomest.
CELLS: tuple[tuple[Group, ...], ...] = (
    (LOST, LOST, AT_RISK, AT_RISK, CANNOT_LOSE),
    (HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE),
    (SLEEPY, SLEEPY, ATTENTION, LOYAL, LOYAL),
    (PROMISING, POTENTIAL, POTENTIAL, LOYAL, LOYAL),
    (NEW, POTENTIAL, POTENTIAL, CHAMPIONS, CHAMPIONS),
)
RFM_GROUPS = (
    CHAMPIONS, LOYAL, POTENTIAL, NEW, PROMISING, ATTENTION, SLEEPY, AT_RISK, CANNOT_LOSE, HIBERNATING, LOST,
)  # fmt: skip
REST = "others"


def tier_key(percent: int) -> str:
    return f"top-{percent}"


def cluster_key(number: int) -> str:
    return f"cluster-{number}"


def group_at(recency: int, frequency: int) -> Group:
    return CELLS[recency - 1][frequency - 1]
