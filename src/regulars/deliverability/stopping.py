"""Stopping by itself: a source of which surely too much comes back is paused, and people are told why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars import access, messaging
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, one, rows, run, values
from regulars.deliverability.policy import BouncePolicy, bounce_policy
from regulars.experiments import Proportion, wilson
from regulars.kernel import Conflict, Finding, Invalid
from regulars.messaging import Source

LATELY = timedelta(days=7)
SHOWN = 100
RESUME = "campaigns.stop"  # Whoever may stop one may also let it go on.


class Sql(Statements, file="stopping.sql"):
    standing: Query
    stop: Query
    resume: Query
    stops: Query
    open_stops: Query
    lately: Query
    by_domain: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    source_id: int
    reason: str
    at: datetime
    resumed_at: datetime | None
    resumed_by: str | None
    resume_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDomain:
    """What came back of a source from one domain."""

    domain: str
    hard: int
    soft: int
    block: int
    complained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    attempts: int
    bounced: int
    complained: int


def watch(tx: Tx, source: Source, at: datetime) -> str | None:
    """Pause a source of which surely too much came back, and say why; None while it may go on."""
    if source.paused:
        return None
    reason = _reason(one(tx, SQL.standing, _Standing, source_id=source.source_id), bounce_policy(tx))
    if reason is None:
        return None
    messaging.pause(tx, source, paused=True)
    run(tx, SQL.stop, source_id=source.source_id, reason=reason, at=at)
    return reason


def watch_all(tx: Tx, at: datetime) -> list[str]:
    """Look at every source of which something came back lately; gives why those that stop do."""
    found = (messaging.source_of_id(tx, number) for number in values(tx, SQL.lately, since=at - LATELY))
    told = (watch(tx, source, at) for source in found if source is not None)
    return [reason for reason in told if reason]


def _reason(stands: _Standing, policy: BouncePolicy) -> str | None:
    """By the lower end of the interval: a few of the first hundred may be chance."""
    if stands.attempts < policy.stop_from:
        return None
    for count, limit, words in (
        (stands.bounced, policy.stop_bounces_percent, "came back for good or were refused"),
        (stands.complained, policy.stop_complaints_percent, "were called spam"),
    ):
        share = Proportion(count=min(count, stands.attempts), of=stands.attempts)
        surely = 100 * wilson(share).low
        if surely > limit:
            return (
                f"{count:,} of {stands.attempts:,} messages ({100 * share.rate:.1f}%) {words}: "
                f"surely more than {surely:.1f}%, and {limit:g}% is the limit."
            )
    return None


def resume(tx: Tx, actor: Actor, source: Source, *, reason: str, at: datetime) -> None:
    """Let a stopped source go on; what came back so far counts no more, so that it does not stop at once."""
    access.require(actor, RESUME)
    if not reason.strip():
        told = "Say why, such as “the list was cleaned”."
        raise Invalid(told, [Finding(path="reason", code="deliverability.reason", message=told)])
    by = actor.name
    if not run(tx, SQL.resume, source_id=source.source_id, by=by, reason=reason.strip()[:300], at=at):
        raise Conflict("It was not stopped because of what came back, or somebody has let it go on already.")
    messaging.pause(tx, source, paused=False)
    access.recorded(
        tx,
        actor,
        "deliverability.resumed",
        subject_kind=source.kind,
        subject=source.key,
        before=None,
        after={"version": source.version},
        reason=reason.strip(),
        at=at,
    )


def stops(tx: Tx, source_id: int | None = None) -> list[Stop]:
    """The latest first."""
    return rows(tx, SQL.stops, Stop, source_id=source_id, limit=SHOWN)


def open_stops(tx: Tx) -> list[Stop]:
    """What stands still because of what came back."""
    return rows(tx, SQL.open_stops, Stop)


def bounced_by_domain(tx: Tx, source: Source) -> Sequence[ByDomain]:
    """What came back of a source by the domain of the address, the most first."""
    return rows(tx, SQL.by_domain, ByDomain, source_id=source.source_id)
