"""The ready-made lifecycle: seven stages for a shop whose customers buy about weekly.

Of a grocer's 2,469 households over a year, two in three bought in any four weeks; a pause of eight weeks was
outlived by one in ten at a time. Sixteen orders in twelve weeks (four in three weeks) part the best third.
"""

from regulars.conditions import (
    EVERYBODY,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Last,
    OrderCount,
    Returned,
)
from regulars.segments.model import SegmentationBody, SegmentBody, Stage

NEW_DAYS = 28
AT_RISK_DAYS = 28
LAPSED_DAYS = 56
LOYAL_DAYS, LOYAL_ORDERS = 84, 16

LIFECYCLE = SegmentationBody(
    name="Lifecycle",
    description="Where each customer stands, from the first look to the last order and back.",
    stages=(
        Stage(
            key="prospect",
            name="Prospect",
            description="Known, and has never bought.",
            condition=OrderCount(comparison="exactly", number=0),
        ),
        Stage(
            key="new",
            name="New",
            description="The first order is less than four weeks old.",
            condition=DaysSinceFirstOrder(comparison="less_than", days=NEW_DAYS),
        ),
        Stage(
            key="lapsed",
            name="Lapsed",
            description="Has not bought for eight weeks.",
            condition=DaysSinceLastOrder(comparison="at_least", days=LAPSED_DAYS),
        ),
        Stage(
            key="at-risk",
            name="At risk",
            description="Has not bought for four weeks.",
            condition=DaysSinceLastOrder(comparison="at_least", days=AT_RISK_DAYS),
        ),
        Stage(
            key="won-back",
            name="Won back",
            description="Came back in the last four weeks after a pause of eight or more.",
            condition=Returned(within_days=AT_RISK_DAYS, after_days=LAPSED_DAYS),
        ),
        Stage(
            key="loyal",
            name="Loyal",
            description="Bought at least sixteen times in twelve weeks.",
            condition=OrderCount(comparison="at_least", number=LOYAL_ORDERS, window=Last(days=LOYAL_DAYS)),
        ),
        Stage(
            key="active",
            name="Active",
            description="Everybody else: buys, but less often.",
            condition=EVERYBODY,
        ),
    ),
)

# By key, one segment for each stage, so that audiences name a stage like any other segment.
STAGE_SEGMENTS = {
    stage.key: SegmentBody(
        name=stage.name, description=stage.description, approach="lifecycle", stage=stage.key
    )
    for stage in LIFECYCLE.stages
}
