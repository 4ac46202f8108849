"""Where a member stands in each set of tiers: the level, the way to the next, and what it gives."""

from dataclasses import dataclass
from datetime import datetime

from regulars.kernel import Money
from regulars.loyalty import Benefit, Programme, TierPlace, TierSet
from regulars.portal.words import day, figure
from regulars.preferences import Words

PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    title: str
    name: str
    since: str
    until: str
    counted: str  # Empty where nothing is counted.
    next_name: str  # Empty on the highest, and where somebody has to invite.
    missing: str
    progress: int  # In per cent.
    starting: str
    benefits: tuple[str, ...]
    next_benefits: tuple[str, ...]


def rungs(
    programme: Programme, places: tuple[TierPlace, ...], spoken: Words, at: datetime
) -> tuple[Rung, ...]:
    sets = {one.key: one for one in programme.tier_sets}
    return tuple(
        _rung(programme, sets[one.tier_set], one, spoken, at) for one in places if one.tier_set in sets
    )


def _rung(programme: Programme, tiers: TierSet, place: TierPlace, spoken: Words, at: datetime) -> Rung:
    zone = programme.zone
    following = tiers.tiers[place.number] if place.number < len(tiers.tiers) else None
    counts = tiers.counts != "invitation"
    reached = following is not None and counts
    until = place.valid_until if not place.kept and place.number > 1 else None
    return Rung(
        title=place.title if tiers.name else "",
        name=place.name,
        since=spoken("tier_since", day=day(spoken, place.since, zone)),
        until=spoken("tier_until", day=day(spoken, until, zone)) if until and until > at else "",
        counted=_counted(programme, tiers, place.collected, spoken) if counts else "",
        next_name=following.name if following and reached else "",
        missing=_counted(programme, tiers, place.to_next, spoken) if reached else "",
        progress=int(place.progress * PERCENT),
        starting=_starting(place, spoken, zone),
        benefits=_texts(place.benefits),
        next_benefits=_texts(following.benefits) if following and reached else (),
    )


def _texts(benefits: tuple[Benefit, ...]) -> tuple[str, ...]:
    return tuple(one.text for one in benefits)


def _starting(place: TierPlace, spoken: Words, zone: str) -> str:
    if place.starting is None or place.starts_at is None:
        return ""
    return spoken("tier_starting", tier=place.starting, day=day(spoken, place.starts_at, zone))


def _counted(programme: Programme, tiers: TierSet, amount: int, spoken: Words) -> str:
    if tiers.counts == "spend":
        return spoken("count_spend", figure=Money(amount, tiers.money).format())
    coin = programme.currency(tiers.currency) if tiers.counts in ("collected", "balance") else None
    written = figure(spoken, amount, coin.scale if coin else 0)
    return spoken(f"count_{tiers.counts}", figure=written, coin=coin.name if coin else "").strip()
