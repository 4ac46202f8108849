"""Sessions: kept in the database by a hash of their token, sliding, limited, and ended at will."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from regulars.access.actor import Actor
from regulars.access.decision import require
from regulars.access.errors import NoSession
from regulars.access.people import person
from regulars.access.trail import recorded
from regulars.access.workspace import solo
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import public_id

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
SLIDES_EVERY: Final = timedelta(minutes=1)
TOKEN_BYTES: Final = 32
AGENT_SIGNS_MAX: Final = 200


class Sql(Statements, file="sessions.sql"):
    begin: Query
    session: Query
    slide: Query
    sessions: Query
    owner: Query
    end: Query
    end_others: Query
    forget_old: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A session as it stands in the database."""

    session_id: int
    person_id: int
    address: str
    agent: str  # What the browser called itself.
    began_at: datetime
    seen_at: datetime
    idle_until: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    standing: Standing
    actor: Actor
    csrf: str = field(repr=False)

    @property
    def session_id(self) -> int:
        return self.standing.session_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    token: str = field(repr=False)  # For the cookie; it is nowhere else.
    session: Session


def begin(
    tx: Tx, person_id: int, *, password_hash: str, address: str, agent: str, now: datetime
) -> NewSession:
    """Begin a session, if the person is still active and the password still the one that was checked."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    begun = value(
        tx,
        SQL.begin,
        person_id=person_id,
        password_hash=password_hash,
        token_hash=token_hash(token),
        address=_line(address),
        agent=_line(agent),
        now=now,
        idle_until=now + IDLE,
        ends_at=now + LONGEST,
    )
    if begun is None:
        raise NoSession("The account was changed meanwhile. Sign in again.")
    return NewSession(token=token, session=session(tx, token, now))


def session(tx: Tx, token: str, now: datetime) -> Session:
    """The session of a token, kept alive by being asked for; raises NoSession when it is over."""
    standing = maybe(tx, SQL.session, Standing, token_hash=token_hash(token), now=now)
    if standing is None:
        raise NoSession("You are not signed in, or no longer. Sign in, and go on where you were.")
    if now - standing.seen_at >= SLIDES_EVERY:
        run(tx, SQL.slide, session_id=standing.session_id, now=now, idle_until=now + IDLE)
    actor = person(tx, standing.person_id).actor("console", solo=solo(tx))
    return Session(standing=standing, actor=actor, csrf=csrf_of(token))


def sessions_of(tx: Tx, person_id: int, now: datetime) -> list[Standing]:
    """Where somebody is signed in, the latest seen first."""
    return rows(tx, SQL.sessions, Standing, person_id=person_id, now=now)


def end_session(tx: Tx, actor: Actor, session_id: int, *, at: datetime, now: datetime) -> None:
    """Sign out, oneself or, by who manages people, somebody else; a session already over stays so."""
    owner = value(tx, SQL.owner, session_id=session_id)
    if owner is None or owner != actor.person_id or actor.is_key:
        require(actor, "people.manage")
    if run(tx, SQL.end, session_id=session_id, now=now):
        _tell_ended(tx, actor, owner, at=at)


def end_other_sessions(tx: Tx, session: Session, *, at: datetime, now: datetime) -> int:
    """Sign out everywhere but here."""
    person_id = session.standing.person_id
    ended = run(tx, SQL.end_others, person_id=person_id, session_id=session.session_id, now=now)
    if ended:
        _tell_ended(tx, session.actor, person_id, at=at)
    return ended


def forget_old_sessions(tx: Tx, now: datetime) -> int:
    """Remove what has been over for as long as a session can last."""
    return run(tx, SQL.forget_old, since=now - LONGEST)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_of(token: str) -> str:
    """The form token that belongs to a session's own token; nothing of it is kept."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def _tell_ended(tx: Tx, actor: Actor, person_id: int, *, at: datetime) -> None:
    subject = public_id("per", person_id)
    recorded(
        tx, actor, "sessions.end", subject_kind="person", subject=subject, before=None, after=None, at=at
    )


def _line(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:AGENT_SIGNS_MAX]
