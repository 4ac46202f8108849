"""Tiers that ran out are reviewed, those reached for a new span begin, and who would fall is told before."""

from dataclasses import dataclass
from datetime import datetime

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, one, rows, value


class Sql(Statements, file="review.sql"):
    sets: Query
    review: Query
    tell_ending: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    programme_id: int
    tier_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    reviewed: int
    lowered: int


def review_tiers(tx: Tx, at: datetime) -> int:
    """Reviews, each with the figures of its own time, tiers that ran out; gives how many were lowered."""
    hold(tx)
    return sum(
        one(tx, SQL.review, Reviewed, programme_id=place.programme_id, tier_set=place.tier_set, at=at).lowered
        for place in rows(tx, SQL.sets, Place)
    )


def tell_ending_tiers(tx: Tx, at: datetime) -> int:
    """Tells of tiers that end soon and would be lowered as things stand; each end once. Gives how many."""
    hold(tx)
    return sum(
        int(value(tx, SQL.tell_ending, programme_id=place.programme_id, tier_set=place.tier_set, at=at))
        for place in rows(tx, SQL.sets, Place)
    )
