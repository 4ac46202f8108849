"""The tier sets of a programme's newest version, written down for the ledger; members are placed in each."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, run
from regulars.loyalty.model import Programme
from regulars.loyalty.tier_set import TierSet


class Sql(Statements, file="tier_sets.sql"):
    kept: Query
    keep: Query
    retire: Query
    place: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    key: str
    names: list[str]
    thresholds: list[int]


def keep_sets(tx: Tx, programme_id: int, programme: Programme, at: datetime) -> None:
    """Write down what a version that begins says of tiers.

    A version that does not hold for all yet adds sets and changes none.
    """
    everywhere = programme.only_for is None
    known = {one.key for one in rows(tx, SQL.kept, Kept, programme_id=programme_id)}
    for turn, tier_set in enumerate(programme.tier_sets, 1):
        _keep(tx, programme_id, programme.zone, tier_set, turn, only_new=not everywhere)
        if tier_set.key not in known:
            run(tx, SQL.place, programme_id=programme_id, tier_set=tier_set.key, at=at)
    if everywhere:
        keys = [one.key for one in programme.tier_sets]
        run(tx, SQL.retire, programme_id=programme_id, keys=keys)


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
