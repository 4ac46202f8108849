"""An import as it stands in the database: its file, its mapping, how far it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import msgspec
from psycopg.types.json import Jsonb

from regulars.access import Actor
from regulars.db import Tx, maybe, rows, value
from regulars.imports.keeping import Kept
from regulars.imports.layout import Layout, plain, read
from regulars.imports.mapping import MappingBody
from regulars.imports.statements import SQL
from regulars.imports.target import What
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PREFIX = "imp"
PAGE_SIZE = 50
State = Literal["uploaded", "checked", "waiting", "running", "done", "failed", "cancelled"]
OPEN: frozenset[State] = frozenset({"uploaded", "checked"})
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    import_id: int
    state: State
    name: str
    kind: str
    folder: str
    sha256: str
    bytes: int
    rows: int
    layout: dict[str, Any]
    fingerprint: str
    what: What | None
    mapping: dict[str, Any] | None
    mapping_key: str | None
    cut_over: datetime | None
    at: datetime | None
    findings: dict[str, Any] | None  # Of the dry run.
    job_id: int | None  # Of the dry run or the run that was asked for last.
    position: int  # Rows up to here are in.
    accepted: int
    bad: int
    error: str | None
    made_by: str
    created_at: datetime
    started_at: datetime | None  # By the wall clock, as the end.
    finished_at: datetime | None
    removed_at: datetime | None

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.import_id)

    @property
    def columns(self) -> Layout:
        return read(self.layout)

    @property
    def body(self) -> MappingBody | None:
        return None if self.mapping is None else msgspec.convert(self.mapping, MappingBody)

    @property
    def rate(self) -> float | None:
        """Rows a second, once it is over."""
        if self.started_at is None or self.finished_at is None:
            return None
        seconds = (self.finished_at - self.started_at).total_seconds()
        return (self.accepted + self.bad) / seconds if seconds > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """An earlier import of the very same file."""

    import_id: int
    state: State
    name: str
    made_by: str
    created_at: datetime
    accepted: int

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.import_id)


def record(tx: Tx, kept: Kept, actor: Actor, *, at: datetime, key: str | None = None) -> int:
    """Note a file that was taken in; the same key gives the first import again, without this file."""
    made = value(
        tx,
        SQL.make,
        key=key,
        name=kept.name,
        kind=kept.kind,
        folder=kept.folder,
        sha256=kept.sha256,
        bytes=kept.bytes,
        rows=kept.rows,
        layout=Jsonb(plain(kept.layout)),
        fingerprint=kept.fingerprint,
        made_by=actor.name,
        person_id=actor.person_id,
        created_at=at,
    )
    return cast("int", made if made is not None else value(tx, SQL.id_of_key, key=key))


def get(tx: Tx, import_id: int) -> Import:
    found = maybe(tx, SQL.find, Import, import_id=import_id)
    if found is None:
        raise NotFound(f"There is no import {public_id(PREFIX, import_id)}.")
    return found


def held(tx: Tx, import_id: int) -> Import:
    """The same, locked until the transaction ends."""
    value(tx, SQL.hold, import_id=import_id)
    return get(tx, import_id)


def imports(
    tx: Tx,
    *,
    state: State | None = None,
    what: What | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Import]:
    """The newest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.page, Import, before=before, state=state, what=what, limit=limit + 1)
    more = encode_cursor(found[limit - 1].import_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


def same_content(tx: Tx, one: Import) -> list[Same]:
    """Earlier imports of the very same file."""
    return rows(tx, SQL.same_content, Same, sha256=one.sha256, import_id=one.import_id)
