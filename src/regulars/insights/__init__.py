"""Insights: figures that need several rooms at once, read from their published views."""

from regulars.insights.changes import (
    Activity,
    Arrivals,
    Outstanding,
    StageMove,
    TierArrivals,
    activity,
    arrivals,
    outstanding,
    stage_moves,
    tier_arrivals,
)
from regulars.insights.passage import Passage, PassageTotal, passages, totals_since
from regulars.insights.rhythm import Rhythm, order_ids, rhythm
from regulars.insights.roll import PAGE_SIZE, Narrowing, roll, roll_count, searched
from regulars.insights.standing import Standing, standings
from regulars.insights.weekly import Week, weeks

__all__ = [
    "PAGE_SIZE",
    "Activity",
    "Arrivals",
    "Narrowing",
    "Outstanding",
    "Passage",
    "PassageTotal",
    "Rhythm",
    "StageMove",
    "Standing",
    "TierArrivals",
    "Week",
    "activity",
    "arrivals",
    "order_ids",
    "outstanding",
    "passages",
    "rhythm",
    "roll",
    "roll_count",
    "searched",
    "stage_moves",
    "standings",
    "tier_arrivals",
    "totals_since",
    "weeks",
]
