"""What came back over time: by day, by the domain of the address, by code."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars.db import Query, Statements, Tx, rows
from regulars.deliverability.stopping import ByDomain
from regulars.kernel import day_bounds, local_day

SHOWN = 20


class Sql(Statements, file="figures.sql"):
    by_day: Query
    by_domain: Query
    codes: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackByDay:
    day: date
    sent: int
    hard: int
    soft: int
    block: int
    complained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    kind: str
    code: str
    times: int
    detail: str  # One of those that came with it.


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack:
    """What came back in the last so many days."""

    by_day: list[BackByDay]
    by_domain: list[ByDomain]
    codes: list[Code]


def come_back(tx: Tx, at: datetime, zone: str, *, days: int = 28, channel: str | None = None) -> ComeBack:
    last = local_day(at, zone)
    first = last - timedelta(days=days - 1)
    since = day_bounds(first, zone)[0]
    return ComeBack(
        by_day=rows(
            tx, SQL.by_day, BackByDay, first=first, last=last, since=since, zone=zone, channel=channel
        ),
        by_domain=rows(tx, SQL.by_domain, ByDomain, since=since, channel=channel, limit=SHOWN),
        codes=rows(tx, SQL.codes, Code, since=since, limit=SHOWN),
    )
