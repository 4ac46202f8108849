"""Bringing a workspace to what its files say: compared, checked as a whole, then all of it or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, TextIO

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions.comparison import compare
from regulars.definitions.drafting import discard_draft, save_draft
from regulars.definitions.files import Entry, read_all
from regulars.definitions.kind import Kind, Registry
from regulars.definitions.model import Comparison, Definition, Published, Requested
from regulars.definitions.publishing import archive, publish
from regulars.definitions.reading import LiveLookup, all_drafts, all_live, draft, live
from regulars.definitions.shape import canonical
from regulars.kernel import Finding, Invalid

Action = Literal["create", "change", "publish", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between the files and the workspace, and what applying makes of it."""

    kind: str
    key: str
    # create and change: from the file. publish: the draft already says so. missing: not in the files.
    action: Action
    compared: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    changes: tuple[Change, ...]
    published: tuple[str, ...] = ()  # The sentences of what happened.
    requested: tuple[Requested, ...] = ()  # What was above the person's level.
    waiting: tuple[str, ...] = ()  # Drafts of which something they use waits for approval.


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the workspace has of one kind."""

    live: Mapping[str, Definition[Any]]
    draft: Mapping[str, Definition[Any]]


def diff(tx: Tx, registry: Registry, source: Path | TextIO, *, publish: bool = False) -> list[Change]:
    """What applying the files would change, by kind and key; a definition the files lack is "missing"."""
    return _plan(tx, registry, read_all(registry, source), published=publish)


def apply(
    tx: Tx,
    actor: Actor,
    registry: Registry,
    source: Path | TextIO,
    *,
    at: datetime,
    publish: bool = False,
    prune: bool = False,
    dry_run: bool = False,
) -> Applied:
    """Make drafts of what differs, and publish them if asked; twice is once. All of it or nothing.

    What publishing would exceed the person's level becomes a request. `prune` archives what the files lack.
    """
    entries = read_all(registry, source)
    _check(tx, registry, entries)
    changes = _plan(tx, registry, entries, published=publish)
    wanted = tuple(change for change in changes if prune or change.action != "missing")
    if dry_run:
        return Applied(changes=wanted)
    with tx.transaction():
        return _carry_out(tx, actor, registry, entries, wanted, at=at, published=publish)


def _plan(tx: Tx, registry: Registry, entries: Iterable[Entry], *, published: bool) -> list[Change]:
    by_kind: dict[str, dict[str, Entry]] = {kind.name: {} for kind in registry}
    for entry in entries:
        by_kind[entry.kind][entry.key] = entry
    return [c for kind in registry for c in _plan_kind(tx, kind, by_kind[kind.name], published=published)]


def _plan_kind(tx: Tx, kind: Kind[Any], wanted: Mapping[str, Entry], *, published: bool) -> list[Change]:
    standing = Standing(
        live={d.key: d for d in all_live(tx, kind)}, draft={d.key: d for d in all_drafts(tx, kind)}
    )
    keys = sorted(wanted.keys() | standing.live.keys() | standing.draft.keys())
    planned = [_change(kind, key, wanted.get(key), standing, published=published) for key in keys]
    return [change for change in planned if change is not None]


def _change(
    kind: Kind[Any], key: str, entry: Entry | None, standing: Standing, *, published: bool
) -> Change | None:
    is_live, is_draft = standing.live.get(key), standing.draft.get(key)
    action: Action
    if entry is None:
        action = "missing"
    elif _same(entry, is_live):
        return None
    elif _same(entry, is_draft):
        if not published:
            return None
        action = "publish"
    else:
        action = "change" if is_live or is_draft else "create"
    before = is_live or is_draft
    names = (f"workspace {kind.name}/{key}", f"files {kind.name}/{key}.yaml")
    compared = compare(
        _comparable(before.scope, canonical(before.body)) if before else None,
        _comparable(entry.scope, canonical(entry.body)) if entry else None,
        names=names,
    )
    return Change(kind=kind.name, key=key, action=action, compared=compared)


def _same(entry: Entry, definition: Definition[Any] | None) -> bool:
    return definition is not None and (definition.scope, definition.body) == (entry.scope, entry.body)


def _comparable(scope: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {"scope": scope, "body": body}


def _check(tx: Tx, registry: Registry, entries: list[Entry]) -> None:
    """The kinds' own rules over all files together, before anything is written."""
    lookup = LiveLookup(tx, {entry.id: entry.body for entry in entries})
    findings: list[Finding] = []
    for entry in entries:
        kind = registry.kind(entry.kind)
        missing = [
            Finding(
                path=ref.path,
                code="definitions.not_live",
                message=f"It uses the {ref.kind} {ref.key!r}, which is neither live nor in the files.",
            )
            for ref in lookup.missing(kind.uses(entry.body))
        ]
        for finding in [*kind.validate(entry.body, lookup), *missing]:
            path = f"{entry.origin}: body.{finding.path}".rstrip(".")
            findings.append(Finding(path=path, code=finding.code, message=finding.message))
    if findings:
        raise Invalid(f"{len(findings)} things in the files are to be mended; nothing was changed.", findings)


