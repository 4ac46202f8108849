"""Ways in: signing in, the first person of an installation, invitations, and passwords changed."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from regulars.access.actor import SYSTEM, Actor
from regulars.access.errors import (
    AlreadySetUp,
    NotAllowed,
    WrongCredentials,
    WrongInvitation,
    WrongSetUpCode,
)
from regulars.access.levels import HIGHEST
from regulars.access.passwords import hash_password, is_outdated, matches
from regulars.access.people import insert_person, locked_person, person
from regulars.access.person import Person, fold_email
from regulars.access.sessions import NewSession, Session, begin, end_other_sessions, token_hash
from regulars.access.throttle import forget_tries, take_try
from regulars.access.trail import recorded
from regulars.access.workspace import begin_solo, lock_workspace
from regulars.db import Database, Query, Statements, Tx, maybe, run, value

SET_UP_CODE_LASTS: Final = timedelta(days=1)
INVITATION_LASTS: Final = timedelta(days=7)
TOKEN_BYTES: Final = 24


class Sql(Statements, file="sign_in.sql"):
    credentials: Query
    keep_password: Query
    anybody: Query
    hand_out: Query
    take_back: Query
    invited: Query
    redeem: Query
    forget_old: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    person_id: int
    active: bool
    password_hash: str | None = field(repr=False)


def sign_in(
    database: Database,
    *,
    email: str,
    password: str,
    address: str,
    agent: str,
    at: datetime,
    now: datetime,
) -> NewSession:
    """Begin a session. Whoever is unknown, shut out or not yet in costs as much and reads the same."""
    take_try(database, email=email, address=address, now=now)
    with database.transaction() as tx:
        known = maybe(tx, SQL.credentials, Credentials, email_folded=_searchable(email))
    kept = known.password_hash if known and known.active else None
    if not matches(kept, password) or known is None or kept is None:
        raise WrongCredentials("E-mail address and password do not belong together. Check both.")
    with database.transaction() as tx:
        if is_outdated(kept):
            kept = _keep(tx, known.person_id, hash_password(password, email=email))
        new = begin(tx, known.person_id, password_hash=kept, address=address, agent=agent, now=now)
        forget_tries(tx, email)
        _tell(tx, new.session.actor, "sign_in", person(tx, known.person_id), at=at)
    return new


def change_password(
    database: Database,
    session: Session,
    *,
    present: str,
    chosen: str,
    at: datetime,
    now: datetime,
) -> None:
    """Change one's own password, knowing the present one; every other session of theirs ends."""
    with database.transaction() as tx:
        who = person(tx, session.standing.person_id)
        known = maybe(tx, SQL.credentials, Credentials, email_folded=fold_email(who.email))
    take_try(database, email=who.email, address=session.standing.address, now=now)
    if known is None or not matches(known.password_hash, present):
        raise WrongCredentials("The present password is not that one.")
    hashed = hash_password(chosen, email=who.email)
    with database.transaction() as tx:
        _keep(tx, who.person_id, hashed)
        end_other_sessions(tx, session, at=at, now=now)
        forget_tries(tx, who.email)
        _tell(tx, session.actor, "people.change_password", who, at=at)


def give_password(tx: Tx, actor: Actor, person_id: int, password: str, *, at: datetime) -> None:
    """Set a password from the machine itself: demonstrations, and the way back in for who is locked out."""
    if not actor.is_system:
        raise NotAllowed("Nobody sets another's password: invite them again, and they choose one.")
    who = person(tx, person_id)
    _keep(tx, person_id, hash_password(password, email=who.email))
    _tell(tx, actor, "people.change_password", who, at=at)


def is_set_up(tx: Tx) -> bool:
    return bool(value(tx, SQL.anybody))


def set_up_code(tx: Tx, now: datetime) -> str:
    """A one-time code for whoever reads the installation's own screen, so that no stranger claims it."""
    if is_set_up(tx):
        raise AlreadySetUp("This workspace has its people already. Sign in instead.")
    return _hand_out(tx, "set_up", None, now + SET_UP_CODE_LASTS)


