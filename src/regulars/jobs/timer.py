"""Timers: what falls due by the calendar of a place, each occurrence once, also after a pause.

The business clock is an argument, so that simulated time runs the same timers as real time. Only the rest
after a failure is by the wall clock.
"""

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from regulars.db import Database, Tx, rows, run, value
from regulars.jobs.statements import SQL
from regulars.kernel import add_months, local_day, local_instant

Every = Literal["hour", "day", "week", "month"]

ERROR_SIGNS_MAX = 2_000
REST_S = 60.0
LOGGER = logging.getLogger("regulars.timers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    name: str
    every: Every
    zone: str  # Whose calendar and wall time count.
    # What is done, with the due instant as its business time, in the transaction that notes it as done.
    run: Callable[[Tx, datetime], object]
    at: time = time()  # Local; with every hour only its minute counts.
    weekday: int = 0  # With every week; 0 is Monday.
    day: int = 1  # With every month; beyond a month's end its last day.

    @property
    def rule(self) -> str:
        return f"every {self.every} at {self.at:%H:%M} {self.zone}, weekday {self.weekday}, day {self.day}"

    def next_due(self, after: datetime) -> datetime:
        """The first occurrence after an instant, in UTC."""
        if self.every == "hour":
            hour = after.astimezone(UTC).replace(minute=self.at.minute, second=0, microsecond=0)
            return hour if hour > after else hour + timedelta(hours=1)
        return next(
            due for day in self._days(after) if (due := local_instant(day, self.at, self.zone)) > after
        )

    def _days(self, after: datetime) -> Iterator[date]:
        """Local days on which it falls, from about the instant on."""
        first = local_day(after, self.zone)
        month = first.replace(day=1)
        for number in range(3):
            if self.every == "day":
                yield first + timedelta(days=number)
            elif self.every == "week":
                yield first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * number)
            else:
                yield _clipped(add_months(month, number), self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStatus:
    name: str
    rule: str
    due_at: datetime  # By the business clock.
    ran_for: datetime | None  # The last occurrence done.
    failures: int  # Since it last succeeded.
    error: str | None
    failed_at: datetime | None  # By the wall clock.
    resting: bool  # After a failure it waits a while before it is tried again.


def timers(tx: Tx) -> list[TimerStatus]:
    return rows(tx, SQL.timers, TimerStatus)


def prepare(database: Database, wanted: Iterable[Timer], now: datetime) -> list[TimerStatus]:
    """Note new timers, due at their next occurrence after `now`, and changed rules; gives all."""
    with database.transaction() as tx:
        known = {status.name: status for status in timers(tx)}
        changed = [t for t in wanted if t.name not in known or known[t.name].rule != t.rule]
        for timer in changed:
            due = {"name": timer.name, "rule": timer.rule, "due_at": timer.next_due(now)}
            run(tx, SQL.make_timer, **due)
            run(tx, SQL.change_timer, **due, now=now)
        return timers(tx) if changed else list(known.values())


def run_due(
    database: Database, wanted: Iterable[Timer], now: datetime, *, rest_s: float = REST_S
) -> list[str]:
    """Run what fell due up to `now`, in the order of due time, one occurrence at a time; gives the names.

    Each occurrence is one transaction with its effect. A timer that fails rests and keeps its occurrence;
    the others go on. When nothing is due this is one query.
    """
    by_name = {timer.name: timer for timer in wanted}
    place = {name: number for number, name in enumerate(by_name)}
    waiting = [
        (status.due_at, place[status.name], status.name)
        for status in prepare(database, by_name.values(), now)
        if status.name in by_name and not status.resting and status.due_at <= now
    ]
    heapq.heapify(waiting)
    ran: list[str] = []
    while waiting:
        due, number, name = heapq.heappop(waiting)
        following = _run_one(database, by_name[name], due, rest_s=rest_s)
        if following is None:
            continue
        ran.append(name)
        if following <= now:
            heapq.heappush(waiting, (following, number, name))
    return ran


@contextmanager
def alone(database: Database, *, wait: bool = True) -> Iterator[bool]:
    """Nobody else, in any process, is inside at the same time; without waiting, whether one may go on.

    It holds a connection of the pool. A process that is killed inside lets go.
    """
    with database.transaction() as tx:
        free = value(tx, SQL.alone_now) if not wait else True
        if wait:
            value(tx, SQL.alone)
        yield bool(free)


def _run_one(database: Database, timer: Timer, due: datetime, *, rest_s: float) -> datetime | None:
    """The next due instant, or None when it failed or somebody else ran it."""
    following = timer.next_due(due)
    try:
        with database.transaction() as tx:
            if not run(tx, SQL.advance_timer, name=timer.name, due_at=due, following=following):
                return None
            timer.run(tx, due)
    except Exception as error:
        LOGGER.exception("The timer %s failed for %s; it is tried again.", timer.name, due.isoformat())
        told = f"{type(error).__name__}: {error}".replace("\x00", "")[:ERROR_SIGNS_MAX]
        with database.transaction() as tx:
            run(tx, SQL.rest_timer, name=timer.name, due_at=due, error=told, rest_s=rest_s)
        return None
    return following


def _clipped(month: date, day: int) -> date:
    last = (add_months(month.replace(day=1), 1) - timedelta(days=1)).day
    return month.replace(day=min(day, last))
