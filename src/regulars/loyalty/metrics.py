"""What a programme brings about in a span: members, points, tiers and cost, each number with its definition.

Spans are half-open, [start, stop), and days are those of the programme's zone. Customers marked as tests and
programmes that are sandboxes count in no number. A member is a person: merged profiles count once. Money is
net of returns and cancellations, in minor units; points in the currency's smallest unit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.db import Query, Statements, Tx, one, rows, value
from regulars.kernel import Finding, Invalid
from regulars.loyalty.accrual import Version
from regulars.loyalty.metrics_model import (
    ExpiringMonth,
    Metrics,
    Migration,
    RewardCost,
    Roll,
    Share,
    TierMigration,
)
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted
from regulars.loyalty.posting import currency_of, newest

ACTIVE_DAYS = 90
SETTLED_DAYS = 90
REDEEM_DAYS = 180
MONTHS_AHEAD = 12
YEAR_MIN, YEAR_MAX = 1900, 2200


class Sql(Statements, file="metrics.sql"):
    members: Query
    eligible: Query
    cohort: Query
    sales: Query
    vintage: Query
    flows: Query
    held: Query
    ever: Query
    expiring: Query
    migration: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    members: int
    joined: int
    active: int
    redeeming: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    settled: int
    once: int
    matured: int
    redeemed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    total_minor: int
    member_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vintage:
    issued: int
    redeemed: int
    expired: int
    forfeited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ever:
    issued: int
    spent: int


def programme_metrics(
    tx: Tx,
    programme: str,
    *,
    start: datetime,
    stop: datetime,
    at: datetime,
    currency: str | None = None,
    reward_cost: RewardCost | None = None,
) -> Metrics:
    """All numbers of a span; those about what is left, and what became of points, are as of `at`."""
    version = newest(tx, programme)
    body = version.programme
    _check(body, start, stop)
    code = currency_of(version, currency).code
    span: dict[str, Any] = {"programme_id": version.programme_id, "start": start, "stop": stop}
    counted = members(tx, version, start, stop)
    cohort = one(tx, SQL.cohort, Cohort, zone=body.zone, days=SETTLED_DAYS, redeem_days=REDEEM_DAYS, **span)
    vintage = one(tx, SQL.vintage, Vintage, currency=code, **span)
    roll = one(tx, SQL.flows, Roll, currency=code, **span)
    ever = one(tx, SQL.ever, Ever, programme_id=version.programme_id, currency=code, stop=stop)
    money = money_of(body)
    sales = one(tx, SQL.sales, Sales, money=money, **span) if money else None
    return Metrics(
        programme=programme,
        currency=code,
        start=start,
        stop=stop,
        enrolment_rate=enrolment_rate(tx, counted, stop),
        new_members=counted.joined,
        active_member_rate=active_member_rate(counted),
        one_and_done_rate=one_and_done_rate(cohort),
        member_sales_share=member_sales_share(sales) if sales else None,
        money=money,
        first_redemption_rate=first_redemption_rate(cohort),
        points_redemption_rate=points_redemption_rate(vintage),
        members_redemption_rate=members_redemption_rate(counted),
        earn_burn_ratio=earn_burn_ratio(roll),
        breakage=breakage(vintage),
        breakage_vendor=breakage_vendor(ever),
        roll=roll,
        expiring=expiring_by_month(tx, version, code, at),
        migrations=tier_migrations(tx, version, start, stop),
        cost_per_point=cost_per_point(reward_cost),
        reward_cost=reward_cost,
        reward_cost_share=reward_cost_share(reward_cost, sales, money),
    )


def enrolment_rate(tx: Tx, counted: Members, stop: datetime) -> Share:
    """Members / eligible customers, at the end of the span.

    Eligible is every customer known by then. Source: MDS loyalty KPI page (row 31).
    """
    eligible = int(value(tx, SQL.eligible, stop=stop))
    return Share(part=counted.members, whole=max(eligible, counted.members))


def active_member_rate(counted: Members) -> Share:
    """Members who earned or redeemed in the 90 days before the end of the span / members then.

    Source: MDS loyalty KPI page (row 33).
    """
    return Share(part=counted.active, whole=counted.members)


def one_and_done_rate(cohort: Cohort) -> Share:
    """Who joined in the span and bought at most once in 90 days / all who joined in it and had 90 days.

    Source: Oracle CrowdTwist (row 34), with the time written down.
    """
    return Share(part=cohort.once, whole=cohort.settled)


def member_sales_share(sales: Sales) -> Share:
    """Sales to who was a member when buying / all sales of the span, in the money that earns.

    Source: common usage (row 35).
    """
    return Share(part=sales.member_minor, whole=sales.total_minor)


def first_redemption_rate(cohort: Cohort) -> Share:
    """Who joined in the span and redeemed within 180 days / all who joined in it and had 180 days.

    A redemption taken back as a whole is none. Source: Kyros (row 36).
    """
    return Share(part=cohort.redeemed, whole=cohort.matured)


def points_redemption_rate(vintage: Vintage) -> Share:
    """Of the points earned in the span, those redeemed up to now / those issued, net of what was taken back.

    The same cohort of issue above and below the line. Source: MDS loyalty KPI page (row 37).
    """
    return Share(part=vintage.redeemed, whole=vintage.issued)


def members_redemption_rate(counted: Members) -> Share:
    """Members who ever redeemed / members, at the end of the span: another number than that of points.

    Source: Smile.io (row 38).
    """
    return Share(part=counted.redeeming, whole=counted.members)


def earn_burn_ratio(roll: Roll) -> Share:
    """Points burned / points earned, as booked in the span and net of reversals: above 1, more is burned.

    Source: common usage (row 39); the direction is burned over earned.
    """
    return Share(part=roll.redeemed, whole=roll.earned + roll.adjusted - roll.reversed)


def breakage(vintage: Vintage) -> Share:
    """Of the points earned in the span, those expired or forfeited up to now / those issued.

    Source: common usage (row 40).
    """
    return Share(part=vintage.expired + vintage.forfeited, whole=vintage.issued)


def breakage_vendor(ever: Ever) -> Share:
    """(Ever issued - ever spent) / ever issued, up to the end of the span: high while a programme is young.

    Source: Smile.io (row 41).
    """
    return Share(part=ever.issued - ever.spent, whole=ever.issued)


def expiring_by_month(tx: Tx, version: Version, currency: str, at: datetime) -> tuple[ExpiringMonth, ...]:
    """What is left now by the month of its last day, for a year ahead, with the members it concerns.

    Source: common usage (row 45).
    """
    zone = version.programme.zone
    until = shifted(at, Period(count=MONTHS_AHEAD, unit="months", round_to="end_of_month"), zone)
    place = {"programme_id": version.programme_id, "currency": currency, "zone": zone}
    return tuple(rows(tx, SQL.expiring, ExpiringMonth, at=at, until=until, **place))


def tier_migrations(tx: Tx, version: Version, start: datetime, stop: datetime) -> tuple[TierMigration, ...]:
    """For each tier set, members by the tier held at the start and at the end of the span.

    With a row for who joined and a column for who left since. Source: common usage (row 46).
    """
    place = {"programme_id": version.programme_id, "start": start, "stop": stop}
    return tuple(
        TierMigration(
            tier_set=tier_set.key,
            names=tuple(tier.name for tier in tier_set.tiers),
            matrix=tuple(
                cell
                for cell in rows(tx, SQL.migration, Migration, tier_set=tier_set.key, **place)
                if cell.before is not None or cell.after is not None
            ),
        )
        for tier_set in version.programme.tier_sets
    )


def cost_per_point(cost: RewardCost | None) -> float | None:
    """Cost of the rewards redeemed in the span / points redeemed for them, in minor units a point.

    Source: common usage (row 47).
    """
    return cost.minor / cost.points if cost is not None and cost.points else None


def reward_cost_share(cost: RewardCost | None, sales: Sales | None, money: str | None) -> Share | None:
    """Cost of the rewards redeemed in the span / sales to members in it, in one money.

    Source: common usage (row 47).
    """
    if cost is None or sales is None or cost.money != money:
        return None
    return Share(part=cost.minor, whole=sales.member_minor)


def members(tx: Tx, version: Version, start: datetime, stop: datetime) -> Members:
    since = shifted(stop, Period(count=-ACTIVE_DAYS, unit="days"), version.programme.zone)
    place = {"programme_id": version.programme_id, "start": start, "stop": stop}
    return one(tx, SQL.members, Members, since=since, **place)


def is_tied(tx: Tx, programme: str, at: datetime, currency: str | None = None) -> bool:
    """Whether the roll up to now closes at what members' accounts hold, to the point."""
    version = newest(tx, programme)
    place = {"programme_id": version.programme_id, "currency": currency_of(version, currency).code}
    roll = one(tx, SQL.flows, Roll, start=at, stop=at, **place)
    return roll.even and roll.closing == int(value(tx, SQL.held, **place))


def money_of(programme: Programme) -> str | None:
    return next((rule.money for rule in programme.earning if rule.money), None)


def _check(programme: Programme, start: datetime, stop: datetime) -> None:
    if not YEAR_MIN <= start.year <= stop.year <= YEAR_MAX or start >= stop:
        message = f"A span ends after it starts, in our times; not {start} to {stop}."
        raise Invalid(message, [Finding(path="stop", code="range", message=message)])
    if programme.sandbox:
        message = f"“{programme.name}” is a sandbox: it counts in no figure."
        raise Invalid(message, [Finding(path="programme", code="sandbox", message=message)])
