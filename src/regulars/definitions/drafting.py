"""Drafts: saved under an etag so that nothing of anybody's is lost, discarded, restored, taken on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from regulars import access, audit
from regulars.access import Actor
from regulars.db import Tx, one, run, value
from regulars.definitions.comparison import compare
from regulars.definitions.kind import Kind
from regulars.definitions.model import Definition, Keep
from regulars.definitions.reading import draft, get
from regulars.definitions.shape import canonical, decode, etag_of, name_findings
from regulars.definitions.statements import SQL
from regulars.kernel import Invalid, NotFound, Stale, fold

B = TypeVar("B", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The head row, locked until the end of the transaction."""

    kind: str
    key: str
    latest: int
    live: int | None
    draft: int | None


def lock(tx: Tx, kind: str, key: str, at: datetime) -> Locked:
    run(tx, SQL.make_head, kind=kind, key=key, at=at)
    return one(tx, SQL.lock_head, Locked, kind=kind, key=key)


def current(tx: Tx, kind: Kind[B], head: Locked) -> Definition[B] | None:
    """What an editor has before it: the draft, else the live version."""
    number = head.draft or head.live
    return get(tx, kind, head.key, number) if number else None


def save_draft(
    tx: Tx,
    actor: Actor,
    kind: Kind[B],
    key: str,
    body: B | Mapping[str, Any],
    *,
    at: datetime,
    etag: str | None = None,
    scope: str | Keep | None = Keep.SCOPE,
    note: str | None = None,
) -> Definition[B]:
    """Save the draft that stands beside the live version; the same body again changes nothing.

    `etag` is of the version the editor started from, None for a new definition. Raises Stale with the
    difference when somebody saved in between, and Invalid when the body has not the shape of its kind; what
    the kind's own rules find is said by `validate` and hinders only publishing.
    """
    if findings := name_findings(key, scope if isinstance(scope, str) else None):
        raise Invalid(f"The {kind.title.lower()} cannot be called or placed so.", findings)
    decoded = decode(kind.body, body)
    head = lock(tx, kind.name, key, at)
    before = current(tx, kind, head)
    kept = (before.scope if before else None) if isinstance(scope, Keep) else scope
    places = {kept, before.scope} if before else {kept}
    assisted = True in {may_draft(actor, kind, place) for place in places}
    _refuse_stale(before, etag, canonical(decoded), kept)
    if before is not None and before.state == "draft" and (before.body, before.scope) == (decoded, kept):
        return before
    number = _number(tx, head)
    _write(tx, actor, kind, key, number, body=decoded, scope=kept, assisted=assisted, note=note, at=at)
    set_head(tx, kind, head, live=head.live, draft=number, at=at)
    saved = get(tx, kind, key, number)
    record(tx, actor, "definitions.draft_saved", saved, before=before, after=saved, at=at)
    return saved


def discard_draft(
    tx: Tx, actor: Actor, kind: Kind[B], key: str, *, at: datetime, etag: str | None = None
) -> Definition[B]:
    """Take the draft away; it stays among the versions, and `restore` brings it back."""
    head, found = locked_draft(tx, kind, key, at)
    may_draft(actor, kind, found.scope)
    refuse_changed(found, etag)
    run(tx, SQL.set_archived, kind=kind.name, key=key, number=found.version, note=None)
    set_head(tx, kind, head, live=head.live, draft=None, at=at)
    kind.discarded(tx, found)
    record(tx, actor, "definitions.draft_discarded", found, before=found, after=None, at=at)
    return get(tx, kind, key, found.version)


def restore(
    tx: Tx, actor: Actor, kind: Kind[B], key: str, version: int, *, at: datetime, etag: str | None = None
) -> Definition[B]:
    """An old version as the draft; `etag` as in `save_draft`."""
    old = get(tx, kind, key, version)
    note = f"Restored from version {version}."
    return save_draft(tx, actor, kind, key, old.body, at=at, etag=etag, scope=old.scope, note=note)


def take_on(
    tx: Tx, actor: Actor, kind: Kind[B], key: str, *, at: datetime, note: str | None = None
) -> Definition[B]:
    """Somebody who applies answers from now on for a draft that somebody who assists prepared."""
    _head, found = locked_draft(tx, kind, key, at)
    decision = access.allows(actor, "definitions.take_on", kind=kind.name, scope=found.scope)
    if decision.outcome != "yes" or may_draft(actor, kind, found.scope):
        raise access.NotAllowed(f"{actor.name} cannot take {found.name} on. {decision.reason}")
    run(tx, SQL.take_on, kind=kind.name, key=key, number=found.version, note=note)
    taken = get(tx, kind, key, found.version)
    record(tx, actor, "definitions.taken_on", taken, before=found, after=taken, at=at)
    return taken


