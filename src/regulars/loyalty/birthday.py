"""Points on members' birthdays: once a calendar year, on the local day, made up for when it was missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.kernel import add_months, local_day, local_instant
from regulars.loyalty.giving import Given, give
from regulars.loyalty.live import Live, bodies, live
from regulars.loyalty.policies import Birthday


class Sql(Statements, file="birthday.sql"):
    mark: Query
    keep_mark: Query
    born: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    member_id: int
    customer_id: int
    begins: datetime
    year: int


def award_birthdays(tx: Tx, at: datetime) -> int:
    """Gives who has a birthday the programme's award, for every local day up to now that was not done."""
    hold(tx)
    return sum(
        _award(tx, programme, birthday, at)
        for programme in live(tx)
        if (birthday := programme.programme.birthday) is not None
    )


def _award(tx: Tx, programme: Live, birthday: Birthday, at: datetime) -> int:
    today = local_day(at, programme.zone)
    days = list(_days(_first(tx, programme), today))
    days = [day for day in days if programme.gives(local_instant(day, time(), programme.zone))]
    run(tx, SQL.keep_mark, programme_id=programme.programme_id, upto=today)
    calendar = [(name, day) for day in days for name in _names(day)]
    born = rows(
        tx,
        SQL.born,
        Born,
        programme_id=programme.programme_id,
        trait=birthday.trait,
        member_days=birthday.member_days,
        days=[name for name, _ in calendar],
        begins=[local_instant(day, time(), programme.zone) for _, day in calendar],
        years=[day.year for _, day in calendar],
    )
    said = programme.programme
    gifts = [
        Given.by(
            said,
            birthday.award,
            customer_id=one.customer_id,
            key=f"regulars:birthday:{one.member_id}:{one.year}",
            day=one.begins,
            why="Birthday",
        )
        for one in born
    ]
    return give(tx, programme.programme_id, gifts, at)


def _first(tx: Tx, programme: Live) -> date:
    """The day after the last one done; at first the day on which the award came into the programme."""
    giving = list(takewhile(lambda one: one.programme.birthday, reversed(bodies(tx, programme.programme_id))))
    since = local_day(giving[-1].live_from if giving else programme.live_from, programme.zone)
    done: date | None = value(tx, SQL.mark, programme_id=programme.programme_id)
    return max(since, done + timedelta(days=1)) if done else since


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _names(day: date) -> Iterator[str]:
    """The birthdays kept on a day: on 28 February also the 29th, in years without one."""
    yield f"{day:%m-%d}"
    if (day.month, day.day) == (2, 28) and add_months(day.replace(month=1, day=31), 1).day == 28:  # noqa: PLR2004
        yield "02-29"
