"""API keys: for programs, with rights of their own; the secret is shown once and kept as a hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from regulars.access.actor import Actor
from regulars.access.decision import require
from regulars.access.errors import InvalidKey, NotAllowed, UnknownKey, WrongKey
from regulars.access.levels import level_words
from regulars.access.person import about_name, about_rights
from regulars.access.trail import recorded
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import NotFound, parse_public_id, public_id

KeyKind = Literal["api", "tracking"]
SECRET_BYTES: Final = 24
USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


class Sql(Statements, file="keys.sql"):
    make: Query
    key: Query
    keys: Query
    note_use: Query
    revoke: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    key_id: int
    kind: str  # api: acts with a level and a function. tracking: only sends events in.
    name: str
    level: int | None
    function: str | None
    scope: str | None  # None is everything.
    owner_id: int | None  # Who answers for it; None when the product made it.
    owner_name: str | None
    created_at: datetime
    last_used_at: datetime | None  # To the minute, by the wall clock.
    revoked_at: datetime | None
    secret_hash: bytes = field(repr=False)

    @property
    def public_id(self) -> str:
        return public_id("key", self.key_id)

    @property
    def shown(self) -> str:
        """How it begins, for recognising it in another system's settings."""
        return f"rk_{self.public_id.removeprefix('key_')}_…"

    def actor(self) -> Actor:
        """Who acts by this key; raises NotAllowed for one that only sends events in."""
        if self.level is None or self.function is None:
            raise NotAllowed(f"The key {self.name!r} only sends events in. Use an API key for anything else.")
        return Actor(
            person_id=self.owner_id,
            name=self.name,
            level=self.level,
            function=self.function,
            scope=self.scope,
            via=self.public_id,
        )

    def facts(self) -> dict[str, object]:
        """What the audit keeps of a key."""
        return {name: getattr(self, name) for name in ("kind", "name", "level", "function", "scope")}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    key: Key
    text: str = field(repr=False)  # Shown once; it is nowhere else.


def make_key(
    tx: Tx,
    actor: Actor,
    *,
    name: str,
    kind: KeyKind = "api",
    level: int | None = None,
    function: str | None = None,
    scope: str | None = None,
    at: datetime,
) -> NewKey:
    """Make a key that may do no more than its maker's level and scope; a tracking key has no rights."""
    require(actor, "keys.manage")
    if actor.is_key:
        raise NotAllowed("A key makes no keys: a person does, in the console.")
    _check(actor, kind=kind, name=name, level=level, function=function, scope=scope or None)
    secret = secrets.token_hex(SECRET_BYTES)
    key_id = value(
        tx,
        SQL.make,
        kind=kind,
        name=name.strip(),
        secret_hash=_hash(secret),
        level=level,
        function=function,
        scope=scope or None,
        owner_id=actor.person_id,
        at=at,
    )
    made = key(tx, key_id)
    _tell(tx, actor, "keys.make", made, before=None, after=made.facts(), at=at)
    return NewKey(key=made, text=f"rk_{made.public_id.removeprefix('key_')}_{secret}")


def key(tx: Tx, key_id: int) -> Key:
    found = maybe(tx, SQL.key, Key, key_id=key_id)
    if found is None:
        raise UnknownKey(f"There is no key {public_id('key', key_id)}.")
    return found


def keys(tx: Tx) -> list[Key]:
    """Every key, those in force first, then by name."""
    return rows(tx, SQL.keys, Key)


def use_key(tx: Tx, text: str, now: datetime) -> Key:
    """The key of a text; raises WrongKey alike for one that is unknown, wrong or revoked."""
    known = maybe(tx, SQL.key, Key, key_id=_number(text))
    given = _hash(text.split("_", 2)[-1])
    if known is None or not hmac.compare_digest(known.secret_hash, given) or known.revoked_at:
        raise WrongKey("The API key is not known here, or it was revoked. Make another under Settings, Keys.")
    if known.last_used_at is None or now - known.last_used_at >= USE_IS_NOTED_EVERY:
        run(tx, SQL.note_use, key_id=known.key_id, now=now)
    return known


def revoke_key(tx: Tx, actor: Actor, key_id: int, *, at: datetime, now: datetime) -> Key:
    """End a key at once and for ever; one already revoked stays as it is."""
    require(actor, "keys.manage")
    before = key(tx, key_id)
    if run(tx, SQL.revoke, key_id=key_id, now=now):
        _tell(tx, actor, "keys.revoke", before, before=before.facts(), after=None, at=at)
    return key(tx, key_id)


def _check(
    actor: Actor, *, kind: str, name: str, level: int | None, function: str | None, scope: str | None
) -> None:
    findings = about_name(name)
    if kind == "api":
        findings += about_rights(level or 0, function or "")
    elif kind != "tracking" or level is not None or function is not None:
        raise InvalidKey("A key is of the kind api, with a level and a function, or tracking, without.")
    if findings:
        raise InvalidKey(" ".join(finding.message for finding in findings), findings)
    if level is not None and level > actor.level:
        raise NotAllowed(f"You cannot make a key for one who {level_words(level)}: that is above your level.")
    if not actor.covers(scope):
        raise NotAllowed(f"Your scope is {actor.scope}: keys you make work in it too.")


def _number(text: str) -> int:
    head, _, rest = text.partition("_")
    try:
        return parse_public_id("key", f"key_{rest.partition('_')[0]}") if head == "rk" else 0
    except NotFound:
        return 0  # No key has it, so that a malformed text costs and reads as a wrong one.


def _hash(secret: str) -> bytes:
    """A random secret of this length needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _tell(
    tx: Tx,
    actor: Actor,
    action: str,
    about: Key,
    *,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    at: datetime,
) -> None:
    recorded(
        tx,
        actor,
        action,
        subject_kind="key",
        subject=about.public_id,
        before=before,
        after=after,
        at=at,
        scope=about.scope,
    )
