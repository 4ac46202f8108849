"""Points end when a member neither earned nor spent for long: one date a member, moved on by activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, rows, run
from regulars.db import one as one_row
from regulars.loyalty.expiry import move_lots
from regulars.loyalty.live import Live, live
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted


class Sql(Statements, file="inactivity.sql"):
    stirring: Query
    asks: Query
    slide: Query
    begin_all: Query
    still: Query
    held_by: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirring:
    member_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    member_id: int
    inactive_from: datetime
    stirred_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    lots: list[int] | None
    due: list[datetime] | None


def slide(tx: Tx, programme_id: int, transfers: Sequence[int]) -> None:
    """What somebody earned or spent moves the end of their points on; by hand, gifts and expiry do not."""
    asks = maybe(tx, SQL.asks, Asks, programme_id=programme_id) if transfers else None
    if asks is None:
        return
    programme = msgspec.convert(asks.body, Programme)
    stirred = rows(tx, SQL.stirring, Stirring, transfers=list(transfers))
    if programme.inactive_after is not None and stirred:
        ends = [shifted(one.at, programme.inactive_after, programme.zone) for one in stirred]
        run(tx, SQL.slide, members=[one.member_id for one in stirred], ends=ends)


def begin_inactivity(
    tx: Tx, programme_id: int, before: Programme | None, now: Programme, at: datetime
) -> None:
    """A version that asks for another inactivity gives everybody a full period from its beginning."""
    if now.inactive_after == (before and before.inactive_after):
        return
    ends = shifted(at, now.inactive_after, now.zone) if now.inactive_after else None
    run(tx, SQL.begin_all, programme_id=programme_id, ends=ends)


def expire_inactive(tx: Tx, at: datetime) -> int:
    """Expires all that members have who stirred too long ago; gives the number of transfers."""
    hold(tx)
    return sum(
        _expire(tx, programme, period, at)
        for programme in live(tx)
        if (period := programme.programme.inactive_after) is not None
    )


def _expire(tx: Tx, programme: Live, period: Period, at: datetime) -> int:
    """Period by period, so that a late run ends what an hourly one would have ended."""
    gone = 0
    while found := rows(tx, SQL.still, Still, programme_id=programme.programme_id, at=at):
        ends = {one.member_id: _end(one, period, programme.zone) for one in found}
        over = {member: end for member, end in ends.items() if end <= at}
        if over:
            held = one_row(tx, SQL.held_by, Held, members=list(over), ends=list(over.values()))
            lots, due = held.lots or [], held.due or []
            moved = move_lots(tx, programme.programme_id, "expire", lots, due, at, "inactivity")
            gone += len(moved.transfers)
        again = [shifted(end, period, programme.zone) if end <= at else end for end in ends.values()]
        run(tx, SQL.slide, members=list(ends), ends=again)
    return gone


def _end(still: Still, period: Period, zone: str) -> datetime:
    """Later than noted where somebody stirred and nobody said so."""
    if still.stirred_at is None:
        return still.inactive_from
    return max(still.inactive_from, shifted(still.stirred_at, period, zone))
