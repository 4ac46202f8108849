"""Where somebody stands, with what they saved here a moment ago, before the readers of the log have it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from regulars import customers
from regulars.customers import Standing, Word
from regulars.db import Tx, rows, value
from regulars.preferences.statements import SQL

LATELY = timedelta(days=1)  # The log is read within seconds; a reader that stands still is seen long before.
TICK = timedelta(microseconds=1)
Place = tuple[str, str, str]  # About, channel, topic.


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that was said."""

    about: str
    channel: str = ""
    topic: str = ""
    given: bool
    until: datetime | None = None
    every_days: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    standing: Standing
    said: dict[Place, Choice]
    locale: str | None  # As they chose here lately.

    def after(self, at: datetime) -> datetime:
        """The instant from `at` on that comes after everything said, also by a clock that ran ahead."""
        return max((at, *(one.at + TICK for one in self.said.values())))


def stood(tx: Tx, customer_id: int, now: datetime) -> Stood:
    """Where a customer stands; `now` is the wall clock's."""
    said: dict[Place, Choice] = {
        (one.about, one.channel, one.topic): Choice(
            about=one.about,
            channel=one.channel,
            topic=one.topic,
            given=one.given,
            until=one.until,
            every_days=one.every_days,
            at=one.occurred_at,
        )
        for one in (*customers.consents(tx, customer_id), *customers.wishes(tx, customer_id))
    }
    lately = {"customer_id": customer_id, "since": now - LATELY}
    for one in rows(tx, SQL.lately, Choice, **lately):
        place = (one.about, one.channel, one.topic)
        if place not in said or one.at >= said[place].at:
            said[place] = one
    return Stood(
        standing=_standing(customers.standing(tx, customer_id), said),
        said=said,
        locale=value(tx, SQL.submitted, **lately),
    )


def _standing(read: Standing, said: dict[Place, Choice]) -> Standing:
    pause, profiling = said.get(("pause", "", "")), said.get(("profiling", "", ""))
    often, tracking = said.get(("frequency", "", "")), said.get(("consent", "tracking", ""))
    return replace(
        read,
        profiling_objected=bool(profiling and not profiling.given),
        tracking_allowed=tracking.given if tracking else read.tracking_allowed,
        pause_asked=bool(pause and not pause.given),
        pause_until=pause.until if pause and not pause.given else None,
        less_often=bool(often and not often.given),
        every_days=often.every_days if often and not often.given else None,
        said={
            (channel, topic): Word(given=one.given, at=one.at)
            for (about, channel, topic), one in said.items()
            if about == "consent"
        },
    )
