"""Opening balances: points that customers bring from an older programme, each row a lot of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, rows, run
from regulars.loyalty.accrual import Version, ends
from regulars.loyalty.model import Currency
from regulars.loyalty.posting import AMOUNT_MAX, currency_of, kept, newest, refused


class Sql(Statements, file="opening.sql"):
    enrol: Query
    open: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    key: str  # The caller's id of the write.
    customer_id: int
    amount: int  # In the currency's smallest unit, above zero.
    earned_at: datetime
    expires_at: datetime | None = None  # None: as the programme says, from when they were earned.
    reason: str = "Opening balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    key: str
    outcome: str  # posted, conflict, or expired: they could not have been spent any more.


def opening_units(tx: Tx, programme: str, points: str, currency: str | None = None) -> int:
    """The points in the currency's smallest unit; raises Invalid for more digits than it has."""
    coin: Currency = currency_of(newest(tx, programme), currency)
    try:
        units = Decimal(points).scaleb(coin.scale)
    except InvalidOperation:
        units = Decimal("NaN")
    if not units.is_finite() or units != units.to_integral_value() or not 0 < units <= AMOUNT_MAX:
        raise refused(
            "points",
            f"{coin.name} are above zero with {coin.scale} digits after the point; found {points[:40]}.",
        )
    return int(units)


def open_balances(
    tx: Tx,
    programme: str,
    openings: Sequence[Opening],
    *,
    at: datetime,
    actor: str,
    currency: str | None = None,
) -> list[Opened]:
    """Give each customer their points, making members of those who are none; nothing is announced as news.

    The same key and fields again change nothing. Customers are locked in their order.
    """
    version = newest(tx, programme)
    coin = currency_of(version, currency)
    lots = [(one, one.expires_at or ends(version.programme, one.earned_at)) for one in openings]
    late = [
        Opened(key=one.key, outcome="expired")
        for one, ends_at in lots
        if ends_at is not None and ends_at <= at
    ]
    open_ones = [(one, ends_at) for one, ends_at in lots if ends_at is None or ends_at > at]
    if not open_ones:
        return late
    _enrol(tx, version, [one for one, _ in open_ones], at)
    done = rows(
        tx,
        SQL.open,
        Opened,
        programme_id=version.programme_id,
        currency=coin.code,
        customers=[one.customer_id for one, _ in open_ones],
        amounts=[one.amount for one, _ in open_ones],
        keys=[one.key for one, _ in open_ones],
        earned=[one.earned_at for one, _ in open_ones],
        expires=[ends_at for _, ends_at in open_ones],
        reasons=[one.reason for one, _ in open_ones],
        fields=[
            Jsonb(kept("opening", one.customer_id, one.amount, coin.code, one.earned_at))
            for one, _ in open_ones
        ],
        at=at,
        actor=actor,
    )
    return [*late, *done]


def _enrol(tx: Tx, version: Version, openings: Sequence[Opening], at: datetime) -> None:
    body = version.programme
    joined: dict[int, datetime] = {}
    for one in openings:
        joined[one.customer_id] = min(one.earned_at, joined.get(one.customer_id, one.earned_at))
    run(
        tx,
        SQL.enrol,
        programme_id=version.programme_id,
        customers=list(joined),
        joined=list(joined.values()),
        at=at,
        terms=body.terms_version,
    )
