"""Ready-made segments: buyers by number, the engaged, the best, those at risk, and what they like."""

from regulars.conditions import (
    All,
    Any,
    Condition,
    DaysSinceFirstOrder,
    Filter,
    Last,
    Measured,
    Not,
    OffRhythm,
    OrderCount,
)
from regulars.segments.model import SegmentBody
from regulars.segments.ready_made import NEW_DAYS
from regulars.segments.ready_made_approaches import PERCENTS, VALUE
from regulars.segments.score_groups import tier_key
from regulars.segments.score_source import in_groups

RHYTHM_TIMES, RHYTHM_ORDERS = 2.0, 4
AFFINITY_ORDERS, AFFINITY_DAYS = 3, 365
DISCOUNT_ORDERS = 2
REWARD_POINTS, REWARD_DAYS = 500, 90


def _engaged(days: int) -> Condition:
    bought = OrderCount(comparison="at_least", number=1, window=Last(days=days))
    return Any(conditions=(Measured(of="event", window=Last(days=days)), bought))


def _orders(filter_: Filter, least: int) -> Measured:
    return Measured(of="order", where=(filter_,), value=least)


WITH_DISCOUNT = Filter(property="discount_minor", test="more_than", value=0)
WITHOUT_DISCOUNT = Filter(property="discount_minor", test="at_most", value=0)

# By key.
SEGMENTS = {
    "never-bought": SegmentBody(
        name="Never bought",
        description="Known, and has never bought.",
        condition=OrderCount(comparison="exactly", number=0),
    ),
    "new-buyers": SegmentBody(
        name="New buyers",
        description="The first order is less than four weeks old.",
        condition=DaysSinceFirstOrder(comparison="less_than", days=NEW_DAYS),
    ),
    "one-time-buyers": SegmentBody(
        name="One-time buyers",
        description="Bought once, and not again.",
        condition=OrderCount(comparison="exactly", number=1),
    ),
    "repeat-buyers": SegmentBody(
        name="Repeat buyers",
        description="Bought at least twice.",
        condition=OrderCount(comparison="at_least", number=2),
    ),
    "engaged-30": SegmentBody(
        name="Engaged in 30 days",
        description="Did or bought something in the last 30 days.",
        condition=_engaged(30),
    ),
    "engaged-90": SegmentBody(
        name="Engaged in 90 days",
        description="Did or bought something in the last 90 days.",
        condition=_engaged(90),
    ),
    "vip": SegmentBody(
        name="VIP",
        description="The best 5 percent of a year's buyers; publish the scoring “value-tiers” first.",
        condition=in_groups(VALUE, tier_key(PERCENTS[0])),
    ),
    "off-rhythm": SegmentBody(
        name="At risk by own rhythm",
        description="Stays away twice as long as usual between two orders: a daily buyer after days, "
        "a monthly one after months.",
        condition=OffRhythm(times=RHYTHM_TIMES, orders=RHYTHM_ORDERS),
    ),
    "category-affinity": SegmentBody(
        name="Likes a category",
        description="Bought of one category at least three times in a year; put in the category you mean.",
        condition=Measured(
            of="order_line",
            where=(Filter(property="category", value="SOFT DRINKS"),),
            window=Last(days=AFFINITY_DAYS),
            value=AFFINITY_ORDERS,
        ),
    ),
    "discount-only": SegmentBody(
        name="Buys with discounts only",
        description="At least two orders with a discount and none without.",
        condition=All(
            conditions=(_orders(WITH_DISCOUNT, DISCOUNT_ORDERS), Not(condition=_orders(WITHOUT_DISCOUNT, 1)))
        ),
    ),
    "unused-reward": SegmentBody(
        name="Has points for a reward, unused",
        description="Could have spent 500 points, and spent none in 90 days.",
        condition=All(
            conditions=(
                Measured(of="balance", figure="sum", property="active", value=REWARD_POINTS),
                Not(condition=Measured(of="transfer", name="spend", window=Last(days=REWARD_DAYS))),
            )
        ),
    ),
}
