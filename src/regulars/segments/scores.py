"""Scoring customers: everybody in one statement, kept as long as it stays the same."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from regulars import customers
from regulars.db import Query, Statements, Tx, one, rows, run, value
from regulars.kernel import NotFound
from regulars.segments.score_clusters import SAMPLE_MAX, Fitted, Measured, fit
from regulars.segments.score_groups import CELLS, REST, tier_key
from regulars.segments.scoring_body import ScoringBody

BACK_MONTHS, MONTH_DAYS = 12, 30
# With more buyers the past is not worked out when a scoring goes live: it begins then.
BUYERS_MAX = 50_000
KEPT = timedelta(days=1_096)  # How long the past of scores is kept.
FORGOTTEN_MAX = 500_000  # In one night.


class Sql(Statements, file="scores.sql"):
    know: Query
    forget: Query
    keep_fitted: Query
    measure: Query
    index_measured: Query
    analyze: Query
    unmeasure: Query
    group_by_cell: Query
    group_by_share: Query
    sampled: Query
    group_by_cluster: Query
    forget_from: Query
    forget_totals_from: Query
    reopen_from: Query
    end_changed: Query
    begin_changed: Query
    keep_totals: Query
    note_scored: Query
    forget_past: Query
    forget_past_totals: Query
    measured_count: Query
    retire: Query
    buyers: Query
    scored_at: Query
    totals_at: Query
    totals_over_time: Query
    first_scored: Query
    fitted: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    scoring_id: int
    settings: dict[str, Any]
    fitted: dict[str, Any] | None
    scored_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTotal:
    """Customers who were scored alike at an instant, and what they did together."""

    at: datetime
    group_key: str
    recency: int
    frequency: int
    monetary: int
    cluster: int
    customers: int
    days: int  # Since the last order, of all together.
    orders: int
    value_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAt:
    at: datetime
    group_key: str
    customers: int
    value_minor: int


def begin(tx: Tx, key: str, body: ScoringBody, at: datetime) -> int:
    """Score everybody with settings that may be new; gives how many have a score."""
    customers.hold(tx)  # Who is erased meanwhile would have a score again.
    settings = _settings(body)
    known = one(tx, SQL.know, Known, key=key, settings=Jsonb(settings))
    is_new = known.scored_at is None or known.settings != settings
    if is_new:
        run(tx, SQL.forget, scoring_id=known.scoring_id, settings=Jsonb(settings))
    run(tx, SQL.unmeasure)
    if is_new and body.method == "clusters":
        _measure(tx, body, at)
        _fit(tx, known.scoring_id, body)
    if is_new and value(tx, SQL.buyers, most=BUYERS_MAX + 1) <= BUYERS_MAX:
        for months in range(BACK_MONTHS, 0, -1):
            _score(tx, key, body, at - timedelta(days=months * MONTH_DAYS))
    return score(tx, key, body, at)


def score(tx: Tx, key: str, body: ScoringBody, at: datetime) -> int:
    """Score everybody at an instant; one that is over already counts as the last that was scored."""
    customers.hold(tx)
    known = one(tx, SQL.know, Known, key=key, settings=Jsonb(_settings(body)))
    return _score(tx, key, body, max(at, known.scored_at) if known.scored_at else at)


def _score(tx: Tx, key: str, body: ScoringBody, at: datetime) -> int:
    known = one(tx, SQL.know, Known, key=key, settings=Jsonb(_settings(body)))
    _measure(tx, body, at)
    _group(tx, body, Fitted(**_tuples(known.fitted)) if known.fitted else None)
    of = {"scoring_id": known.scoring_id, "at": at}
    run(tx, SQL.forget_from, **of)
    run(tx, SQL.forget_totals_from, **of)
    run(tx, SQL.reopen_from, **of)
    run(tx, SQL.end_changed, **of)
    run(tx, SQL.begin_changed, **of)
    run(tx, SQL.keep_totals, **of)
    run(tx, SQL.note_scored, **of)
    scored = int(value(tx, SQL.measured_count))
    run(tx, SQL.unmeasure)
    return scored


def forget_past(tx: Tx, at: datetime) -> None:
    """What is longer ago than the past is kept; what is left is whole from the first instant on."""
    run(tx, SQL.forget_past, before=at - KEPT, most=FORGOTTEN_MAX)
    run(tx, SQL.forget_past_totals, before=at - KEPT)


def end(tx: Tx, key: str, at: datetime) -> None:
    run(tx, SQL.retire, key=key, at=at)


def totals(tx: Tx, key: str, at: datetime) -> list[ScoreTotal]:
    """Those of the last instant that was scored at or before one."""
    return rows(tx, SQL.totals_at, ScoreTotal, key=key, at=at)


def totals_over_time(tx: Tx, key: str) -> list[GroupAt]:
    return rows(tx, SQL.totals_over_time, GroupAt, key=key)


def first_scored(tx: Tx, key: str) -> datetime | None:
    found: datetime | None = value(tx, SQL.first_scored, key=key)
    return found


def last_scored(tx: Tx, key: str) -> datetime:
    """Raises NotFound for a scoring that is not live."""
    found: datetime | None = value(tx, SQL.scored_at, key=key)
    if found is None:
        raise NotFound(f"There is no live scoring {key[:80]!r}; publish one of the ready-made.")
    return found


def fitted(tx: Tx, key: str) -> Fitted | None:
    """The clusters of a scoring, as they were found."""
    found = value(tx, SQL.fitted, key=key)
    return Fitted(**_tuples(found)) if found else None


def _settings(body: ScoringBody) -> dict[str, Any]:
    return {
        "method": body.method,
        "currency": body.currency,
        "look_back_days": body.look_back_days,
        "clusters": body.clusters,
        "percents": list(body.percents),
    }


def _measure(tx: Tx, body: ScoringBody, at: datetime) -> None:
    since = at - timedelta(days=body.look_back_days)
    run(tx, SQL.measure, currency=body.currency, since=since, at=at)
    run(tx, SQL.index_measured)
    run(tx, SQL.analyze)


def _fit(tx: Tx, scoring_id: int, body: ScoringBody) -> None:
    found = fit(rows(tx, SQL.sampled, Measured, most=SAMPLE_MAX), body.clusters)
    run(tx, SQL.keep_fitted, scoring_id=scoring_id, fitted=Jsonb(asdict(found)) if found else None)
    run(tx, SQL.unmeasure)


def _group(tx: Tx, body: ScoringBody, found: Fitted | None) -> None:
    match body.method:
        case "rfm":
            run(tx, SQL.group_by_cell, groups=[group.key for row in CELLS for group in row])
        case "value_tiers":
            limits = [percent / 100 for percent in body.percents]
            keys = [tier_key(percent) for percent in body.percents]
            run(tx, SQL.group_by_share, keys=keys, limits=limits, rest=REST)
        case "clusters" if found is not None:
            run(tx, SQL.group_by_cluster, **found.params())
        case _:
            run(tx, SQL.group_by_share, keys=[], limits=[], rest=REST)  # Nobody bought when it began.


def _tuples(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "means": tuple(found["means"]),
        "spreads": tuple(found["spreads"]),
        "centres": tuple(tuple(one) for one in found["centres"]),
    }
