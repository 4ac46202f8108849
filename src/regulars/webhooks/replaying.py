"""Sending again: one delivery, what failed in a time, or everything since a point of the log; ids stay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars import access, definitions, jobs
from regulars.access import Actor
from regulars.db import Database, Tx, run, value
from regulars.jobs import Progress
from regulars.kernel import CallerError, Conflict, Finding, Invalid, public_id
from regulars.webhooks.enqueueing import write_down
from regulars.webhooks.kind import WEBHOOK
from regulars.webhooks.records import delivery
from regulars.webhooks.statements import RECORDS

REPLAY = "webhooks.replay"  # A job: {"webhook", "after", "to", "asked_at"}.
SPAN = 2_000  # Positions in one transaction.


class CannotReplay(Conflict):
    code = "webhooks.cannot_replay"


class NotLive(CallerError):
    code = "webhooks.not_live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A replay of everything since a point: how far it goes, and the job that does it."""

    job_id: int
    first: int
    last: int
    older_asked: bool  # From a position on that stands in PostgreSQL no more.

    @property
    def events(self) -> int:
        return max(0, self.last - self.first + 1)


def replay(tx: Tx, actor: Actor, key: str, delivery_id: int, *, at: datetime, now: datetime) -> None:
    """Send one again, with its id; also one that arrived."""
    _require(tx, actor, key)
    found = delivery(tx, key, delivery_id)
    if not run(tx, RECORDS.replay_one, webhook_key=key, delivery_id=delivery_id, now=now):
        raise CannotReplay(f"{found.public_id} is not sent again: {_why_not(found.state, found.position)}")
    _record(tx, actor, key, {"delivery": found.public_id}, at)


def _why_not(state: str, position: int | None) -> str:
    if position is None:
        return "it was a test; send another test."
    if state == "sending":
        return "it is under way at this moment."
    return "it was cancelled." if state == "cancelled" else "what it said was erased."


def replay_failed(
    tx: Tx, actor: Actor, key: str, *, since: datetime, until: datetime, at: datetime, now: datetime
) -> int:
    """Send again what was written down in [since, until) and failed for good; gives how many."""
    _require(tx, actor, key)
    count = run(tx, RECORDS.replay_failed, webhook_key=key, since=since, until=until, now=now)
    told = {"since": since.isoformat(), "until": until.isoformat(), "deliveries": count}
    _record(tx, actor, key, told, at)
    return count


def replay_since(
    tx: Tx,
    actor: Actor,
    key: str,
    *,
    at: datetime,
    now: datetime,
    position: int | None = None,
    since: datetime | None = None,
) -> Asked:
    """Send everything from a position, or from an instant of the business clock, to the end of the log.

    What was written down goes out again; what was not, as of before the webhook was made, goes out too.
    History stays out. Only events that still stand in PostgreSQL can be sent.
    """
    if (position is None) == (since is None):
        told = "Give a position or an instant, one of them."
        raise Invalid(told, [Finding(path="since", code="webhooks.since", message=told)])
    _require(tx, actor, key)
    oldest = value(tx, RECORDS.first_position) or 1
    last = value(tx, RECORDS.last_position) or 0
    wanted = position if position is not None else _first_since(tx, since, oldest, last)
    first = max(oldest, wanted)
    args = {"webhook": key, "after": first - 1, "to": last, "asked_at": now.isoformat()}
    job = jobs.defer(tx, REPLAY, args, requested_by=actor.name)
    _record(tx, actor, key, {"from": first, "to": last, "job": public_id("job", job)}, at)
    older = position is not None and position < oldest
    return Asked(job_id=job, first=first, last=last, older_asked=older)


def _first_since(tx: Tx, since: datetime | None, oldest: int, last: int) -> int:
    """The first position booked at or after an instant: booked times never go back, so it is halved."""
    low, high = oldest, last + 1
    while low < high:
        middle = (low + high) // 2
        booked = value(tx, RECORDS.booked_at, position=middle)
        if booked is not None and since is not None and booked < since:
            low = middle + 1
        else:
            high = middle
    return low


def replay_job(database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Goes on where it was after a crash: what was asked for since is left alone."""
    key, after, to = str(args["webhook"]), int(args["after"]), int(args["to"])
    asked_at, done = datetime.fromisoformat(args["asked_at"]), 0
    for start in range(after, to, SPAN):
        with database.transaction() as tx:
            live = definitions.live(tx, WEBHOOK, key)
            if live is None:
                raise NotLive(f"The webhook {key!r} is not live any more; what was asked for ends here.")
            end = min(to, start + SPAN)
            done += write_down(tx, {key: live.body}, after=start, to=end, asked_at=asked_at)
        progress.update(end - after, to - after, "Writing down what is sent again", "event")
    return {"deliveries": done}


def _require(tx: Tx, actor: Actor, key: str) -> None:
    access.require(actor, "sources.publish", kind=WEBHOOK.name)
    found = definitions.get(tx, WEBHOOK, key)
    if definitions.live(tx, WEBHOOK, key) is None:
        raise CannotReplay(f"“{found.title}” is not live; publish it, then send again.")


def _record(tx: Tx, actor: Actor, key: str, told: dict[str, object], at: datetime) -> None:
    access.recorded(
        tx, actor, "webhooks.replay", subject_kind="webhook", subject=key, before=None, after=told, at=at
    )
