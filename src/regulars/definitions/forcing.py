"""Taking something out of use together with everything that uses it."""

from datetime import datetime

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions.kind import Registry
from regulars.definitions.model import Archived, Requested, User
from regulars.definitions.publishing import archive
from regulars.definitions.reading import used_by
from regulars.kernel import Conflict


class ApprovalNeeded(Conflict):
    code = "definitions.approval_needed"


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
    tx: Tx, actor: Actor, registry: Registry, kind: str, key: str, *, at: datetime, note: str | None = None
) -> list[Archived]:
    """Take it out of use, and before that all that `users_of` names; all of it or nothing.

    Raises ApprovalNeeded where one of them is above the person's level: that is asked for by itself first.
    """
    wanted = [(user.kind, user.key, user.title) for user in users_of(tx, kind, key)]
    done: list[Archived] = []
    for one_kind, one_key, title in [*wanted, (kind, key, key)]:
        because = note or f"Together with {kind} {key}, which it uses."
        result = archive(tx, actor, registry.kind(one_kind), one_key, at=at, note=because)
        if isinstance(result, Requested):
            raise ApprovalNeeded(
                f"Taking {one_kind} “{title}” out of use has to be approved by somebody else. Ask for that "
                f"by itself; then {kind}/{key} can follow."
            )
        done.append(result)
    return done