def may_draft(actor: Actor, kind: Kind[Any], scope: str | None) -> bool:
    """Raises NotAllowed if not; true when it is done under the eye of somebody else."""
    decision = access.allows(actor, "definitions.draft", kind=kind.name, scope=scope)
    if decision.outcome != "yes":
        raise access.NotAllowed(decision.reason)
    return decision.assisted


def locked_draft(tx: Tx, kind: Kind[B], key: str, at: datetime) -> tuple[Locked, Definition[B]]:
    head = lock(tx, kind.name, key, at)
    found = draft(tx, kind, key)
    if found is None:
        raise NotFound(f"The {kind.title.lower()} {key[:80]!r} has no draft; save one first.")
    return head, found


def refuse_changed(found: Definition[Any], etag: str | None) -> None:
    if etag is not None and etag != found.etag:
        raise Stale(
            f"{found.author} changed {found.name} in between. Look at it again, then repeat what you wanted."
        )


def set_head(
    tx: Tx, kind: Kind[Any], head: Locked, *, live: int | None, draft: int | None, at: datetime
) -> None:
    """The head shows the live version's title and scope, the draft's while nothing is live."""
    shown = live or draft
    found = get(tx, kind, head.key, shown) if shown else get(tx, kind, head.key)
    run(
        tx,
        SQL.set_head,
        kind=head.kind,
        key=head.key,
        latest=max(head.latest, draft or 0),
        live=live,
        draft=draft,
        scope=found.scope,
        title=found.title,
        search=fold(f"{found.title} {head.key}"),
        at=at,
    )


def record(
    tx: Tx,
    actor: Actor,
    action: str,
    about: Definition[Any],
    *,
    before: Definition[Any] | None,
    after: Definition[Any] | None,
    at: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action=action,
        subject_kind=about.kind,
        subject=about.key,
        before=_told(before),
        after=_told(after),
        at=at,
        via=actor.via,
        scope=about.scope,
        reason=reason,
    )


def title_of(body: msgspec.Struct, key: str) -> str:
    """What people call it: the body's title or name, else its key."""
    for name in ("title", "name"):
        found = getattr(body, name, None)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return key


def _number(tx: Tx, head: Locked) -> int:
    """A draft is written over, unless its approval was asked for: that version stays as it was shown."""
    if head.draft is None:
        return head.latest + 1
    place = {"kind": head.kind, "key": head.key, "number": head.draft}
    if not value(tx, SQL.was_asked_for, **place):
        return head.draft
    run(tx, SQL.set_archived, **place, note=None)
    return head.latest + 1


def _told(definition: Definition[Any] | None) -> dict[str, Any] | None:
    if definition is None:
        return None
    return {
        "version": definition.version,
        "state": definition.state,
        "scope": definition.scope,
        "assisted": definition.assisted,
        "body": canonical(definition.body),
    }


def _refuse_stale(
    before: Definition[Any] | None, etag: str | None, yours: dict[str, Any], scope: str | None
) -> None:
    theirs = before.etag if before else None
    if etag == theirs:
        return
    if before is None:
        raise Stale("It was archived or never saved; leave the etag out to save it as new.")
    compared = compare({**canonical(before.body)}, yours, names=("theirs", "yours")).differences
    difference = [(d.path, d.before, d.after) for d in compared]
    if before.scope != scope:
        difference.append(("scope", before.scope, scope))
    what = "exists already" if etag is None else "was saved in between"
    raise Stale(
        f"{before.name} {what} by {before.author} (version {before.version}); {len(difference)} places "
        "differ from yours. Look at them, then save again with its etag.",
        difference,
    )


def _write(
    tx: Tx,
    actor: Actor,
    kind: Kind[B],
    key: str,
    number: int,
    *,
    body: B,
    scope: str | None,
    assisted: bool,
    note: str | None,
    at: datetime,
) -> None:
    plain = canonical(body)
    place = {"kind": kind.name, "key": key, "number": number}
    run(
        tx,
        SQL.put_draft,
        **place,
        body=json.dumps(plain, ensure_ascii=False),
        scope=scope,
        etag=etag_of(plain, scope, number),
        title=title_of(body, key),
        author_id=actor.person_id,
        author=actor.name,
        level=actor.level,
        assisted=assisted,
        note=note,
        at=at,
    )
    refs = kind.uses(body)
    run(tx, SQL.forget_uses, **place)
    run(tx, SQL.put_uses, **place, kinds=[r.kind for r in refs], keys=[r.key for r in refs])
