"""Entries of the audit: written once in the transaction of the deed itself, read in pages, never changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars.audit.changes import Changed, changes
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PAGE_MAX = 200
# What jsonb refuses: the null sign and halves of surrogate pairs. An audit never fails for a sign.
REFUSED = re.compile("[\x00\ud800-\udfff]")


class Sql(Statements, file="queries.sql"):
    remember_actor: Query
    record: Query
    entries: Query
    erase_values: Query
    erase_actor: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    entry_id: int
    at: datetime  # By the business clock.
    recorded_at: datetime  # By the wall clock.
    actor_id: int | None  # The person; None for the product itself.
    actor_name: str | None  # As it was then; None when it was erased.
    via: str  # The way in: console, api, cli, product, or the public id of an API key.
    action: str
    subject_kind: str
    subject: str
    scope: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    erased_at: datetime | None  # When the values were erased; the entry itself stays.

    @property
    def public_id(self) -> str:
        return public_id("aud", self.entry_id)

    @property
    def changed(self) -> tuple[Changed, ...]:
        return changes(self.before, self.after)


def record(
    tx: Tx,
    *,
    actor_id: int | None,
    actor_name: str,
    action: str,
    subject_kind: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    at: datetime,
    via: str = "product",
    scope: str | None = None,
    reason: str | None = None,
) -> int:
    """Write one entry in the caller's transaction, so that deed and entry stand or fall together.

    The subject is an id, never a name or an address: only before, after and reason can be erased.
    """
    actor = {"actor_id": actor_id, "actor_name": _storable(actor_name)}
    run(tx, SQL.remember_actor, **actor)
    written: int = value(
        tx,
        SQL.record,
        **actor,
        at=at,
        via=via,
        action=action,
        subject_kind=subject_kind,
        subject=subject,
        scope=scope,
        before=_json(before),
        after=_json(after),
        reason=_storable(reason) if reason else None,
    )
    return written


def entries(
    tx: Tx,
    *,
    actor_id: int | None = None,
    action: str | None = None,
    subject_kind: str | None = None,
    subject: str | None = None,
    scope: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Entry]:
    """Entries that pass every filter, newest first; `since` counts, `until` does not."""
    limit = max(1, min(limit, PAGE_MAX))
    found = rows(
        tx,
        SQL.entries,
        Entry,
        entry_id=None,
        before_entry=decode_cursor(cursor, (int,))[0] if cursor else None,
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject=subject,
        scope=scope,
        since=since,
        until=until,
        limit=limit + 1,
    )
    shown = tuple(found[:limit])
    return Page(shown, encode_cursor(shown[-1].entry_id) if len(found) > limit else None)


def entry(tx: Tx, entry_id: int) -> Entry:
    unused = dict.fromkeys(("actor_id", "action", "subject_kind", "subject", "scope", "since", "until"))
    found = maybe(tx, SQL.entries, Entry, entry_id=entry_id, before_entry=None, limit=1, **unused)
    if found is None:
        raise NotFound(f"The audit has no entry {public_id('aud', entry_id)}.")
    return found


def erase_values(tx: Tx, *, subject_kind: str, subject: str, at: datetime) -> int:
    """Empty all values kept of one subject; the entries stay and say so. Gives how many were emptied."""
    return run(tx, SQL.erase_values, subject_kind=subject_kind, subject=subject, at=at)


def erase_actor(tx: Tx, actor_id: int) -> int:
    """Forget the names under which a person acted; the entries keep the person's number."""
    return run(tx, SQL.erase_actor, actor_id=actor_id)


def _storable(text: str) -> str:
    return REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)


def _json(values: Mapping[str, object] | None) -> Jsonb | None:
    if values is None:
        return None
    return Jsonb(msgspec.json.decode(msgspec.json.encode(_clean(values))))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, Mapping):
        return {_storable(str(name)): _clean(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return value
