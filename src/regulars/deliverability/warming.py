"""Keeping to a warm-up plan: where it stands today, and how many may still leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars import definitions
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.definitions import Definition
from regulars.deliverability.warm_up import DAYS_MAX, WARM_UP, WarmUp, planned, steps_needed
from regulars.kernel import day_bounds, local_day
from regulars.messaging import Share

BOUNCES_MIN, COMPLAINTS_MIN = 3, 2  # Fewer hold nothing.
DAYS_LOOKED_AT = 2 * DAYS_MAX


class Sql(Statements, file="warming.sql"):
    alone: Query
    kept: Query
    keep: Query
    left_since: Query
    by_day: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the plan beside what really left."""

    day: date
    planned: int | None  # None: the plan is through.
    sent: int
    bounced: int
    complained: int
    step: int = 0  # How many days of the plan were taken before it.
    held: bool = False  # So much came back that the next day may send no more than this.

    @property
    def bounced_share(self) -> float:
        return self.bounced / self.sent if self.sent else 0.0

    @property
    def complained_share(self) -> float:
        return self.complained / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Most:
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    day: date
    sent: int
    bounced: int
    complained: int


def plan_of(tx: Tx, channel: str) -> Definition[WarmUp] | None:
    """The live plan of a channel; of several the one that began last."""
    plans = [one for one in definitions.all_live(tx, WARM_UP) if one.body.channel == channel]
    return max(plans, key=lambda plan: plan.body.starts_on, default=None)


def allowance(tx: Tx, channel: str, at: datetime, zone: str) -> int | None:
    """How many messages may still leave by a channel today; None: as many as there are.

    Asked in the transaction that claims them: others who claim of this channel wait for its end, so that
    together they keep to the day. Days are the workspace's.
    """
    plan = plan_of(tx, channel)
    today = local_day(at, zone)
    if plan is None:
        return None
    if today < plan.body.starts_on:
        return 0
    run(tx, SQL.alone, channel=channel)
    most = _most(tx, plan, today, zone)
    if most is None:
        return None
    left = int(value(tx, SQL.left_since, channel=channel, since=day_bounds(today, zone)[0]))
    return max(0, most - left)


def share(tx: Tx, channel: str, at: datetime, zone: str) -> Share | None:
    """The same for who sends: with the moment from which the next day's share may leave."""
    left = allowance(tx, channel, at, zone)
    plan = plan_of(tx, channel) if left is not None else None
    if left is None or plan is None:
        return None
    starts = day_bounds(plan.body.starts_on, zone)[0]
    return Share(left=left, until=max(starts, tomorrow(at, zone)))


def _most(tx: Tx, plan: Definition[WarmUp], today: date, zone: str) -> int | None:
    """Worked out once a day: it looks at all days before, and is asked for each batch."""
    given = {"channel": plan.body.channel, "plan": plan.etag, "day": today}
    known = maybe(tx, SQL.kept, _Most, **given)
    if known is not None:
        return known.most
    before = _sent(tx, plan.body, today, zone)
    most = walk(plan.body, before, _days(plan.body, today), today)[-1].planned
    run(tx, SQL.keep, **given, most=most)
    return most


def tomorrow(at: datetime, zone: str) -> datetime:
    """When the next day's share may leave."""
    return day_bounds(local_day(at, zone), zone)[1]


def days_of(tx: Tx, plan: WarmUp, at: datetime, zone: str) -> list[Day]:
    """From the plan's first day to two weeks ahead: what was planned and what left."""
    today = local_day(at, zone)
    if today < plan.starts_on:
        return walk(plan, {}, [plan.starts_on + timedelta(days=number) for number in range(14)], today)
    sent = _sent(tx, plan, today + timedelta(days=1), zone)
    ahead = [today + timedelta(days=number) for number in range(1, 15)]
    return walk(plan, sent, [*_days(plan, today), *ahead], today)


def next_share(tx: Tx, channel: str, at: datetime, zone: str) -> Day | None:
    """The next day on which messages may leave by a channel, as it is planned; None: nothing caps."""
    plan = plan_of(tx, channel)
    if plan is None:
        return None
    today = local_day(at, zone)
    return next(day for day in days_of(tx, plan.body, at, zone) if day.day > today)


def ends_on(plan: WarmUp, days: Sequence[Day]) -> date | None:
    """The first day on which nothing caps any more, if no day is held or empty; None: never."""
    needed = steps_needed(plan)
    if needed >= DAYS_MAX:
        return None
    through = next((one.day for one in days if one.planned is None), None)
    return through or days[-1].day + timedelta(days=needed - days[-1].step + 1)


def walk(plan: WarmUp, sent: Mapping[date, _Sent], days: Sequence[date], today: date) -> list[Day]:
    """Follow the plan: a day on which messages left and little came back is a step, like each to come."""
    step, found = 0, []
    for day in days:
        most = None if step > steps_needed(plan) else planned(plan, step)
        real = sent.get(day, _Sent(day=day, sent=0, bounced=0, complained=0))
        held = _is_held(plan, real)
        found.append(
            Day(
                day=day,
                planned=most,
                sent=real.sent,
                bounced=real.bounced,
                complained=real.complained,
                step=step,
                held=held,
            )
        )
        step += not held and (real.sent > 0 or day >= today)
    return found


def _days(plan: WarmUp, today: date) -> list[date]:
    """A plan that began long ago is through, or held: of its days the last are looked at."""
    count = (today - plan.starts_on).days + 1
    first = max(0, count - DAYS_LOOKED_AT)
    return [plan.starts_on + timedelta(days=number) for number in range(first, count)] or [today]


def _is_held(plan: WarmUp, day: _Sent) -> bool:
    """A few of a small day may be chance: one complaint of a hundred messages says nothing yet."""
    bounces = day.bounced >= BOUNCES_MIN and day.bounced * 100 > plan.bounces_percent * day.sent
    complaints = (
        day.complained >= COMPLAINTS_MIN and day.complained * 100 > plan.complaints_percent * day.sent
    )
    return bounces or complaints


def _sent(tx: Tx, plan: WarmUp, until: date, zone: str) -> dict[date, _Sent]:
    since = max(plan.starts_on, until - timedelta(days=DAYS_LOOKED_AT))
    found = rows(
        tx,
        SQL.by_day,
        _Sent,
        channel=plan.channel,
        zone=zone,
        since=day_bounds(since, zone)[0],
        until=day_bounds(until, zone)[0],
    )
    return {one.day: one for one in found}
