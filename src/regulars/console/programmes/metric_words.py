"""What each number of a programme means, and how it is worked out."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    title: str
    definition: str
    formula: str
    unit: str = ""  # Of both parts.


MONEY = "money"  # A unit that is told as amounts.
NEW_MEMBERS = Words(
    title="New members",
    definition="Who joined within the span. Tests are left out.",
    formula="members who joined in the span",
)
COST_PER_POINT = Words(
    title="Cost per point",
    definition="What the rewards cost that points were redeemed for, by point.",
    formula="cost of rewards redeemed ÷ points redeemed for them",
)
METRICS: Mapping[str, Words] = {
    "enrolment_rate": Words(
        title="Enrolment",
        definition="How many of the customers known at the end of the span are members.",
        formula="members ÷ eligible customers, at the end",
        unit="customers",
    ),
    "active_member_rate": Words(
        title="Active members",
        definition="Members who earned or redeemed in the 90 days before the end of the span.",
        formula="active members ÷ members, at the end",
        unit="members",
    ),
    "one_and_done_rate": Words(
        title="One and done",
        definition="Who joined in the span and bought at most once in 90 days; only who had their 90 days.",
        formula="new members with at most one order in 90 days ÷ new members who had 90 days",
        unit="new members",
    ),
    "member_sales_share": Words(
        title="Share of sales",
        definition="What members bought of all sales, net of returns.",
        formula="sales to members ÷ all sales",
        unit=MONEY,
    ),
    "first_redemption_rate": Words(
        title="First redemption",
        definition="Who joined in the span and redeemed within 180 days; only who had their 180 days.",
        formula="new members who redeemed within 180 days ÷ new members who had 180 days",
        unit="new members",
    ),
    "points_redemption_rate": Words(
        title="Points redeemed",
        definition="Of the points issued in the span, those redeemed until today.",
        formula="redeemed of the points issued ÷ points issued in the span",
        unit="points",
    ),
    "members_redemption_rate": Words(
        title="Members who redeemed",
        definition="Members who redeemed at least once ever and did not take it all back.",
        formula="members who ever redeemed ÷ members",
        unit="members",
    ),
    "earn_burn_ratio": Words(
        title="Burn to earn",
        definition="How much of what was earned in the span was spent in it.",
        formula="points redeemed ÷ points earned, in the span",
        unit="points",
    ),
    "breakage": Words(
        title="Breakage",
        definition="Of the points issued in the span, those that expired or were forfeited until today.",
        formula="expired and forfeited of the points issued ÷ points issued in the span",
        unit="points",
    ),
    "breakage_vendor": Words(
        title="Unredeemed, as others count",
        definition="All points ever issued that were not redeemed: high while a programme is young.",
        formula="(issued − redeemed) ÷ issued, ever",
        unit="points",
    ),
    "reward_cost_share": Words(
        title="Cost of rewards",
        definition="What rewards cost, of what members bought.",
        formula="cost of rewards redeemed ÷ sales to members",
        unit=MONEY,
    ),
}
