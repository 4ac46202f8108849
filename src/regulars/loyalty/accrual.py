"""The reader that turns orders into points: in sets, once an order, by the rules of when it occurred."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, rows, values
from regulars.log import Reader, Span
from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted
from regulars.loyalty.tier_set import TierSet


class Sql(Statements, file="accrual.sql"):
    instants_of_span: Query
    versions: Query
    waves: Query
    lock_span: Query
    accrue: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    programme_id: int
    key: str
    version: int
    live_from: datetime
    live_until: datetime | None
    body: dict[str, Any]

    @property
    def programme(self) -> Programme:
        return msgspec.convert(self.body, Programme)

    def rules(self, occurred_at: datetime) -> bool:
        return self.live_from <= occurred_at and (self.live_until is None or occurred_at < self.live_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    orders: int
    points: int
    joined: int
    climbed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """For each instant of an order: when its points start and end, and how long a tier reached holds."""

    at: list[datetime]
    active: list[datetime]
    expires: list[datetime | None]
    tier_until: list[datetime | None]


def apply(tx: Tx, span: Span) -> None:
    accrue(tx, after=span.after, to=span.to)


READER = Reader(name="loyalty", apply=apply, after=("orders",))


def accrue(tx: Tx, *, after: int, to: int) -> list[Accrued]:
    """Post what the orders at positions (after, to] earn; again, it posts nothing."""
    hold(tx)
    instants = values(tx, SQL.instants_of_span, after=after, to=to)
    if not instants:
        return []
    versions = [v for v in rows(tx, SQL.versions, Version) if any(map(v.rules, instants))]
    waves: Sequence[list[int] | None] = [None]
    if splits_into_waves(versions):
        waves = values(tx, SQL.waves, after=after, to=to)
        for programme_id in sorted({v.programme_id for v in versions}):
            values(tx, SQL.lock_span, programme_id=programme_id, after=after, to=to)
    prepared = [(v, v.programme, [i for i in instants if v.rules(i)]) for v in versions]
    dated = [(v, programme, dates(programme, own)) for v, programme, own in prepared]
    return [
        done
        for orders in waves
        for version, programme, when in dated
        for rule in programme.earning
        for done in post(tx, version, programme, rule, when, orders, after, to)
    ]


def splits_into_waves(versions: Sequence[Version]) -> bool:
    """Whether a later order of a member may depend on an earlier one of the span beyond its tier's climb.

    Then each statement takes at most one order of each member, and the result is that of one by one.
    """
    if len({v.programme_id for v in versions}) < len(versions):
        return True
    return any(len(v.programme.earning) > 1 or percents(v.programme.tier_set) for v in versions)


def percents(tier_set: TierSet | None) -> list[int] | None:
    found = [tier.percent for tier in tier_set.tiers] if tier_set else []
    return found if any(percent != 100 for percent in found) else None  # noqa: PLR2004 - per cent


def dates(programme: Programme, instants: list[datetime]) -> Dates:
    active = [starts(programme, at) for at in instants]
    holds = programme.tier_set and Period(count=programme.tier_set.valid_days, unit="days")
    return Dates(
        at=instants,
        active=active,
        expires=[ends(programme, start) for start in active],
        tier_until=[shifted(at, holds, programme.zone) if holds else None for at in instants],
    )


def starts(programme: Programme, occurred_at: datetime) -> datetime:
    return shifted(occurred_at, programme.starts, programme.zone) if programme.starts else occurred_at


def ends(programme: Programme, active_from: datetime) -> datetime | None:
    return shifted(active_from, programme.valid, programme.zone) if programme.valid else None


def post(
    tx: Tx,
    version: Version,
    programme: Programme,
    rule: EarningRule,
    when: Dates,
    orders: list[int] | None,
    after: int,
    to: int,
) -> list[Accrued]:
    tier_set = (
        programme.tier_set if programme.tier_set and programme.tier_set.currency == rule.currency else None
    )
    return rows(
        tx,
        SQL.accrue,
        Accrued,
        programme_id=version.programme_id,
        currency=rule.currency,
        rule=rule.key,
        version=version.version,
        terms=programme.terms_version,
        after=after,
        to=to,
        live_from=version.live_from,
        live_until=version.live_until,
        money=rule.money,
        points=rule.points,
        per_minor=rule.per_minor,
        rounding=rule.rounding,
        by_line=rule.rounded_per == "line",
        excluded=list(rule.excluded_products),
        tier_set=tier_set.key if tier_set else None,
        thresholds=[tier.threshold for tier in tier_set.tiers] if tier_set else [],
        window_days=tier_set.window_days if tier_set else 0,
        percents=percents(programme.tier_set),
        orders=orders,
        at=when.at,
        active=when.active,
        expires=when.expires,
        tier_until=when.tier_until,
    )
