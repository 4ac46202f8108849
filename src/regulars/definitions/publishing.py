"""Publishing and archiving: checked, allowed or asked for, and done once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from regulars import access
from regulars.access import Actor
from regulars.db import Tx, one, run, values
from regulars.definitions.drafting import (
    lock,
    locked_draft,
    record,
    refuse_changed,
    set_head,
)
from regulars.definitions.kind import Kind, Registry
from regulars.definitions.model import (
    Archived,
    ChangedSinceRequest,
    Definition,
    InUse,
    NotTakenOn,
    Preview,
    Published,
    Requested,
)
from regulars.definitions.reading import LiveLookup, get, live, used_by
from regulars.definitions.statements import SQL
from regulars.kernel import Finding, Invalid, NotFound

B = TypeVar("B", bound=msgspec.Struct)


def validate(
    tx: Tx, kind: Kind[B], definition: Definition[B], *, lookup: LiveLookup | None = None
) -> list[Finding]:
    """Everything that hinders publishing: the kind's own findings, and what it uses that is not live.

    The kind finds the version itself under its key, so that it sees what uses itself by way of others.
    """
    lookup = lookup or LiveLookup(tx, {(kind.name, definition.key): definition.body})
    findings = list(kind.validate(definition.body, lookup))
    for ref in lookup.missing(kind.uses(definition.body)):
        message = f"It uses the {ref.kind} {ref.key!r}, which is not live; publish that first."
        findings.append(Finding(path=ref.path, code="definitions.not_live", message=message))
    return findings


def preview(tx: Tx, kind: Kind[B], definition: Definition[B], at: datetime) -> Preview:
    return kind.previewed(tx, definition, at)


def publish(
    tx: Tx,
    actor: Actor,
    kind: Kind[B],
    key: str,
    *,
    at: datetime,
    etag: str | None = None,
    note: str | None = None,
) -> Published[B] | Requested:
    """Make the draft live; above the person's level a request for approval is made instead, once."""
    _head, found = locked_draft(tx, kind, key, at)
    refuse_changed(found, etag)
    _refuse_unready(tx, kind, found)
    shown = kind.previewed(tx, found, at)
    decision = _judge(actor, "definitions.publish", kind, found, shown)
    replaced = live(tx, kind, key)
    if replaced is not None and replaced.scope != found.scope:  # It takes that place's version away.
        there = _judge(actor, "definitions.publish", kind, replaced, shown)
        if there.outcome != "yes":
            raise access.NotAllowed(there.reason)
    if decision.outcome == "request":
        return _ask(
            tx, actor, kind, found, verb="publish", shown=shown, reason=decision.reason, note=note, at=at
        )
    return make_live(tx, actor, kind, found, at=at, note=note)