def _carry_out(
    tx: Tx,
    actor: Actor,
    registry: Registry,
    entries: list[Entry],
    changes: tuple[Change, ...],
    *,
    at: datetime,
    published: bool,
) -> Applied:
    by_id = {entry.id: entry for entry in entries}
    changed = {(change.kind, change.key): change for change in changes}
    sentences: list[str] = []
    requested: list[Requested] = []
    waiting: list[str] = []
    not_live: set[tuple[str, str]] = set()
    for entry in _used_first(registry, [by_id[id_] for id_ in changed if id_ in by_id]):
        kind = registry.kind(entry.kind)
        if changed[entry.id].action != "publish":
            _draft(tx, actor, kind, entry, at)
        if not published:
            continue
        if not_live & {(ref.kind, ref.key) for ref in kind.uses(entry.body)}:
            waiting.append(f"{entry.kind}/{entry.key}")
            not_live.add(entry.id)
            continue
        done = publish(tx, actor, kind, entry.key, at=at, note="Applied from files.")
        if isinstance(done, Published):
            sentences.append(done.sentence)
        else:
            requested.append(done)
            if live(tx, kind, entry.key) is None:
                not_live.add(entry.id)
    gone = [change for change in changes if change.action == "missing"]
    for change in _users_first(tx, registry, gone):
        outcome = _remove(tx, actor, registry.kind(change.kind), change.key, at)
        requested += [outcome] if outcome else []
    return Applied(
        changes=changes, published=tuple(sentences), requested=tuple(requested), waiting=tuple(waiting)
    )


def _draft(tx: Tx, actor: Actor, kind: Kind[Any], entry: Entry, at: datetime) -> None:
    """The files' body as the draft; another draft that stands there stays among the versions."""
    standing = draft(tx, kind, entry.key)
    if standing is not None:
        discard_draft(tx, actor, kind, entry.key, at=at)
    now_live = live(tx, kind, entry.key)
    etag = now_live.etag if now_live else None
    note = "Applied from files."
    save_draft(tx, actor, kind, entry.key, entry.body, at=at, etag=etag, scope=entry.scope, note=note)


def _remove(tx: Tx, actor: Actor, kind: Kind[Any], key: str, at: datetime) -> Requested | None:
    if draft(tx, kind, key) is not None:
        discard_draft(tx, actor, kind, key, at=at)
    if live(tx, kind, key) is None:
        return None
    done = archive(tx, actor, kind, key, at=at, note="Not in the applied files.")
    return done if isinstance(done, Requested) else None


def _used_first(registry: Registry, entries: list[Entry]) -> list[Entry]:
    """What is used comes before what uses it, so that it is live by then."""
    by_id = {entry.id: entry for entry in entries}
    graph = {
        entry.id: [
            (r.kind, r.key) for r in registry.kind(entry.kind).uses(entry.body) if (r.kind, r.key) in by_id
        ]
        for entry in entries
    }
    return [by_id[id_] for id_ in _sorted(graph)]


def _users_first(tx: Tx, registry: Registry, gone: list[Change]) -> list[Change]:
    by_id = {(change.kind, change.key): change for change in gone}
    graph: dict[tuple[str, str], list[tuple[str, str]]] = {id_: [] for id_ in by_id}
    for id_ in by_id:
        kind = registry.kind(id_[0])
        found = live(tx, kind, id_[1])
        for ref in kind.uses(found.body) if found else []:
            if (ref.kind, ref.key) in graph:
                graph[(ref.kind, ref.key)].append(id_)
    return [by_id[id_] for id_ in _sorted(graph)]


def _sorted(graph: Mapping[tuple[str, str], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        ring = " → ".join(f"{kind}/{key}" for kind, key in error.args[1])
        message = f"These use each other in a ring: {ring}. Break it at one place."
        raise Invalid(message, [Finding(path="", code="definitions.ring", message=message)]) from error
