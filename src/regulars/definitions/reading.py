"""Reading definitions: one, its versions, a page of many, and who uses what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from regulars.db import Tx, maybe, rows, value, values
from regulars.definitions.comparison import compare
from regulars.definitions.kind import Kind
from regulars.definitions.model import Comparison, Definition, Ref, State, Unreadable, User
from regulars.definitions.shape import canonical
from regulars.definitions.statements import SQL
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, fold

B = TypeVar("B", bound=msgspec.Struct)
C = TypeVar("C", bound=msgspec.Struct)

Shown = Literal["live", "draft", "archived", "all"]
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A version as its row has it; the body is JSON text."""

    kind: str
    key: str
    version: int
    body: str
    state: State
    scope: str | None
    etag: str
    title: str
    author_id: int | None
    author: str
    assisted: bool
    note: str | None
    created_at: datetime
    published_at: datetime | None
    published_by: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A definition in a list."""

    kind: str
    key: str
    live: int | None  # The number of the live version.
    draft: int | None
    latest: int
    scope: str | None
    title: str
    changed_at: datetime
    author: str
    assisted: bool


def get(tx: Tx, kind: Kind[B], key: str, version: int | None = None) -> Definition[B]:
    """One version; without a number the draft if there is one, else the live one, else the newest."""
    if version is not None:
        found = maybe(tx, SQL.find_version, Stored, kind=kind.name, key=key, number=version)
    else:
        every = rows(tx, SQL.history, Stored, kind=kind.name, key=key)
        found = next((v for state in ("draft", "live") for v in every if v.state == state), None)
        found = found or (every[0] if every else None)
    if found is None:
        which = f"version {version} of " if version is not None else ""
        raise NotFound(f"There is no {which}{kind.title.lower()} {key[:80]!r}.")
    return read(kind, found)


def live(tx: Tx, kind: Kind[B], key: str) -> Definition[B] | None:
    return in_state(tx, kind, key, "live")


def scope_of(tx: Tx, kind: str, key: str) -> str:
    """In whose scope what is done with it lies: the one it was published in, else one of its own, its key."""
    return str(value(tx, SQL.scope_of, kind=kind, key=key) or key)


def draft(tx: Tx, kind: Kind[B], key: str) -> Definition[B] | None:
    return in_state(tx, kind, key, "draft")


def all_live(tx: Tx, kind: Kind[B]) -> list[Definition[B]]:
    """Every live definition of a kind, by key."""
    return [read(kind, row) for row in rows(tx, SQL.all_in_state, Stored, kind=kind.name, state="live")]


def all_drafts(tx: Tx, kind: Kind[B]) -> list[Definition[B]]:
    return [read(kind, row) for row in rows(tx, SQL.all_in_state, Stored, kind=kind.name, state="draft")]


def versions(tx: Tx, kind: Kind[B], key: str) -> list[Definition[B]]:
    """All versions, newest first; empty when there is no such definition."""
    return [read(kind, row) for row in rows(tx, SQL.history, Stored, kind=kind.name, key=key)]


def diff(before: Definition[B], after: Definition[B]) -> Comparison:
    names = (f"{before.name} version {before.version}", f"{after.name} version {after.version}")
    return compare(canonical(before.body), canonical(after.body), names=names)


def used_by(tx: Tx, kind: str, key: str) -> list[User]:
    """The live versions and drafts that use it, live ones first."""
    return rows(tx, SQL.users, User, kind=kind, key=key)


def heads(
    tx: Tx,
    *,
    kind: str | None = None,
    state: Shown | None = None,
    scope: str | None = None,
    search: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Head]:
    """One page by kind and key. Without a state: all that is live or drafted, not what is archived."""
    limit = max(1, min(limit, PAGE_MAX))
    after = decode_cursor(cursor, (str, str)) if cursor else (None, None)
    found = rows(
        tx,
        SQL.heads,
        Head,
        kind=kind,
        state=state,
        scope=scope,
        search=fold(search) or None if search else None,
        after_kind=after[0],
        after_key=after[1],
        limit=limit + 1,
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].kind, shown[-1].key) if len(found) > limit else None
    return Page(items=tuple(shown), next=more)


class LiveLookup:
    """What a body may refer to: what is live, and `beside`, the bodies applied together with it."""

    def __init__(self, tx: Tx, beside: Mapping[tuple[str, str], msgspec.Struct] | None = None) -> None:
        self._tx = tx
        self._beside = beside or {}

    def live(self, kind: Kind[C], key: str) -> C | None:
        together = self._beside.get((kind.name, key))
        if isinstance(together, kind.body):
            return together
        found = live(self._tx, kind, key)
        return found.body if found else None

    def has(self, ref: Ref) -> bool:
        return not self.missing([ref])

    def missing(self, refs: Iterable[Ref]) -> list[Ref]:
        asked = [ref for ref in refs if (ref.kind, ref.key) not in self._beside]
        if not asked:
            return []
        kinds, keys = [r.kind for r in asked], [r.key for r in asked]
        found = set(values(self._tx, SQL.live_keys, kinds=kinds, keys=keys))
        return [ref for ref in asked if f"{ref.kind}/{ref.key}" not in found]


def in_state(tx: Tx, kind: Kind[B], key: str, state: State) -> Definition[B] | None:
    if "\x00" in key:  # From an address on the web; the database would not even look.
        return None
    found = maybe(tx, SQL.find_state, Stored, kind=kind.name, key=key, state=state)
    return read(kind, found) if found else None


def read(kind: Kind[B], row: Stored) -> Definition[B]:
    try:
        body = msgspec.json.decode(row.body, type=kind.body)
    except msgspec.ValidationError as cause:
        raise Unreadable(
            f"Version {row.version} of {row.kind}/{row.key} no longer fits this version of Regulars "
            f"({cause}). Save it anew from its file, or install the version that wrote it."
        ) from cause
    plain: dict[str, Any] = {f.name: getattr(row, f.name) for f in fields(row) if f.name != "body"}
    return Definition(body=body, **plain)
