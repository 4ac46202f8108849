"""The people who work here: added, changed, shut out and let in again, each with its audit entry."""

from dataclasses import replace
from datetime import datetime

from regulars.access.actor import Actor
from regulars.access.decision import require
from regulars.access.errors import EmailTaken, LastAdministrator, NotAllowed, UnknownPerson
from regulars.access.levels import level_words
from regulars.access.permissions import PERMISSIONS
from regulars.access.person import Person, check_person, fold_email
from regulars.access.trail import recorded
from regulars.access.workspace import lock_workspace, make_room, solo
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import public_id


class Sql(Statements, file="people.sql"):
    people: Query
    person: Query
    lock_person: Query
    person_by_email: Query
    add_person: Query
    change_person: Query
    count_managers: Query
    end_access: Query


SQL = Sql()


def people(tx: Tx, *, active: bool | None = None) -> list[Person]:
    """Everybody, by name."""
    return rows(tx, SQL.people, Person, active=active)


def person(tx: Tx, person_id: int) -> Person:
    found = maybe(tx, SQL.person, Person, person_id=person_id)
    if found is None:
        raise UnknownPerson(f"Nobody here is {public_id('per', person_id)}.")
    return found


def person_by_email(tx: Tx, email: str) -> Person | None:
    return maybe(tx, SQL.person_by_email, Person, email_folded=fold_email(email))


def actor_of(tx: Tx, person_id: int, via: str) -> Actor:
    """A person as an actor, with what holds in this workspace."""
    return person(tx, person_id).actor(via, solo=solo(tx))


def add_person(
    tx: Tx,
    actor: Actor,
    *,
    email: str,
    name: str,
    level: int,
    function: str,
    scope: str | None = None,
    at: datetime,
) -> Person:
    """Add somebody, without a password: they choose it themselves by invitation."""
    require(actor, "people.manage")
    make_room(tx, joining=name)
    check_person(email=email, name=name, level=level, function=function)
    _check_grant(actor, level, scope)
    return insert_person(
        tx, actor, email=email, name=name, level=level, function=function, scope=scope or None, at=at
    )


def insert_person(
    tx: Tx,
    actor: Actor,
    *,
    email: str,
    name: str,
    level: int,
    function: str,
    scope: str | None,
    at: datetime,
) -> Person:
    check_person(email=email, name=name, level=level, function=function)
    person_id = value(
        tx,
        SQL.add_person,
        email=email.strip(),
        email_folded=fold_email(email),
        name=name.strip(),
        level=level,
        function=function,
        scope=scope,
        at=at,
    )
    if person_id is None:
        raise EmailTaken(
            f"{email.strip()} belongs to somebody else here already. Change that person instead."
        )
    added = person(tx, person_id)
    _tell(tx, actor, "people.add", None, added, at=at)
    return added


def change_person(
    tx: Tx,
    actor: Actor,
    person_id: int,
    *,
    name: str,
    level: int,
    function: str,
    scope: str | None,
    at: datetime,
) -> Person:
    """Set name, level, function and scope. Nobody changes what they themselves may do."""
    before = locked_person(tx, actor, person_id)
    check_person(email=before.email, name=name, level=level, function=function)
    _check_grant(actor, level, scope)
    after = replace(before, name=name.strip(), level=level, function=function, scope=scope or None)
    rights = ("level", "function", "scope")
    if actor.person_id == person_id and any(getattr(before, n) != getattr(after, n) for n in rights):
        raise NotAllowed("Nobody changes their own level, function or scope: ask another administrator.")
    return _changed(tx, actor, before, after, at=at)


def deactivate(tx: Tx, actor: Actor, person_id: int, *, at: datetime, now: datetime) -> Person:
    """Shut somebody out: sessions and invitations end at once; what they did stays."""
    before = locked_person(tx, actor, person_id)
    after = _changed(tx, actor, before, replace(before, active=False), at=at)
    run(tx, SQL.end_access, person_id=person_id, now=now)
    return after


def reactivate(tx: Tx, actor: Actor, person_id: int, *, at: datetime) -> Person:
    require(actor, "people.manage")
    make_room(tx, joining=person(tx, person_id).name)
    before = locked_person(tx, actor, person_id)
    return _changed(tx, actor, before, replace(before, active=True), at=at)


def _check_grant(actor: Actor, level: int, scope: str | None) -> None:
    if not actor.covers(scope or None):
        raise NotAllowed(f"Your scope is {actor.scope}: people you add or change work in it too.")
    if level > actor.level:
        raise NotAllowed(
            f"Somebody who {level_words(actor.level)} cannot let another be one who {level_words(level)}: "
            "that takes somebody of that level."
        )


def locked_person(tx: Tx, actor: Actor, person_id: int) -> Person:
    require(actor, "people.manage")
    lock_workspace(tx)
    run(tx, SQL.lock_person, person_id=person_id)
    found = person(tx, person_id)
    if found.level > actor.level:
        raise NotAllowed(
            f"{found.name} {level_words(found.level)}, you are one who {level_words(actor.level)}: to change "
            "that takes somebody of that level."
        )
    return found


def _changed(tx: Tx, actor: Actor, before: Person, after: Person, *, at: datetime) -> Person:
    if before == after:
        return before
    facts = {name: getattr(after, name) for name in ("name", "level", "function", "scope", "active")}
    run(tx, SQL.change_person, person_id=before.person_id, **facts)
    manage = PERMISSIONS["people.manage"]
    was_one = before.active and before.function in manage.functions and before.level >= manage.level
    if was_one and not value(tx, SQL.count_managers, functions=list(manage.functions), level=manage.level):
        raise LastAdministrator(
            f"{before.name} is the last who can manage people. Give somebody else administration first."
        )
    _tell(tx, actor, "people.change", before, after, at=at)
    return after


def _tell(tx: Tx, actor: Actor, action: str, before: Person | None, after: Person, *, at: datetime) -> None:
    recorded(
        tx,
        actor,
        action,
        subject_kind="person",
        subject=after.public_id,
        before=before.facts() if before else None,
        after=after.facts(),
        at=at,
    )
