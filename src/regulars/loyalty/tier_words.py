"""Tier sets in sentences."""

from collections.abc import Iterator

from regulars.kernel import Money
from regulars.loyalty.factors import ONCE
from regulars.loyalty.model import UNNAMED, Programme
from regulars.loyalty.naming import joined
from regulars.loyalty.tier_set import Tier, TierSet
from regulars.loyalty.time_words import days, months

DOWNGRADES = {
    "none": "nobody is lowered",
    "one_step": "who collected too little goes down one step",
    "to_figures": "who collected too little goes down to what the points say",
}
STARTS = {
    "joined": "the day of joining",
    "tier": "the day the tier was reached",
}


def tiers(programme: Programme, tier_set: TierSet) -> str:
    label = tier_set.name or (tier_set.key if len(programme.tier_sets) > 1 else "")
    favoured = [tier for tier in tier_set.tiers if tier.percent != ONCE]
    multiplied = ", ".join(f"{tier.name} earns {tier.multiplier} times" for tier in favoured)
    steps = ", ".join(f"{tier.name} from {_threshold(tier_set, tier)}" for tier in tier_set.tiers)
    said = [
        f"Tiers by {_counted(programme, tier_set)}: {steps}{'; ' + multiplied if multiplied else ''}.",
        _holding(tier_set),
        *_besides(tier_set),
    ]
    return joined([f"{label}:" if label else "", *said], " ")


def benefits(tier_set: TierSet) -> str:
    """As in "Gold gives: Free delivery, Sales a day earlier."."""
    return " ".join(
        f"{tier.name} gives: {', '.join(benefit.text for benefit in tier.benefits)}."
        for tier in tier_set.tiers
        if tier.benefits
    )


def _counted(programme: Programme, tier_set: TierSet) -> str:
    currency = programme.currency(tier_set.currency) or UNNAMED
    if tier_set.counts == "balance":
        return f"{currency.name} that can be spent"
    if tier_set.counts == "invitation":
        return "invitation"
    what = {
        "collected": f"{currency.name} collected",
        "spend": f"{tier_set.money} spent",
        "orders": "orders placed",
        "events": f"how often somebody did “{tier_set.event}”",
    }[tier_set.counts]
    return f"{what} in {_window(tier_set)}"


def _threshold(tier_set: TierSet, tier: Tier) -> str:
    if tier_set.counts == "spend":
        return Money(tier.threshold, tier_set.money).format()
    return f"{tier.threshold:,}"


def _window(tier_set: TierSet) -> str:
    if tier_set.window == "rolling":
        return f"{tier_set.window_days} days"
    spans = months(tier_set.window_months)
    if tier_set.window == "calendar":
        return f"spans of {spans} of the calendar"
    start = STARTS.get(tier_set.window, f"the day in “{tier_set.window_trait}”")
    return f"spans of {spans} from {start}"


def _holding(tier_set: TierSet) -> str:
    when = "at once" if tier_set.takes_effect == "at_once" else "with the next span"
    lowered = DOWNGRADES[tier_set.downgrade]
    if tier_set.window == "rolling":
        held = f"hold {tier_set.valid_days} days; in the monthly review after that {lowered}"
        return f"Upgrades are {when} and {held}."
    more = f" and {tier_set.valid_windows} more" if tier_set.valid_windows else ""
    return f"Upgrades are {when} and hold to the end of their span{more}; after that {lowered}."


def _besides(tier_set: TierSet) -> Iterator[str]:
    if tier_set.grace_days:
        yield f"A tier is kept {days(tier_set.grace_days)} longer before it is lowered."
    if tier_set.notice_days:
        yield f"Notice comes {days(tier_set.notice_days)} before a tier would be lowered."
    if tier_set.returns_demote:
        yield "A return may lower a tier before its review."
    if said := benefits(tier_set):
        yield said
