"""Approaches in figures: how large each stage is, what it brings, who moved, and how well it parts customers.

How well an approach separates value is the share of the variance of the next period's revenue that its stages
explain (eta squared: the sum of squares between stages by that of all), with everybody placed by what was
known when that period began.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from psycopg import sql

from regulars.db import Tx, rows, run, value
from regulars.kernel import NotFound
from regulars.segments.approach_past import SQL, Stood, stood_at
from regulars.segments.model import SegmentationBody
from regulars.segments.plan import live_definitions

PERIOD_DAYS = 90
YEAR_DAYS = 365
NO_MONEY = "XXX"  # ISO 4217: no currency involved.
# Both are put in one heap and grouped by customer: without statistics a join would look at each pair.
BROUGHT = sql.SQL(
    "select place, count(*)::integer as customers, count(value_minor)::integer as buyers, "
    "coalesce(sum(value_minor), 0)::bigint as value_minor, "
    "coalesce(sum(value_minor::double precision ^ 2), 0) as square "
    "from (select customer_id, min(place) as place, sum(net_minor) as value_minor from ("
    "select customer_id, place, null::bigint as net_minor from ({stood}) as stood "
    "union all select customer_id, null, net_minor from orders.fact_order "
    "where status <> 'cancelled' and currency = %(of_currency)s "
    "and occurred_at >= %(from_at)s and occurred_at < %(to_at)s) as told group by customer_id) as one "
    "where place is not null group by place"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    place: int
    customers: int
    buyers: int
    value_minor: int
    square: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigure:
    approach_key: str
    stage: str
    place: int
    at: datetime
    days: int  # Of the period before `at`.
    currency: str
    customers: int
    buyers: int
    value_minor: int  # Of those who stand in it now, in the period.
    known_before: bool
    customers_before: int  # Who stood in it when the period began.
    value_after_minor: int  # What these brought in the period.
    square_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachFigures:
    key: str
    stages: tuple[StageFigure, ...]

    @property
    def customers(self) -> int:
        return sum(stage.customers for stage in self.stages)

    @property
    def largest_share(self) -> float:
        return max((stage.customers for stage in self.stages), default=0) / (self.customers or 1)

    @property
    def separates(self) -> float | None:
        """The share of the variance of the period's revenue that the stages before it explain."""
        if not all(stage.known_before for stage in self.stages):
            return None
        return eta_squared(
            [(s.customers_before, float(s.value_after_minor), s.square_after) for s in self.stages]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    before: int | None  # The place of the stage; None: not known to us then.
    after: int | None  # None: erased or merged since.
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    before: datetime
    after: datetime
    moved: tuple[Moved, ...]
    how: str  # Where the stages at the earlier instant come from.


def eta_squared(groups: Sequence[tuple[int, float, float]]) -> float | None:
    """Of groups as (number, sum, sum of squares); nothing where nothing varies.

    >>> eta_squared([(2, 2.0, 2.0), (2, 6.0, 18.0)])
    1.0
    """
    number, total = sum(one[0] for one in groups), sum(one[1] for one in groups)
    if not number:
        return None
    middle = total**2 / number
    whole = sum(one[2] for one in groups) - middle
    between = sum(one[1] ** 2 / one[0] for one in groups if one[0]) - middle
    return min(1.0, max(0.0, between / whole)) if whole > 0 else None


def count_approaches(tx: Tx, at: datetime, *, zone: str) -> int:
    """Work the figures of every live approach out anew; gives how many there are."""
    approaches = live_definitions(tx).approaches
    run(tx, SQL.forget_figures, keys=list(approaches))
    currency = value(tx, SQL.currency, since=at - timedelta(days=YEAR_DAYS), at=at) or NO_MONEY
    for key, body in approaches.items():
        _count(tx, key, body, at, currency=currency, zone=zone)
    return len(approaches)


def _count(tx: Tx, key: str, body: SegmentationBody, at: datetime, *, currency: str, zone: str) -> None:
    start = at - timedelta(days=PERIOD_DAYS)
    now = stood_at(tx, key, body, at, zone=zone)
    before = stood_at(tx, key, body, start, zone=zone)
    run(tx, SQL.forget_stages, key=key)
    present = _brought(tx, now, currency, start, at) if now else {}
    past = _brought(tx, before, currency, start, at) if before else {}
    for place, stage in enumerate(body.stages):
        nobody = Brought(place=place, customers=0, buyers=0, value_minor=0, square=0.0)
        here, then = present.get(place, nobody), past.get(place, nobody)
        run(
            tx, SQL.put_stage,
            key=key, stage=stage.key, place=place, at=at, days=PERIOD_DAYS, currency=currency,
            customers=here.customers, buyers=here.buyers, value_minor=here.value_minor,
            known_before=before is not None, customers_before=then.customers,
            value_after_minor=then.value_minor, square_after=then.square,
        )  # fmt: skip


def _brought(tx: Tx, stood: Stood, currency: str, start: datetime, end: datetime) -> dict[int, Brought]:
    query = BROUGHT.format(stood=stood.query)
    asked = {"of_currency": currency, "from_at": start, "to_at": end}
    return {one.place: one for one in rows(tx, query, Brought, **stood.params, **asked)}


def approach_figures(tx: Tx, key: str | None = None) -> list[ApproachFigures]:
    """As they were last counted, of one approach or of all."""
    found = rows(tx, SQL.figures, StageFigure, key=key)
    return [
        ApproachFigures(key=name, stages=tuple(stages))
        for name, stages in groupby(found, key=lambda one: one.approach_key)
    ]


def migration(tx: Tx, key: str, before: datetime, after: datetime, *, zone: str) -> Migration | None:
    """Who stood where at two instants, counted; None where the earlier is not known. Raises NotFound."""
    body = approach_body(tx, key)
    was = stood_at(tx, key, body, before, zone=zone)
    is_now = stood_at(tx, key, body, after, zone=zone)
    if was is None or is_now is None:
        return None
    first, second = _apart(was, "was"), _apart(is_now, "then")
    query = sql.SQL(
        "select was.place as before, later.place as after, count(*)::integer as customers "
        "from ({}) as was full join ({}) as later using (customer_id) "
        "group by 1, 2 order by 1 nulls last, 2 nulls last"
    ).format(first.query, second.query)
    found = rows(tx, query, Moved, **first.params, **second.params)
    return Migration(before=before, after=after, moved=tuple(found), how=was.how)


def approach_body(tx: Tx, key: str) -> SegmentationBody:
    found = live_definitions(tx).approaches.get(key)
    if found is None:
        raise NotFound(f"There is no live approach {key[:80]!r}.")
    return found


def _apart(stood: Stood, name: str) -> Stood:
    """With parameters of its own names, so that two can stand in one statement."""
    params = {f"{name}_{key}": told for key, told in stood.params.items()}
    text = stood.query.as_string(None)
    for key in stood.params:
        text = text.replace(f"%({key})s", f"%({name}_{key})s")
    return Stood(query=sql.Composed([sql.SQL(text)]), params=params, how=stood.how)
