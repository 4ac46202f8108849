"""Taking something out of use together with everything that uses it."""

from collections.abc import Collection
from datetime import datetime

import psycopg

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions.drafting import lock
from regulars.definitions.kind import Registry
from regulars.definitions.model import Archived, InUse, Requested, User
from regulars.definitions.publishing import archive
from regulars.definitions.reading import used_by
from regulars.kernel import Conflict

TRIES = 5
SHOWN = 3


class ApprovalNeeded(Conflict):
    code = "definitions.approval_needed"


class UsersChanged(InUse):
    code = "definitions.users_changed"


def users_of(tx: Tx, kind: str, key: str) -> list[User]:
    """What is live and uses it, by way of others too; each before what it uses itself."""
    ordered: dict[tuple[str, str], User] = {}
    _gather(tx, kind, key, ordered, {(kind, key)})
    return list(ordered.values())


def _gather(
    tx: Tx, kind: str, key: str, ordered: dict[tuple[str, str], User], seen: set[tuple[str, str]]
) -> None:
    for user in used_by(tx, kind, key):
        if user.state == "live" and (user.kind, user.key) not in seen:
            seen.add((user.kind, user.key))
            _gather(tx, user.kind, user.key, ordered, seen)
            ordered[user.kind, user.key] = user


def archive_with_users(
    tx: Tx,
    actor: Actor,
    registry: Registry,
    kind: str,
    key: str,
    *,
    at: datetime,
    note: str | None = None,
    seen: Collection[str] | None = None,
) -> list[Archived]:
    """Take it out of use, and before that all that `users_of` names; all of it or nothing.

    `seen` has the names, as `segment/vip@3`, of what somebody agreed to: raises UsersChanged where another
    version uses it now. Raises ApprovalNeeded where one of them is above the person's level: that is
    asked for by itself first.
    """
    wanted = _held(tx, kind, key, at)
    if seen is not None and (new := [one for one in wanted if one.name not in seen]):
        titles = ", ".join(f"{one.kind} “{one.title}”" for one in new[:SHOWN])
        raise UsersChanged(
            f"Since you looked, {titles} came to use {kind}/{key}, or changed. Look again, then decide.", new
        )
    done: list[Archived] = []
    for one_kind, one_key, title in [*((one.kind, one.key, one.title) for one in wanted), (kind, key, key)]:
        because = note or f"Together with {kind} {key}, which it uses."
        result = archive(tx, actor, registry.kind(one_kind), one_key, at=at, note=because)
        if isinstance(result, Requested):
            raise ApprovalNeeded(
                f"Taking {one_kind} “{title}” out of use has to be approved by somebody else. Ask for that "
                f"by itself; then {kind}/{key} can follow."
            )
        done.append(result)
    return done


def _held(tx: Tx, kind: str, key: str, at: datetime) -> list[User]:
    """Who uses it, and nobody else comes to until the transaction ends.

    Locked from the outermost user inwards, as whoever publishes one locks it before what it uses. When
    somebody published another meanwhile, the locks are given back and all is looked up again.
    """
    for _ in range(TRIES):
        users = users_of(tx, kind, key)
        with tx.transaction():
            for one in users:
                lock(tx, one.kind, one.key, at)
            lock(tx, kind, key, at)
            if users_of(tx, kind, key) == users:
                return users
            raise psycopg.Rollback
    raise UsersChanged(f"What uses {kind}/{key} changes all the time. Try again in a moment.", [])
