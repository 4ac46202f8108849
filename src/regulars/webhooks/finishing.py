"""What became of attempts, written down together; and webhooks that are stopped by themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from psycopg.types.json import Jsonb

from regulars import access, log
from regulars.db import Tx, run, values
from regulars.log import NewEvent
from regulars.webhooks.asking import Outcome
from regulars.webhooks.retrying import next_try
from regulars.webhooks.statements import DELIVERIES, ENDPOINTS

STOPPED = "regulars.webhooks.stopped"
FAILING_FOR = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One attempt and what became of it."""

    key: str
    held_by: str
    delivery_id: int
    tries: int  # Before this one.
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Of writing it down: the wall clock, the business clock, and what draws the jitter."""

    now: datetime
    at: datetime
    draw: Callable[[], float]


def write_down(tx: Tx, tried: Sequence[Tried], moment: Moment) -> None:
    """In the order of the keys, so that two workers never wait for each other."""
    ordered = sorted(tried, key=lambda one: one.key)
    run(tx, DELIVERIES.finish, told=Jsonb([_told(one, moment) for one in ordered]))
    for key, group in groupby(ordered, key=lambda one: one.key):
        _note(tx, key, list(group), moment)


def _told(one: Tried, moment: Moment) -> dict[str, Any]:
    outcome = one.outcome
    again = None
    if not outcome.delivered:
        again = next_try(one.tries + 1, moment.now, draw=moment.draw, not_before=outcome.rest_until)
    state = "delivered" if outcome.delivered else "waiting" if again else "failed"
    return {
        "delivery_id": one.delivery_id,
        "webhook_key": one.key,
        "held_by": one.held_by,
        "state": state,
        "outcome": "delivered" if outcome.delivered else "failed",
        "started_at": outcome.started_at.isoformat(),
        "duration_ms": outcome.duration_ms,
        "status": outcome.status,
        "answer": outcome.answer,
        "reason": outcome.reason,
        "due_at": again.isoformat() if again else None,
        "ended_at": None if again else moment.now.isoformat(),
    }


def _note(tx: Tx, key: str, tried: Sequence[Tried], moment: Moment) -> None:
    delivered = sum(one.outcome.delivered for one in tried)
    run(
        tx,
        DELIVERIES.tally,
        webhook_key=key,
        hour=moment.now.replace(minute=0, second=0, microsecond=0),
        delivered=delivered,
        failed=len(tried) - delivered,
        busy_ms=sum(one.outcome.duration_ms for one in tried),
    )
    rests = [one.outcome.rest_until for one in tried if one.outcome.rest_until]
    failing_since = values(
        tx,
        ENDPOINTS.note_result,
        webhook_key=key,
        held_by=tried[0].held_by,
        delivered=delivered > 0,
        now=moment.now,
        rest_until=max(rests, default=None),
    )
    _stop_if_hopeless(tx, key, tried, failing_since, moment)


def _stop_if_hopeless(
    tx: Tx, key: str, tried: Sequence[Tried], failing_since: list[datetime | None], moment: Moment
) -> None:
    if any(one.outcome.gone for one in tried):
        stop(tx, key, "gone", "It answered 410: it wants nothing any more.", moment)
    elif failing_since and failing_since[0] and failing_since[0] <= moment.now - FAILING_FOR:
        last = tried[-1].outcome.reason
        told = f"Nothing got through for {FAILING_FOR.days} days; the last time: {last}"
        stop(tx, key, "failing", told, moment)


def stop(tx: Tx, key: str, state: str, reason: str, moment: Moment) -> None:
    """Once, told in the log and in the audit; the console's list of what needs somebody shows it."""
    if not run(tx, ENDPOINTS.stop, webhook_key=key, state=state, reason=reason, now=moment.now):
        return
    access.recorded(
        tx, access.SYSTEM, "webhooks.stop", subject_kind="webhook", subject=key, before=None,
        after={"state": state}, at=moment.at, reason=reason,
    )  # fmt: skip
    event = NewEvent(
        message_id=f"webhooks:{key}:{moment.now.isoformat()}",
        name=STOPPED,
        occurred_at=moment.at,
        properties={"webhook": key, "state": state, "reason": reason},
    )
    log.append(tx, [event])
