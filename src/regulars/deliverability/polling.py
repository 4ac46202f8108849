"""Looking into mailboxes by the wall clock; each message is taken once, and put away after that is committed.

Killed in between, the message is still there, is known by its digest, and is only put away.
"""

import hashlib
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regulars import definitions
from regulars.db import Database, Query, Statements, Tx, rows, run, value, values
from regulars.deliverability.boxes import TROUBLE, Box, Connect, Letter, open_box, told
from regulars.deliverability.mail_reading import Unreadable, excerpt_of, read_mail
from regulars.deliverability.mailbox import BOUNCE_MAILBOX, Mailbox
from regulars.deliverability.taking import SQL as TAKING
from regulars.deliverability.taking import Came, Taken, take_in
from regulars.kernel import Clock, NotFound, RegularsError

LOGGER = logging.getLogger("regulars.deliverability")
# The password of a mailbox, by its key and body, if one is set for that place.
Password = Callable[[Tx, str, Mailbox], str | None]


class Sql(Statements, file="polling.sql"):
    note_box: Query
    due: Query
    forget_boxes: Query
    look_now: Query
    alone: Query
    let_go: Query
    note_look: Query
    states: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxState:
    mailbox_key: str
    next_look_at: datetime
    looked_at: datetime | None
    found: int  # At the last look.
    taken: int  # Since the beginning.
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Looks into every mailbox that is due; any number may run."""

    database: Database
    password: Password
    connect: Connect
    wall: Clock
    business: Callable[[Tx], datetime]
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def look_around(self) -> list[str]:
        """Look into those that are due; gives their keys."""
        now = self.wall.now()
        with self.database.transaction() as tx:
            live = {one.key: one.body for one in definitions.all_live(tx, BOUNCE_MAILBOX)}
            run(tx, SQL.forget_boxes, keys=list(live))
            run(tx, SQL.note_box, keys=list(live), now=now)
            due = values(tx, SQL.due, keys=list(live), now=now)
        return [key for key in due if self.look_into(key, live[key])]

    def look_into(self, key: str, body: Mailbox) -> bool:
        """Take what is new; False when another looks into it now. Trouble is kept with the mailbox."""
        with _alone(self.database, key) as free:
            if not free:
                return False
            count, problem = self._looked(key, body)
            now = self.wall.now()
            again = now + timedelta(minutes=body.every_minutes)
            with self.database.transaction() as tx:
                run(tx, SQL.note_look, key=key, looked_at=now, again_at=again, found=count, problem=problem)
        return True

    def _looked(self, key: str, body: Mailbox) -> tuple[int, str | None]:
        via, count = f"mailbox:{key}", 0
        try:
            with self.database.transaction() as tx:
                password = self.password(tx, key, body)
                known = frozenset(values(tx, TAKING.known_uids, via=via))
            if password is None:
                return 0, "Its password is not set, or was given for another place; set it."
            box = open_box(body, password, self.connect, self.context)
            try:
                for letter in box.letters(known):
                    self._take(box, via, letter)
                    count += 1
            finally:
                box.close()
        except (RegularsError, *TROUBLE) as error:
            return count, told(error)
        return count, None

    def _take(self, box: Box, via: str, letter: Letter) -> None:
        came = read_letter(via, letter)
        try:
            taken = self._keep(came)
        except Exception as error:  # One that cannot be kept must not keep the others waiting.
            LOGGER.exception("A message of %s could not be taken", via)
            taken = self._keep(
                replace(came, told=(), problem=f"It could not be taken ({type(error).__name__}).")
            )
        box.done(letter.uid, is_bounce=_is_bounce(came, taken))

    def _keep(self, came: Came) -> Taken:
        with self.database.transaction() as tx:
            return take_in(tx, came, at=self.business(tx), now=self.wall.now())


def read_letter(via: str, letter: Letter) -> Came:
    """What a mail says; one that cannot be read is kept with the reason."""
    digest = hashlib.sha256(letter.raw).digest()
    sender, excerpt = excerpt_of(letter.raw)
    try:
        found = read_mail(letter.raw)
    except Unreadable as error:
        return Came(
            via=via, digest=digest, uid=letter.uid, problem=str(error), sender=sender, excerpt=excerpt
        )
    return Came(via=via, digest=digest, uid=letter.uid, told=found, sender=sender, excerpt=excerpt)


def _is_bounce(came: Came, taken: Taken) -> bool:
    """What people wrote stays for people; what could not be read too."""
    machine = any(one.kind not in ("other", "reply") for one in came.told)
    return machine and taken.outcome != "set_aside"


def box_states(tx: Tx) -> dict[str, BoxState]:
    return {one.mailbox_key: one for one in rows(tx, SQL.states, BoxState)}


def look_into_now(tx: Tx, key: str, now: datetime) -> None:
    """Have it looked into within seconds."""
    if definitions.live(tx, BOUNCE_MAILBOX, key) is None:
        raise NotFound(f"No mailbox {key[:80]!r} is live.")
    run(tx, SQL.note_box, keys=[key], now=now)
    run(tx, SQL.look_now, key=key, now=now)


@contextmanager
def _alone(database: Database, key: str) -> Iterator[bool]:
    """On a connection of its own, outside a transaction: a mailbox may be slow."""
    connection = database.connect()
    try:
        free = bool(value(connection, SQL.alone, key=key))
        connection.commit()
        yield free
        if free:
            value(connection, SQL.let_go, key=key)
    finally:
        connection.close()
