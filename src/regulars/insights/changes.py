"""What changed since an instant: stages, newcomers, tiers, how much was bought, and what is outstanding."""

from dataclasses import dataclass
from datetime import datetime

from regulars import orders
from regulars.db import Tx, maybe, one, rows
from regulars.insights.statements import SQL
from regulars.kernel import Money

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageMove:
    before: str | None  # Key of the stage; None for who was not known then.
    after: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    customers: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierArrivals:
    tier: str
    number: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """What a programme's members hold together."""

    currency: str
    members: int
    points: int  # Active, in the currency's smallest unit.


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Orders of one currency in a span and in the one it is compared with."""

    sales: Money
    sales_before: Money
    orders: int
    orders_before: int
    buyers: int
    buyers_before: int


def stage_moves(tx: Tx, approach: str, since: datetime) -> list[StageMove]:
    """How many stand in another stage now than at an instant, by both stages, the most first."""
    return rows(tx, SQL.stage_moves, StageMove, approach=approach, since=since)


def arrivals(tx: Tx, since: datetime, until: datetime, *, programme: str | None) -> Arrivals:
    return one(tx, SQL.arrivals, Arrivals, since=since, until=until, programme=programme)


def outstanding(tx: Tx, programme: str) -> Outstanding | None:
    """None while the programme has no members."""
    return maybe(tx, SQL.outstanding, Outstanding, programme=programme)


def tier_arrivals(tx: Tx, since: datetime, until: datetime, *, programme: str) -> list[TierArrivals]:
    """How many members came into their present tier in [since, until), by tier."""
    return rows(tx, SQL.tier_arrivals, TierArrivals, since=since, until=until, programme=programme)


def activity(tx: Tx, span: Span, before: Span) -> Activity | None:
    """Orders in one half-open span against another, in the currency of most orders; None without any."""
    now = {total.currency: total for total in orders.totals(tx, *span)}
    then = {total.currency: total for total in orders.totals(tx, *before)}
    ranked = sorted({**then, **now}.values(), key=lambda total: (-total.orders, total.currency))
    if not ranked:
        return None
    currency = ranked[0].currency
    here, there = now.get(currency), then.get(currency)
    return Activity(
        sales=Money(here.total_minor if here else 0, currency),
        sales_before=Money(there.total_minor if there else 0, currency),
        orders=here.orders if here else 0,
        orders_before=there.orders if there else 0,
        buyers=here.customers if here else 0,
        buyers_before=there.customers if there else 0,
    )
