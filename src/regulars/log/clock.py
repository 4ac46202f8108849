"""The business clock: it runs with the wall's, or stands and is advanced by hand, and never goes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.db import Query, Statements, Tx, one, run
from regulars.kernel import Conflict


class Sql(Statements, file="clock.sql"):
    clock: Query
    hold_clock: Query
    stand: Query
    let_run: Query


SQL = Sql()


class ClockRunsBack(Conflict):
    code = "log.clock_runs_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessClock:
    mode: Literal["wall", "standing"]
    stands_at: datetime | None

    def now(self, wall: datetime) -> datetime:
        """The business instant, given the wall's."""
        return self.stands_at or wall


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    mode: Literal["wall", "standing"]
    stands_at: datetime | None
    booked_at: datetime | None


def clock(tx: Tx) -> BusinessClock:
    return one(tx, SQL.clock, BusinessClock)


def stand(tx: Tx, at: datetime) -> None:
    """The business clock stands at an instant; raises ClockRunsBack for one before what is booked."""
    held = one(tx, SQL.hold_clock, Held)
    last = max((moment for moment in (held.stands_at, held.booked_at) if moment), default=at)
    if at < last:
        raise ClockRunsBack(
            f"The business clock was asked to stand at {at.isoformat()}, but {last.isoformat()} is booked "
            "already; it only goes forward."
        )
    run(tx, SQL.stand, at=at)


def let_run(tx: Tx) -> None:
    """The business clock runs with the wall's; what is booked ahead of it keeps its instant until then."""
    run(tx, SQL.let_run)
