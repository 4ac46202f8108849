"""The figures of data quality by day: counted when something was told, so that a trend can be seen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg import sql

from regulars import access, log
from regulars.customers.quality import SQL as WHOLE
from regulars.customers.quality import Counted, share_of
from regulars.db import Query, Statements, Tx, one, rows, run, value, values
from regulars.kernel import local_day

FRESH_DAYS = 90
KEPT_DAYS = 3 * 366
LINES_MAX = 2_000  # Of a day: traits by source.
EVERY_DAYS = 30  # Without anything told, freshness alone changes: counted once a month.


class Sql(Statements, file="quality_daily.sql"):
    is_due: Query
    begin_day: Query
    count_day: Query
    forget_days: Query
    days: Query
    counted_days: Query
    newest: Query
    courses: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFigure:
    """One trait on one day, from one source or (an empty one) from all."""

    day: date
    trait: str
    source: str
    customers: int  # Who have a value.
    told: int  # Who have one, or were told one that does not fit.
    unfit: int  # Whose latest value does not fit the declared type.
    shared: int  # Whose value somebody else has too.
    fresh: int  # Whose value was told within FRESH_DAYS.
    last_at: datetime | None
    everybody: int
    of_whom: int  # Everybody, or those of whom this source told anything.

    @property
    def completeness(self) -> float | None:
        return self.customers / self.of_whom if self.of_whom else None

    @property
    def validity(self) -> float | None:
        return 1 - self.unfit / self.told if self.told else None

    @property
    def uniqueness(self) -> float | None:
        return max(0.0, 1 - self.shared / self.customers) if self.customers else None

    @property
    def freshness(self) -> float | None:
        return self.fresh / self.customers if self.customers else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one trait went from one source; `days` holds each day that was counted, one before `since` too."""

    trait: str
    source: str
    days: tuple[QualityFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    trait: str
    day: date
    share: float | None


def keep_figures(tx: Tx, at: datetime) -> bool:
    """Count the day if something was told since the last that was counted; gives whether it did."""
    day = local_day(at, access.zone(tx))
    if not value(tx, SQL.is_due, day=day, stale=day - timedelta(days=EVERY_DAYS)):
        return False
    count_figures(tx, day, at)
    return True


def count_figures(tx: Tx, day: date, at: datetime) -> None:
    """Count one day, anew if it was counted before."""
    head = max((reader.position for reader in log.status(tx) if reader.name == "customers"), default=0)
    counted = one(tx, WHOLE.people, Counted)
    share = share_of(counted)
    customers = value(tx, SQL.begin_day, day=day, sampled=share < 100, position=head)  # noqa: PLR2004 - per cent
    run(
        tx,
        SQL.count_day.format(share=sql.Literal(share)),
        day=day,
        customers=customers,
        fresh_since=at - timedelta(days=FRESH_DAYS),
        lines_max=LINES_MAX,
    )
    run(tx, SQL.forget_days, before=day - timedelta(days=KEPT_DAYS))


def quality_now(tx: Tx, trait: str | None = None) -> list[QualityFigure]:
    """The figures of the newest day, by trait and source, the fullest first."""
    return rows(tx, SQL.newest, QualityFigure, trait=trait, limit=LINES_MAX)


def quality_courses(
    tx: Tx, trait: str, *, since: date, until: date, source: str | None = None
) -> tuple[Course, ...]:
    """How a trait went, all sources together first; a day that was not counted stands as the one before."""
    found: dict[str, list[QualityFigure]] = defaultdict(list)
    asked = {"trait": trait, "since": since, "until": until, "source": source}
    for figure in rows(tx, SQL.days, QualityFigure, **asked):
        found[figure.source].append(figure)
    return tuple(Course(trait=trait, source=name, days=tuple(days)) for name, days in found.items())


def quality_days(tx: Tx, *, since: date, until: date) -> list[date]:
    """Which days were counted, and the newest before them."""
    found: list[date] = values(tx, SQL.counted_days, since=since, until=until)
    return found


def quality_sparks(tx: Tx, since: date) -> Mapping[str, Sequence[float]]:
    """The share of customers who have each trait, day after day, for a small picture."""
    found: dict[str, list[float]] = defaultdict(list)
    for point in rows(tx, SQL.courses, Point, since=since):
        found[point.trait].append(point.share or 0.0)
    return found