def archive(
    tx: Tx, actor: Actor, kind: Kind[B], key: str, *, at: datetime, note: str | None = None
) -> Archived | Requested:
    """Take the live version out of use; raises InUse while something live uses it."""
    lock(tx, kind.name, key, at)
    found = _live_or_missing(tx, kind, key)
    _refuse_used(tx, found)
    shown = Preview(headline=f"{kind.title} “{found.title}” is taken out of use.", reversible=True)
    decision = _judge(actor, "definitions.archive", kind, found, shown)
    if decision.outcome == "request":
        return _ask(
            tx, actor, kind, found, verb="archive", shown=shown, reason=decision.reason, note=note, at=at
        )
    return make_archived(tx, actor, kind, found, at=at, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    approval_id: int
    kind: str
    key: str
    number: int
    etag: str
    verb: str
    carried_out_at: datetime | None
    outcome: str | None


def carry_out(tx: Tx, registry: Registry, approval_id: int, actor: Actor, *, at: datetime) -> str:
    """Do what an approval allows, exactly once; gives the sentence of what happened, the same again later.

    Raises ChangedSinceRequest when the version asked for is no longer the one that stands, and Invalid when
    something changed since that hinders it.
    """
    asked = one(tx, SQL.lock_request, Request, approval_id=approval_id)
    if asked.carried_out_at is not None:
        return asked.outcome or ""
    kind = registry.kind(asked.kind)
    access.mark_done(tx, actor, approval_id, at=at)  # Refuses what nobody approved.
    if asked.verb == "publish":
        outcome = _publish_approved(tx, actor, kind, asked, at)
    else:
        outcome = _archive_approved(tx, actor, kind, asked, at)
    run(tx, SQL.close_request, approval_id=approval_id, at=at, outcome=outcome)
    return outcome


def make_live(
    tx: Tx,
    actor: Actor,
    kind: Kind[B],
    found: Definition[B],
    *,
    at: datetime,
    note: str | None = None,
) -> Published[B]:
    """The effect itself; the caller has locked the head and asked for permission."""
    head = lock(tx, kind.name, found.key, at)
    before = live(tx, kind, found.key)
    run(tx, SQL.supersede, kind=kind.name, key=found.key)
    run(tx, SQL.make_live, kind=kind.name, key=found.key, number=found.version, at=at, by=actor.name)
    set_head(tx, kind, head, live=found.version, draft=None, at=at)
    now_live = get(tx, kind, found.key, found.version)
    sentence = kind.launched(tx, now_live, actor, at)
    record(tx, actor, "definitions.published", now_live, before=before, after=now_live, at=at, reason=note)
    return Published(definition=now_live, sentence=sentence)


def make_archived(
    tx: Tx,
    actor: Actor,
    kind: Kind[B],
    found: Definition[B],
    *,
    at: datetime,
    note: str | None = None,
) -> Archived:
    head = lock(tx, kind.name, found.key, at)
    run(tx, SQL.set_archived, kind=kind.name, key=found.key, number=found.version, note=note)
    set_head(tx, kind, head, live=None, draft=head.draft, at=at)
    kind.retire(tx, found, actor, at)
    record(tx, actor, "definitions.archived", found, before=found, after=None, at=at, reason=note)
    return Archived(kind=kind.name, key=found.key, version=found.version)


def _judge(
    actor: Actor, action: str, kind: Kind[Any], found: Definition[Any], shown: Preview
) -> access.Decision:
    amount = shown.cost.minor if shown.cost else None
    decision = access.allows(actor, action, kind=kind.name, scope=found.scope, amount=amount)
    if decision.outcome == "no":
        raise access.NotAllowed(decision.reason)
    return decision


def _publish_approved(tx: Tx, actor: Actor, kind: Kind[Any], asked: Request, at: datetime) -> str:
    lock(tx, asked.kind, asked.key, at)
    found = get(tx, kind, asked.key, asked.number)
    if found.state != "draft" or found.etag != asked.etag:
        raise ChangedSinceRequest(
            f"The approval is for version {asked.number} of {found.name} as it was then; {found.author} "
            "changed it since. Ask anew for what stands there now."
        )
    _refuse_unready(tx, kind, found)
    return make_live(tx, actor, kind, found, at=at).sentence


def _archive_approved(tx: Tx, actor: Actor, kind: Kind[Any], asked: Request, at: datetime) -> str:
    lock(tx, asked.kind, asked.key, at)
    found = _live_or_missing(tx, kind, asked.key)
    if found.version != asked.number:
        raise ChangedSinceRequest(
            f"The approval is for version {asked.number} of {found.name}; version {found.version} is live "
            "now. Ask anew."
        )
    _refuse_used(tx, found)
    make_archived(tx, actor, kind, found, at=at)
    return f"{kind.title} “{found.title}” is archived."


def _ask(
    tx: Tx,
    actor: Actor,
    kind: Kind[Any],
    found: Definition[Any],
    *,
    verb: str,
    shown: Preview,
    reason: str,
    note: str | None,
    at: datetime,
) -> Requested:
    asked = access.request(
        tx,
        actor,
        f"definitions.{verb}",
        kind=kind.name,
        subject_kind=kind.name,
        subject=found.key,
        version=found.version,
        scope=found.scope,
        amount=shown.cost.minor if shown.cost else None,
        reason=note or "",
        preview=shown.plain(),
        at=at,
    )
    place = {"kind": found.kind, "key": found.key, "number": found.version}
    if run(tx, SQL.put_request, approval_id=asked.approval_id, **place, etag=found.etag, verb=verb):
        record(tx, actor, "definitions.requested", found, before=None, after=found, at=at, reason=note)
    return Requested(
        kind=found.kind,
        key=found.key,
        version=found.version,
        approval_id=asked.approval_id,
        reason=reason,
        preview=shown,
    )


def _refuse_unready(tx: Tx, kind: Kind[B], found: Definition[B]) -> None:
    if found.assisted:
        raise NotTakenOn(
            f"{found.author}, who assists, prepared {found.name}. Somebody who may draft it alone looks "
            "at it and takes it on; then it can be published."
        )
    refs = kind.uses(found.body)
    values(tx, SQL.hold_used, kinds=[ref.kind for ref in refs], keys=[ref.key for ref in refs])
    if findings := validate(tx, kind, found):
        raise Invalid(
            f"{found.name} has {len(findings)} things to mend before it can be published.", findings
        )


def _live_or_missing(tx: Tx, kind: Kind[B], key: str) -> Definition[B]:
    found = live(tx, kind, key)
    if found is None:
        raise NotFound(f"No {kind.title.lower()} {key[:80]!r} is live; a draft is discarded, not archived.")
    return found


def _refuse_used(tx: Tx, found: Definition[Any]) -> None:
    users = [user for user in used_by(tx, found.kind, found.key) if user.state == "live"]
    if users:
        names = ", ".join(f"{user.kind} “{user.title}”" for user in users[:5])
        more = f" and {len(users) - 5} more" if len(users) > 5 else ""  # noqa: PLR2004 - as many as read well
        raise InUse(f"{found.name} is used by {names}{more}. Change or archive those first.", users)
