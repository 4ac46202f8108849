"""What joining gives: the welcome of the version in force then, once a member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import log
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, rows, run
from regulars.kernel import WallClock
from regulars.loyalty.giving import Given, give
from regulars.loyalty.live import Body, bodies
from regulars.loyalty.model import Programme
from regulars.loyalty.period import shifted


class Sql(Statements, file="welcome.sql"):
    unwelcomed: Query
    greeted: Query
    greets: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    member_id: int
    customer_id: int
    programme_id: int
    joined_at: datetime


def greet_due(tx: Tx, at: datetime) -> int:
    """Gives everybody who joined what joining gives, once; gives how many joined since the last look."""
    hold(tx)
    return greet(tx, at)


def greet(tx: Tx, at: datetime | None = None, programme_id: int | None = None) -> int:
    found = rows(tx, SQL.unwelcomed, Newcomer, programme_id=programme_id)
    when = at or log.clock(tx).now(WallClock().now())
    for one in sorted({newcomer.programme_id for newcomer in found}):
        _greet(tx, one, [newcomer for newcomer in found if newcomer.programme_id == one], when)
    return len(found)


def _greet(tx: Tx, programme_id: int, newcomers: Sequence[Newcomer], at: datetime) -> None:
    versions = bodies(tx, programme_id)
    said = [_said(versions, one.joined_at) for one in newcomers]
    ends = [
        shifted(one.joined_at, programme.inactive_after, programme.zone) if programme.inactive_after else None
        for one, programme in zip(newcomers, said, strict=True)
    ]
    run(tx, SQL.greeted, members=[one.member_id for one in newcomers], ends=ends)
    give(
        tx,
        programme_id,
        [
            Given.by(
                programme,
                programme.welcome,
                customer_id=one.customer_id,
                key=f"regulars:welcome:{one.member_id}",
                day=one.joined_at,
                why="Welcome",
            )
            for one, programme in zip(newcomers, said, strict=True)
            if programme.welcome is not None
        ],
        at,
    )


def _said(versions: Sequence[Body], at: datetime) -> Programme:
    """What the version in force at an instant said; before the first, the first."""
    before = [one for one in versions if one.live_from <= at]
    return (before or versions[:1])[-1].programme


def keep_habits(tx: Tx, programme_id: int, programme: Programme) -> None:
    """Note on the programme what the ledger asks of it at every joining and spending."""
    greets = programme.welcome is not None or programme.inactive_after is not None
    run(
        tx,
        SQL.greets,
        programme_id=programme_id,
        greets=greets,
        pooled=programme.pooling == "household",
    )
