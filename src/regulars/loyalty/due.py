"""What falls due with time: expiry, activation, the monthly tier review. Idempotent, catching up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, one, rows, value
from regulars.kernel import add_months, local_day, month_bounds
from regulars.loyalty.accrual import Version
from regulars.loyalty.period import Period, shifted
from regulars.loyalty.tier_set import TierSet


class Sql(Statements, file="due.sql"):
    programmes: Query
    move_due: Query
    earliest_review: Query
    review_tiers: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    transfers: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    reviewed: int
    lowered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueJob:
    """Called with the business clock's instant, at least so often; a late call catches up."""

    name: str
    every: timedelta
    run: Callable[[Tx, datetime], int]  # Gives how many transfers or tiers it changed.


def expire_due(tx: Tx, at: datetime) -> int:
    """Expires what is left of every lot whose time is over; gives the number of transfers."""
    hold(tx)
    return sum(move(tx, version, "expire", at).transfers for version in rows(tx, SQL.programmes, Version))


def activate_due(tx: Tx, at: datetime) -> int:
    """Makes pending points spendable whose time has come; gives the number of transfers."""
    hold(tx)
    return sum(move(tx, version, "activate", at).transfers for version in rows(tx, SQL.programmes, Version))


def move(tx: Tx, version: Version, kind: str, at: datetime) -> Moved:
    return one(tx, SQL.move_due, Moved, programme_id=version.programme_id, kind=kind, at=at)


def review_tiers(tx: Tx, at: datetime) -> int:
    """Reviews, month by month in the programme's zone, tiers that ran out; gives how many were lowered."""
    hold(tx)
    return sum(
        review(tx, version, tier_set, cutoff, at).lowered
        for version in rows(tx, SQL.programmes, Version)
        if (tier_set := version.programme.tier_set)
        for cutoff in reviews_due(tx, version, tier_set, at)
    )


def reviews_due(tx: Tx, version: Version, tier_set: TierSet, at: datetime) -> Iterator[datetime]:
    """The starts of months up to now at which a tier had run out."""
    zone = version.programme.zone
    while True:
        first = value(tx, SQL.earliest_review, programme_id=version.programme_id, tier_set=tier_set.key)
        cutoff = first and month_start_after(first, zone)
        if cutoff is None or cutoff > at:
            return
        yield cutoff


def month_start_after(instant: datetime, zone: str) -> datetime:
    start, end = month_bounds(local_day(instant, zone), zone)
    return start if start == instant else end


def review(tx: Tx, version: Version, tier_set: TierSet, cutoff: datetime, at: datetime) -> Reviewed:
    zone = version.programme.zone
    holds = shifted(cutoff, Period(count=tier_set.valid_days, unit="days"), zone)
    return one(
        tx,
        SQL.review_tiers,
        Reviewed,
        programme_id=version.programme_id,
        currency=tier_set.currency,
        tier_set=tier_set.key,
        thresholds=[tier.threshold for tier in tier_set.tiers],
        window_days=tier_set.window_days,
        policy=tier_set.downgrade,
        cutoff=cutoff,
        valid_until=max(holds, month_bounds(add_months(local_day(cutoff, zone), 1), zone)[0]),
        at=at,
    )


DUE = (
    DueJob(name="loyalty.activate", every=timedelta(hours=1), run=activate_due),
    DueJob(name="loyalty.expire", every=timedelta(hours=1), run=expire_due),
    DueJob(name="loyalty.review_tiers", every=timedelta(days=1), run=review_tiers),
)
