"""Ready-made scorings and the approaches that stand on them, and buying behaviour from never to again."""

from regulars.conditions import EVERYBODY, DaysSinceFirstOrder, OrderCount
from regulars.segments.model import SegmentationBody, Stage
from regulars.segments.ready_made import NEW_DAYS
from regulars.segments.score_groups import REST, RFM_GROUPS, cluster_key, tier_key
from regulars.segments.score_source import in_groups
from regulars.segments.scoring_body import ScoringBody

RFM, VALUE, CLUSTERS = "rfm", "value-tiers", "clusters"
PERCENTS, CLUSTERS_COUNT = (5, 20, 50), 5
NOT_SCORED = "Did not buy in the period."

# By key.
SCORINGS = {
    RFM: ScoringBody(
        name="Recency, frequency, value",
        description="Fifths by the last order, the number of orders and what they brought in a year.",
        method="rfm",
        currency="USD",
    ),
    VALUE: ScoringBody(
        name="Value in a year",
        description="The best 5, 20 and 50 percent of the buyers by what they brought in a year.",
        method="value_tiers",
        currency="USD",
        percents=PERCENTS,
    ),
    CLUSTERS: ScoringBody(
        name="Clusters of buyers",
        description="Buyers who are alike in recency, frequency and value.",
        method="clusters",
        currency="USD",
        clusters=CLUSTERS_COUNT,
    ),
}


def _rest(key: str, name: str, description: str) -> Stage:
    return Stage(key=key, name=name, description=description, condition=EVERYBODY)


TIERS = {5: "Best 5 %", 20: "Next 15 %", 50: "Next 30 %"}
# By key.
APPROACHES = {
    RFM: SegmentationBody(
        name="RFM groups",
        description="By how long ago and how often somebody bought; publish the scoring “rfm” first.",
        stages=(
            *(
                Stage(
                    key=group.key,
                    name=group.name,
                    description=group.description,
                    condition=in_groups(RFM, group.key),
                )
                for group in RFM_GROUPS
            ),
            _rest("no-purchase", "No purchase", NOT_SCORED),
        ),
    ),
    VALUE: SegmentationBody(
        name="Value tiers",
        description="By what somebody brought in a year; publish the scoring “value-tiers” first.",
        stages=(
            *(
                Stage(
                    key=tier_key(percent),
                    name=name,
                    description="Of the buyers of a year, by net revenue.",
                    condition=in_groups(VALUE, tier_key(percent)),
                )
                for percent, name in TIERS.items()
            ),
            Stage(
                key=REST,
                name="Lower half",
                description="Bought in the year, and for less than half of the buyers did.",
                condition=in_groups(VALUE, REST),
            ),
            _rest("no-purchase", "No purchase", NOT_SCORED),
        ),
    ),
    CLUSTERS: SegmentationBody(
        name="Clusters",
        description="Buyers who are alike, the most valuable first; publish the scoring “clusters” first.",
        stages=(
            *(
                Stage(
                    key=cluster_key(number),
                    name=f"Cluster {number}",
                    description="What its customers are like stands on the scoring's page.",
                    condition=in_groups(CLUSTERS, cluster_key(number)),
                )
                for number in range(1, CLUSTERS_COUNT + 1)
            ),
            _rest("no-purchase", "No purchase", NOT_SCORED),
        ),
    ),
    "buying": SegmentationBody(
        name="Buying",
        description="From never to again and again.",
        stages=(
            Stage(
                key="never-bought",
                name="Never bought",
                description="Known, and has never bought.",
                condition=OrderCount(comparison="exactly", number=0),
            ),
            Stage(
                key="new-buyer",
                name="New buyer",
                description="The first order is less than four weeks old.",
                condition=DaysSinceFirstOrder(comparison="less_than", days=NEW_DAYS),
            ),
            Stage(
                key="one-time",
                name="One-time buyer",
                description="Bought once, and not again.",
                condition=OrderCount(comparison="exactly", number=1),
            ),
            _rest("repeat", "Repeat buyer", "Everybody else: bought at least twice."),
        ),
    ),
}
