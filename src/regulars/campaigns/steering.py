"""Pausing, resuming and stopping a launched campaign, with the reason kept."""

from datetime import datetime

from regulars import access, deliverability, messaging
from regulars.access import Actor
from regulars.campaigns.launching import CAMPAIGN, STOPPED, find, source_of
from regulars.campaigns.model import Run
from regulars.campaigns.statements import SQL
from regulars.db import Tx, run
from regulars.definitions import get
from regulars.kernel import Conflict, NotFound


class NotRunning(Conflict):
    """There is nothing that could be paused, resumed or stopped."""

    code = "campaigns.not_running"


def pause(tx: Tx, actor: Actor, key: str, *, why: str, at: datetime) -> Run:
    """Let nothing more leave until it is resumed; what is being handed over leaves."""
    access.require(actor, "campaigns.stop")
    found = find(tx, key)
    if not run(tx, SQL.pause_run, run_id=found.run_id, at=at, by=actor.name, why=why.strip()):
        raise NotRunning(f"“{key}” is {_word(found)}, so there is nothing to pause.")
    _pause_source(tx, found, paused=True)
    _note(tx, actor, "campaigns.pause", found, at, why)
    return find(tx, key)


def resume(tx: Tx, actor: Actor, key: str, *, why: str = "", at: datetime) -> Run:
    """Let it go on where it was; nobody gets it twice."""
    access.require(actor, "campaigns.launch")
    found = find(tx, key)
    by_itself = stop_of(tx, found)
    source = _source(tx, found)
    if by_itself and source is not None:
        deliverability.resume(tx, actor, source, reason=why, at=at)
    if not run(tx, SQL.resume_run, run_id=found.run_id) and not by_itself:
        raise NotRunning(f"“{key}” is {_word(found)} and not paused, so there is nothing to resume.")
    _pause_source(tx, found, paused=False)
    _note(tx, actor, "campaigns.resume", found, at, why)
    return find(tx, key)


def cancel(tx: Tx, actor: Actor, key: str, *, why: str, at: datetime) -> Run:
    """Stop it for good: what waits is not sent any more; what has left is measured as before."""
    access.require(actor, "campaigns.stop")
    found = find(tx, key)
    if not run(tx, SQL.cancel_run, run_id=found.run_id, at=at, by=actor.name):
        raise NotRunning(f"“{key}” is {_word(found)}, so there is nothing to stop.")
    if found.state == "sending":
        source = messaging.find_source(tx, source_of(found))
        messaging.pause(tx, source, paused=True)
        messaging.give_up(tx, source, reason=STOPPED, at=at)
    _note(tx, actor, "campaigns.cancel", found, at, why)
    return find(tx, key)


def uncancel(tx: Tx, actor: Actor, key: str, *, at: datetime) -> Run:
    """Take back that one was stopped before it began."""
    access.require(actor, "campaigns.launch")
    found = find(tx, key)
    if not run(tx, SQL.uncancel_run, run_id=found.run_id):
        raise NotRunning("Only a campaign that was stopped before it began can be taken up again.")
    _note(tx, actor, "campaigns.uncancel", found, at, "")
    return find(tx, key)


def _pause_source(tx: Tx, found: Run, *, paused: bool) -> None:
    source = _source(tx, found)
    if source is not None:
        messaging.pause(tx, source, paused=paused)


def _note(tx: Tx, actor: Actor, deed: str, found: Run, at: datetime, why: str) -> None:
    access.recorded(
        tx,
        actor,
        deed,
        subject_kind=CAMPAIGN.name,
        subject=found.key,
        before={"state": found.state},
        after={"version": found.version},
        at=at,
        reason=why.strip() or None,
    )


def _word(found: Run) -> str:
    if found.cancelled_at is not None:
        return "stopped"
    if found.paused_at is not None:
        return "paused"
    return {"sent": "sent", "measured": "sent", "stopped": "stopped"}.get(found.state, found.state)


def stop_of(tx: Tx, found: Run) -> str:
    """Why it stopped by itself because of what came back; empty where it did not."""
    source = _source(tx, found)
    if source is None or not source.paused:
        return ""
    stops = deliverability.stops(tx, source.source_id)
    return next((one.reason for one in stops if one.resumed_at is None), "")


def title_of(tx: Tx, key: str) -> str:
    """What a campaign is called, launched or drafted."""
    return get(tx, CAMPAIGN, key).title


def _source(tx: Tx, found: Run) -> messaging.Source | None:
    try:
        return messaging.find_source(tx, source_of(found))
    except NotFound:
        return None  # It has not begun.
