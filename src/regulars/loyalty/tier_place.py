"""A member's place in each tier set: the tier and why, what is missing to the next, and what it gives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Money, local_day
from regulars.loyalty.model import Programme, amount_text
from regulars.loyalty.tier_set import Benefit, Qualified, TierSet


class Sql(Statements, file="tier_place.sql"):
    places: Query


SQL = Sql()
HOW = {
    "collected": "Reached",
    "started": "Reached for a new window",
    "review": "Set by the review",
    "returned": "Lowered by a return",
    "rules": "Set by new rules",
    "hand": "Set by hand",
    "merge": "Brought by a merged profile",
    "split": "Its own again, a profile having left,",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPlace:
    name: str
    number: int  # 1 is the first.
    since: datetime
    valid_until: datetime | None  # The next review that may lower it.
    collected: int  # What the set counts, in the window, as of the asked instant.
    next_name: str | None
    next_threshold: int | None
    to_next: int  # Still missing; 0 on the highest.
    progress: float  # 0 to 1, from this tier's threshold to the next's; for drawing only.
    why: str
    tier_set: str = ""
    title: str = ""  # Of the set, as people read it.
    counts: Qualified = "collected"
    benefits: tuple[Benefit, ...] = ()
    kept: bool = False  # By hand: reviews never lower it.
    starting: str | None = None  # A tier that is reached and begins
    starts_at: datetime | None = None  # then.


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    key: str
    turn: int
    tier: int
    since: datetime
    valid_until: datetime | None
    kept: bool
    next_tier: int | None
    next_from: datetime | None
    joined_at: datetime
    counted: int
    after: datetime
    tier_before: int | None
    tier_after: int | None
    collected: int | None
    reason: str | None
    occurred_at: datetime | None


def tier_places(tx: Tx, programme: Programme, member_id: int, at: datetime) -> tuple[TierPlace, ...]:
    """In the order of the sets, the one shown first first."""
    sets = {tier_set.key: tier_set for tier_set in programme.tier_sets}
    return tuple(
        _place(programme, sets[one.key], one, at)
        for one in rows(tx, SQL.places, Stands, member_id=member_id, at=at)
        if one.key in sets
    )


def _place(programme: Programme, tier_set: TierSet, found: Stands, at: datetime) -> TierPlace:
    tiers = tier_set.tiers
    number = min(found.tier, len(tiers))
    own, following = tiers[number - 1], tiers[number] if number < len(tiers) else None
    width = following.threshold - own.threshold if following else 1
    reached = (found.counted - own.threshold) / width if following else 1.0
    starting = found.next_tier is not None and found.next_tier > number
    return TierPlace(
        name=own.name,
        number=number,
        since=found.since,
        valid_until=found.valid_until,
        collected=found.counted,
        next_name=following.name if following else None,
        next_threshold=following.threshold if following else None,
        to_next=max(0, following.threshold - found.counted) if following else 0,
        progress=min(1.0, max(0.0, reached)),
        why=_why(programme, tier_set, found, at),
        tier_set=tier_set.key,
        title=tier_set.name or tier_set.key,
        counts=tier_set.counts,
        benefits=own.benefits,
        kept=found.kept,
        starting=tiers[min(found.next_tier or 1, len(tiers)) - 1].name if starting else None,
        starts_at=found.next_from if starting else None,
    )


def _why(programme: Programme, tier_set: TierSet, found: Stands, at: datetime) -> str:
    """Why this tier, in a sentence or three."""
    tiers, zone = tier_set.tiers, programme.zone
    now = f"{figure_text(programme, tier_set, found.counted)}{_span(tier_set, found, at, zone)}."
    if found.reason is None or found.occurred_at is None or (found.tier_after or 0) > len(tiers):
        return f"{tiers[0].name} from joining on {_day(found.joined_at, zone)}. {_begun(now)}"
    how = HOW[found.reason].lower()
    told = figure_text(programme, tier_set, found.collected or 0)
    by = "" if found.reason in ("hand", "returned") else f" with {told}"
    kept = ""
    if found.kept:
        kept = " No review lowers it."
    elif found.valid_until is not None:
        kept = f" Safe until {_day(found.valid_until, zone)}."
    name = tiers[(found.tier_after or 1) - 1].name
    return f"{name}: {how} on {_day(found.occurred_at, zone)}{by}.{kept} Now {now}"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def figure_text(programme: Programme, tier_set: TierSet, figure: int) -> str:
    """What a tier set counts, as in "320 collected", "1,250.00 USD spent" or "3 orders"."""
    if tier_set.counts == "spend":
        return f"{Money(figure, tier_set.money).format()} spent"
    if tier_set.counts == "orders":
        return f"{figure:,} order{'' if figure == 1 else 's'}"
    if tier_set.counts == "events":
        return f"{figure:,} × {tier_set.event}"
    if tier_set.counts == "invitation":
        return "an invitation"
    currency = programme.currency(tier_set.currency)
    scaled = currency is not None and currency.scale
    amount = amount_text(figure, currency) if currency is not None and scaled else f"{figure:,}"
    return f"{amount} {'held' if tier_set.counts == 'balance' else 'collected'}"


def _span(tier_set: TierSet, found: Stands, at: datetime, zone: str) -> str:
    if tier_set.counts in ("balance", "invitation"):
        return ""
    if tier_set.window == "rolling":
        since = local_day(at - timedelta(days=tier_set.window_days), zone)
        return f" in {tier_set.window_days} days (since {since:%-d %B %Y})"
    return f" since {_day(found.after + timedelta(microseconds=1), zone)}"


def _day(instant: datetime, zone: str) -> str:
    return f"{local_day(instant, zone):%-d %B %Y}"