def set_up(
    database: Database,
    *,
    code: str,
    email: str,
    name: str,
    password: str,
    solo: bool,
    address: str,
    agent: str,
    at: datetime,
    now: datetime,
) -> NewSession:
    """Make the first person, who administers at the highest level, and sign them in."""
    take_try(database, email=None, address=address, now=now)
    hashed = hash_password(password, email=email)
    with database.transaction() as tx:
        lock_workspace(tx)
        if is_set_up(tx):
            raise AlreadySetUp("This workspace has its people already. Sign in instead.")
        if not run(tx, SQL.redeem, token_hash=token_hash(code), purpose="set_up", now=now):
            raise WrongSetUpCode(
                "That is not the set-up code, or it is over a day old. Start Regulars again for one."
            )
        first = insert_person(
            tx,
            SYSTEM,
            email=email,
            name=name,
            level=HIGHEST,
            function="administration",
            scope=None,
            at=at,
        )
        run(tx, SQL.take_back, purpose="set_up", person_id=None)
        if solo:
            begin_solo(tx, SYSTEM, at=at)
        _keep(tx, first.person_id, hashed)
        return begin(tx, first.person_id, password_hash=hashed, address=address, agent=agent, now=now)


def invite(tx: Tx, actor: Actor, person_id: int, *, at: datetime, now: datetime) -> str:
    """A one-time token with which somebody chooses a password; earlier ones of theirs end."""
    who = locked_person(tx, actor, person_id)
    if not who.active:
        raise NotAllowed(f"{who.name} is not active. Let them in again first, then invite them.")
    run(tx, SQL.take_back, purpose="invitation", person_id=person_id)
    _tell(tx, actor, "people.invite", who, at=at)
    return _hand_out(tx, "invitation", person_id, now + INVITATION_LASTS)


def invited(tx: Tx, token: str, now: datetime) -> Person:
    """Whom an invitation is for, without using it up."""
    person_id = value(tx, SQL.invited, token_hash=token_hash(token), now=now)
    if person_id is None:
        raise WrongInvitation("This invitation was used, taken back or is over a week old. Ask for another.")
    return person(tx, person_id)


def accept_invitation(
    database: Database,
    *,
    token: str,
    password: str,
    address: str,
    agent: str,
    at: datetime,
    now: datetime,
) -> NewSession:
    """Choose the first or another password by invitation, and sign in; the sessions before it end."""
    take_try(database, email=None, address=address, now=now)
    with database.transaction() as tx:
        email = invited(tx, token, now).email
    hashed = hash_password(password, email=email)
    with database.transaction() as tx:
        who = invited(tx, token, now)
        if not run(tx, SQL.redeem, token_hash=token_hash(token), purpose="invitation", now=now):
            raise WrongInvitation("This invitation was used a moment ago. Ask for another.")
        _keep(tx, who.person_id, hashed)
        new = begin(tx, who.person_id, password_hash=hashed, address=address, agent=agent, now=now)
        end_other_sessions(tx, new.session, at=at, now=now)
        forget_tries(tx, who.email)
        _tell(tx, new.session.actor, "people.accept_invitation", who, at=at)
    return new


def forget_old_tokens(tx: Tx, now: datetime) -> int:
    return run(tx, SQL.forget_old, now=now)


def _hand_out(tx: Tx, purpose: str, person_id: int | None, expires_at: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    run(
        tx,
        SQL.hand_out,
        token_hash=token_hash(token),
        purpose=purpose,
        person_id=person_id,
        expires_at=expires_at,
    )
    return token


def _keep(tx: Tx, person_id: int, password_hash: str) -> str:
    run(tx, SQL.keep_password, person_id=person_id, password_hash=password_hash)
    return password_hash


def _searchable(email: str) -> str:
    """An address that holds what no address can hold is looked for as one that nobody has."""
    return fold_email(email) if email.isprintable() else ""


def _tell(tx: Tx, actor: Actor, action: str, who: Person, *, at: datetime) -> None:
    recorded(tx, actor, action, subject_kind="person", subject=who.public_id, before=None, after=None, at=at)
