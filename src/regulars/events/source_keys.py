"""Which source a tracking key sends for."""

import re
from dataclasses import dataclass
from datetime import datetime

from regulars import access
from regulars.access import Actor, Key
from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.kernel import Finding, Invalid, fold

SIGNS_MAX = 63
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Sql(Statements, file="source_keys.sql"):
    assign: Query
    assigned: Query
    all_assigned: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    key_id: int
    source_key: str


def assign_key(tx: Tx, actor: Actor, key_id: int, source: str, *, at: datetime) -> None:
    """Let a tracking key send for a source; given again, it moves. Takes who may make keys."""
    access.require(actor, "keys.manage")
    key = access.key(tx, key_id)
    if key.kind != "tracking":
        problem = f"The key {key.name!r} is an API key; only a tracking key sends for a source."
        raise Invalid(problem, [Finding(path="key", code="events.not_a_tracking_key", message=problem)])
    if not SLUG.fullmatch(source):
        problem = f"The source {source[:80]!r} was asked; write its key as in shop-website."
        raise Invalid(problem, [Finding(path="source", code="key.form", message=problem)])
    before = value(tx, SQL.assigned, key_id=key_id)
    run(tx, SQL.assign, key_id=key_id, source=source)
    access.recorded(
        tx,
        actor,
        "sources.assign_key",
        subject_kind="key",
        subject=key.public_id,
        before=before and {"source": before},
        after={"source": source},
        at=at,
    )


def source_of_key(tx: Tx, key: Key) -> str:
    """The source a key sends for: the one it was given, else its own name as a slug."""
    return value(tx, SQL.assigned, key_id=key.key_id) or slug(key)


def assigned_keys(tx: Tx) -> dict[int, str]:
    """The source of every key that was given one."""
    return {row.key_id: row.source_key for row in rows(tx, SQL.all_assigned, Assigned)}


def slug(key: Key) -> str:
    """A key's name as the key of a source; its public id where the name has no letter of ASCII."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(key.name)).strip("-")
    return words[:SIGNS_MAX].strip("-") or key.public_id.replace("_", "-")
