"""A programme's main figures: members, points issued, active, spent, expired, expiring, tiers, by month."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars.db import Query, Statements, Tx, one, rows, value
from regulars.kernel import add_months, day_bounds, local_day, month_bounds
from regulars.loyalty.accrual import Version
from regulars.loyalty.posting import currency_of, newest

MONTHS = 13
EXPIRY_DAYS = (30, 60, 90)


class Sql(Statements, file="overview.sql"):
    programme_list: Query
    totals: Query
    tiers: Query
    by_span: Query
    expiring: Query
    first_booking: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeLine:
    key: str
    name: str
    launched_at: datetime
    live: bool  # False: ended, nothing earns any more.
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    members: int
    active: int
    pending: int
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What was booked in a span, net of reversals."""

    start: datetime
    issued: int
    spent: int
    expired: int
    forfeited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    until: datetime
    points: int
    lots: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCount:
    number: int
    name: str
    threshold: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    number: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeOverview:
    key: str
    name: str
    currency: str
    members: int
    issued: int  # Net of reversed awards; equals spent + expired + forfeited + active + pending - owed.
    active: int
    pending: int
    spent: int
    expired: int
    forfeited: int
    owed: int
    tiers: tuple[TierCount, ...]
    by_month: tuple[Flow, ...]
    expiring: tuple[Expiring, ...]  # In 30, 60 and 90 days; the longer includes the shorter.


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What a programme's members hold now, in its first currency or the named one."""

    currency: str
    members: int
    active: int
    pending: int
    owed: int
    expiring: tuple[Expiring, ...]  # In 30, 60 and 90 days; the longer includes the shorter.


def programmes(tx: Tx) -> list[ProgrammeLine]:
    return rows(tx, SQL.programme_list, ProgrammeLine)


def holdings(tx: Tx, programme: str, at: datetime, currency: str | None = None) -> Holdings:
    version = newest(tx, programme)
    code = currency_of(version, currency).code
    totals = one(tx, SQL.totals, Totals, programme_id=version.programme_id, currency=code)
    return Holdings(
        currency=code,
        members=totals.members,
        active=totals.active,
        pending=totals.pending,
        owed=totals.owed,
        expiring=tuple(expiring(tx, version, code, at)),
    )


def programme_overview(
    tx: Tx, programme: str, at: datetime, currency: str | None = None
) -> ProgrammeOverview:
    version = newest(tx, programme)
    code = currency_of(version, currency).code
    totals = one(tx, SQL.totals, Totals, programme_id=version.programme_id, currency=code)
    launched = value(tx, SQL.first_booking, programme_id=version.programme_id)
    ever = flows(tx, version, code, [(launched, at + timedelta(days=36500))])[0]
    return ProgrammeOverview(
        key=programme,
        name=version.programme.name,
        currency=code,
        members=totals.members,
        issued=ever.issued,
        active=totals.active,
        pending=totals.pending,
        spent=ever.spent,
        expired=ever.expired,
        forfeited=ever.forfeited,
        owed=totals.owed,
        tiers=tuple(tiers(tx, programme)),
        by_month=tuple(points_by_month(tx, programme, at, currency=code)),
        expiring=tuple(expiring(tx, version, code, at)),
    )


def flows(tx: Tx, version: Version, currency: str, spans: list[tuple[datetime, datetime]]) -> list[Flow]:
    return rows(
        tx,
        SQL.by_span,
        Flow,
        programme_id=version.programme_id,
        currency=currency,
        starts=[start for start, _ in spans],
        ends=[end for _, end in spans],
    )


def expiring(tx: Tx, version: Version, currency: str, at: datetime) -> list[Expiring]:
    until = [at + timedelta(days=days) for days in EXPIRY_DAYS]
    return rows(tx, SQL.expiring, Expiring, programme_id=version.programme_id, currency=currency, until=until)


def tiers(tx: Tx, programme: str, tier_set_key: str | None = None) -> list[TierCount]:
    """Every tier of a set, else of the one shown first, with its members, the first tier first."""
    version = newest(tx, programme)
    tier_set = version.programme.set_of(tier_set_key)
    if tier_set is None:
        return []
    found = rows(tx, SQL.tiers, Counted, programme_id=version.programme_id, tier_set=tier_set.key)
    members = {counted.number: counted.members for counted in found}
    return [
        TierCount(number=n, name=tier.name, threshold=tier.threshold, members=members.get(n, 0))
        for n, tier in enumerate(tier_set.tiers, 1)
    ]


def points_by_month(
    tx: Tx, programme: str, at: datetime, *, months: int = MONTHS, currency: str | None = None
) -> list[Flow]:
    """The last months up to and with the running one, in the programme's zone."""
    version = newest(tx, programme)
    zone = version.programme.zone
    this = local_day(at, zone).replace(day=1)
    spans = [month_bounds(add_months(this, -back), zone) for back in reversed(range(months))]
    return flows(tx, version, currency_of(version, currency).code, spans)


def points_by_week(
    tx: Tx, programme: str, at: datetime, *, weeks: int = 53, currency: str | None = None
) -> list[Flow]:
    """The last weeks up to and with the running one; weeks begin on Monday in the programme's zone."""
    version = newest(tx, programme)
    zone = version.programme.zone
    today = local_day(at, zone)
    monday = today - timedelta(days=today.weekday())
    spans = [week_bounds(monday - timedelta(weeks=back), zone) for back in reversed(range(weeks))]
    return flows(tx, version, currency_of(version, currency).code, spans)


def week_bounds(monday: date, zone: str) -> tuple[datetime, datetime]:
    return day_bounds(monday, zone)[0], day_bounds(monday + timedelta(days=7), zone)[0]
