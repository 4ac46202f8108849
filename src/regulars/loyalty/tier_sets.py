"""The tier sets of a programme's newest version, written down for the ledger; members are placed in each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Query, Statements, Tx, one, rows, run
from regulars.loyalty.model import Programme
from regulars.loyalty.tier_set import TierSet


class Sql(Statements, file="tier_sets.sql"):
    kept: Query
    keep: Query
    retire: Query
    place: Query
    renumber: Query
    qualify: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    key: str
    names: list[str]
    thresholds: list[int]
    retired: bool
    decides: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    lifted: int
    lowered: int


def keep_sets(tx: Tx, programme_id: int, programme: Programme, at: datetime) -> None:
    """Write down what a version that begins says of tiers, and lift who qualifies by it: nobody is lowered.

    A version that does not hold for all yet adds sets and changes none.
    """
    everywhere = programme.only_for is None
    before = {kept.key: kept for kept in rows(tx, SQL.kept, Kept, programme_id=programme_id)}
    for turn, tier_set in enumerate(programme.tier_sets, 1):
        _keep(tx, programme_id, programme.zone, tier_set, turn, only_new=not everywhere)
        known = before.get(tier_set.key)
        if known is None or known.retired:
            run(tx, SQL.place, programme_id=programme_id, tier_set=tier_set.key, at=at)
        if known is not None and everywhere:
            _renumber(tx, programme_id, tier_set, known)
    if everywhere:
        keys = [tier_set.key for tier_set in programme.tier_sets]
        run(tx, SQL.retire, programme_id=programme_id, keys=keys)
        for now in rows(tx, SQL.kept, Kept, programme_id=programme_id):
            was = before.get(now.key)
            if not now.retired and (was is None or was.decides != now.decides):
                qualify(tx, programme_id, now.key, at)


def qualify(tx: Tx, programme_id: int, tier_set: str, at: datetime, *, lower: bool = False) -> Qualified:
    """Put members where the figures of this instant say: up, and down only when that is asked for."""
    place = {"programme_id": programme_id, "tier_set": tier_set}
    return one(tx, SQL.qualify, Qualified, at=at, lower=lower, **place)


def _renumber(tx: Tx, programme_id: int, tier_set: TierSet, before: Kept) -> None:
    numbers = [
        _number(tier_set, name, threshold)
        for name, threshold in zip(before.names, before.thresholds, strict=True)
    ]
    if numbers != list(range(1, len(numbers) + 1)):
        run(tx, SQL.renumber, programme_id=programme_id, tier_set=tier_set.key, map=numbers)


def _number(tier_set: TierSet, name: str, threshold: int) -> int:
    """Where a tier of the version before stands now: by its name; one that is no more, by what it asked."""
    named = (n for n, tier in enumerate(tier_set.tiers, 1) if tier.name == name)
    return next(named, max(1, sum(tier.threshold <= threshold for tier in tier_set.tiers)))


def _keep(tx: Tx, programme_id: int, zone: str, tier_set: TierSet, turn: int, *, only_new: bool) -> None:
    run(
        tx,
        SQL.keep,
        programme_id=programme_id,
        key=tier_set.key,
        turn=turn,
        names=[tier.name for tier in tier_set.tiers],
        thresholds=[tier.threshold for tier in tier_set.tiers],
        counts=tier_set.counts,
        currency=tier_set.currency,
        money=tier_set.money,
        event=tier_set.event,
        span=tier_set.window,
        span_days=tier_set.window_days,
        span_months=tier_set.window_months,
        span_trait=tier_set.window_trait,
        valid_days=tier_set.valid_days,
        valid_spans=tier_set.valid_windows,
        downgrade=tier_set.downgrade,
        at_once=tier_set.takes_effect == "at_once",
        grace_days=tier_set.grace_days,
        notice_days=tier_set.notice_days,
        returns_demote=tier_set.returns_demote,
        zone=zone,
        only_new=only_new,
    )
