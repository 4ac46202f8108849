"""What needs somebody: decisions that wait for them, drafts to take on, and what runs into trouble."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from regulars import (
    access,
    campaigns,
    customers,
    definitions,
    deliverability,
    exports,
    jobs,
    log,
    loyalty,
    messaging,
    privacy,
    webhooks,
)
from regulars.access import Actor
from regulars.console.formats import count_of
from regulars.console.parts import Tone
from regulars.db import Tx
from regulars.log import ReaderStatus

RUNS_LOOKED_AT = 5
DRAFTS = 200
LATE_EVENTS = 10_000  # A reader so far behind will not catch up within seconds.


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    title: str
    text: str
    href: str
    icon: str
    tone: Tone


def needs(tx: Tx, actor: Actor, at: datetime) -> tuple[Need, ...]:
    """Decisions first, then trouble; only what the person may look at."""
    return tuple(
        need
        for found in (
            _approvals,
            _privacy,
            _reviews,
            _drafts,
            _quality,
            _messages,
            _deliverability,
            _exports,
            _webhooks,
            _readers,
            _jobs,
        )
        for need in found(tx, actor, at)
    )


def _approvals(tx: Tx, actor: Actor, at: datetime) -> Iterator[Need]:
    for asked in access.pending_for(tx, actor, at):
        yield Need(
            title=f"{asked.requested_by_name} asks to {asked.deed}",
            text=str(asked.preview.get("headline") or f"{asked.subject_kind} {asked.subject}"),
            href=f"/approvals/{asked.public_id}",
            icon="checks",
            tone="waiting",
        )


def _privacy(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    """What customers asked for and staff who need no approval decide."""
    if access.allows(actor, privacy.ERASE, solo=access.solo(tx)).outcome == "no":
        return
    for asked in privacy.erasures(tx, state="asked").items:
        if asked.approval_id is None:
            yield Need(
                title="A customer asks to be erased" if asked.asked_by == "customer" else "An erasure waits",
                text=f"{asked.customer}: the law gives a month to answer.",
                href=f"/privacy/erasures/{asked.public_id}",
                icon="shield-check",
                tone="waiting",
            )


def _reviews(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    if access.allows(actor, "loyalty.review").outcome != "yes":
        return
    waiting = loyalty.open_reviews(tx)
    if waiting:
        newest = loyalty.reviews(tx, state="open", limit=1)[0]
        yield Need(
            title=f"{count_of(waiting, 'review')} of members who went over a limit",
            text=f"The newest: {newest.words}.",
            href="/loyalty/reviews",
            icon="shield-check",
            tone="waiting",
        )


def _drafts(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    if access.allows(actor, "definitions.take_on").outcome != "yes":
        return
    for head in definitions.heads(tx, state="draft", limit=DRAFTS).items:
        if head.assisted:
            yield Need(
                title=f"Take on the draft of “{head.title}”",
                text=f"{head.author} prepared this {head.kind} under somebody's eye.",
                href=f"/definitions/{head.kind}/{head.key}",
                icon="clipboard-list",
                tone="waiting",
            )


def _quality(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    """Broken rules of data quality, for their owners; of an owner who left, for everybody."""
    if access.allows(actor, "customers.view").outcome != "yes":
        return
    for rule in customers.quality_rules(tx):
        if rule.broken and rule.standing and customers.owned_by(tx, rule.body, actor.person_id):
            yield Need(
                title=f"“{rule.title}” is not kept since {rule.standing.since:%-d %B}",
                text=f"{count_of(rule.standing.concerned, 'customer')} stand in the way. {rule.sentence}.",
                href="/customers/quality",
                icon="alert-triangle",
                tone="bad",
            )


def _messages(tx: Tx, actor: Actor, at: datetime) -> Iterator[Need]:
    if access.allows(actor, "definitions.view").outcome != "yes":
        return
    for run in campaigns.runs(tx)[:RUNS_LOOKED_AT]:
        found = campaigns.results(tx, run.key, at, run.version)
        if found.in_doubt:
            yield Need(
                title=f"{count_of(found.in_doubt, 'message')} of “{found.title}” may or may not have left",
                text="They are not sent again by themselves; look at each and settle it.",
                href=f"/campaigns/{run.key}",
                icon="mail-off",
                tone="bad",
            )


def _deliverability(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    """What stopped by itself, and records that were right and are no longer."""
    if access.allows(actor, "definitions.view").outcome != "yes":
        return
    for stop in deliverability.open_stops(tx):
        source = messaging.source_of_id(tx, stop.source_id)
        if source is not None:
            yield Need(
                title=f"The {source.kind} “{source.key}” stopped by itself",
                text=stop.reason,
                href=f"/campaigns/{source.key}" if source.kind == "campaign" else "/deliverability",
                icon="mail-off",
                tone="bad",
            )
    for one in deliverability.fallen(tx):
        yield Need(
            title=f"{one.title} of {one.domain} is not right any more",
            text=one.found,
            href=f"/deliverability/domains/{one.channel_key}",
            icon="alert-triangle",
            tone="bad",
        )


def _exports(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    if access.allows(actor, "exports.view").outcome != "yes":
        return
    for key, run in sorted(exports.latest(tx).items()):
        if run.state in ("failed", "resting"):
            yield Need(
                title=f"The file of “{run.title}” did not arrive",
                text=run.problem or "",
                href=f"/data/exports/scheduled/{key}",
                icon="download",
                tone="bad" if run.state == "failed" else "waiting",
            )


def _webhooks(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    """Those stopped by themselves, and those that cannot send."""
    if access.allows(actor, "sources.view").outcome != "yes":
        return
    for key, stands in sorted(webhooks.endpoints(tx).items()):
        live = definitions.live(tx, webhooks.WEBHOOK, key)
        if live is None or stands.state == "paused" or not (stands.reason or stands.problem):
            continue
        word = "is stopped" if stands.state != "active" else "cannot send"
        yield Need(
            title=f"The webhook “{live.title}” {word}",
            text=stands.reason or stands.problem,
            href=f"/data/webhooks/{key}",
            icon="alert-triangle",
            tone="bad",
        )


def _readers(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    if access.allows(actor, "readers.view").outcome != "yes":
        return
    for reader in log.status(tx):
        trouble = _trouble(reader)
        if trouble:
            yield Need(
                title=f"The reader “{reader.name}” {trouble}",
                text=reader.last_error or "What it keeps up is not up to date until then.",
                href="/readers",
                icon="database",
                tone="bad",
            )


def _trouble(reader: ReaderStatus) -> str:
    if reader.set_aside:
        return f"set {count_of(reader.set_aside, 'event')} aside"
    if reader.failures:
        return f"failed {count_of(reader.failures, 'time')} in a row"
    if reader.paused:
        return "is paused"
    return f"is {count_of(reader.lag_events, 'event')} behind" if reader.lag_events > LATE_EVENTS else ""


def _jobs(tx: Tx, actor: Actor, _at: datetime) -> Iterator[Need]:
    if access.allows(actor, "jobs.view").outcome != "yes":
        return
    for job in jobs.jobs(tx, state="failed", limit=RUNS_LOOKED_AT).items:
        yield Need(
            title=f"The job “{job.name}” failed",
            text=(job.error or "It ended without a reason.").splitlines()[-1][:200],
            href=f"/jobs/{job.public_id}",
            icon="alert-triangle",
            tone="bad",
        )
