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
from regulars.insights.choosing import (
    ApproachSeen,
    Choices,
    ColumnSeen,
    SourceSeen,
    choices,
    source_choices,
)
from regulars.insights.estimating import Editing, Estimate, Replaced, TookTooLong, TooManyAtOnce, estimate
from regulars.insights.overlapping import Combination, Overlap, Overlapping, Pair, overlap
from regulars.insights.passage import Passage, PassageTotal, passages, totals_since
from regulars.insights.rhythm import Rhythm, order_ids, rhythm
from regulars.insights.roll import PAGE_SIZE, Narrowing, roll, roll_count, searched
from regulars.insights.sampling import Choice, PathSeen
from regulars.insights.standing import Standing, standings
from regulars.insights.suggesting import (
    EventSeen,
    PropertySeen,
    TraitsSeen,
    event_suggestions,
    property_suggestions,
    trait_suggestions,
)
from regulars.insights.weekly import Week, weeks

__all__ = [
    "PAGE_SIZE",
    "Activity",
    "ApproachSeen",
    "Arrivals",
    "Choice",
    "Choices",
    "ColumnSeen",
    "Combination",
    "Editing",
    "Estimate",
    "EventSeen",
    "Narrowing",
    "Outstanding",
    "Overlap",
    "Overlapping",
    "Pair",
    "Passage",
    "PassageTotal",
    "PathSeen",
    "PropertySeen",
    "Replaced",
    "Rhythm",
    "SourceSeen",
    "StageMove",
    "Standing",
    "TierArrivals",
    "TooManyAtOnce",
    "TookTooLong",
    "TraitsSeen",
    "Week",
    "activity",
    "arrivals",
    "choices",
    "estimate",
    "event_suggestions",
    "order_ids",
    "outstanding",
    "overlap",
    "passages",
    "property_suggestions",
    "rhythm",
    "roll",
    "roll_count",
    "searched",
    "source_choices",
    "stage_moves",
    "standings",
    "tier_arrivals",
    "totals_since",
    "trait_suggestions",
    "weeks",
]
