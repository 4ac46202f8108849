"""Before a segment is saved: who matches, who can be reached, who would be sent to, who enters and leaves.

An estimate runs on a connection of its own, named after the editing it belongs to. A later one of the same
editing cancels it on the server, on whichever host it runs.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from time import monotonic

from psycopg import errors, sql

from regulars import definitions, messaging
from regulars.conditions import SOURCES, Compiled, Condition, compile_conditions, expand
from regulars.customers import CONSENT_CHANNELS
from regulars.db import Database, Query, Statements, Tx, one, run, value, values
from regulars.definitions import User
from regulars.insights.discretion import refuse_details
from regulars.insights.sampling import numbers_drawn
from regulars.insights.suggesting import SQL as SUGGESTING
from regulars.kernel import Conflict, Unavailable
from regulars.segments import live_definitions

EVERYBODY_MAX = 50_000  # Of more people than these, some are asked and the rest is reckoned from them.
PEOPLE_ASKED = 5_000
SECONDS_MAX = 10
SHOWN = 8
# Of a process; each is worked on by a connection of its own, and others want the database too.
AT_ONCE_MAX = 4
SECONDS_WAITING = 2
_TURNS = BoundedSemaphore(AT_ONCE_MAX)
NAME = "regulars estimate "
ONLY = sql.SQL(" and fact.customer_id = any(array(select customer_id from matched))")


class Sql(Statements, file="estimating.sql"):
    newer: Query
    cancel_older: Query
    some_people: Query
    count_people: Query


SQL = Sql()


class Replaced(Conflict):
    """A later estimate of the same editing came; nobody waits for this one."""

    code = "insights.estimate_replaced"


class TookTooLong(Unavailable):
    code = "insights.estimate_too_long"


class TooManyAtOnce(Unavailable):
    code = "insights.estimates_busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """Whose editing an estimate belongs to; of one editing only the latest request is worked on."""

    token: str  # Of a page that is open, as it chose it.
    person: int  # Who edits, so that nobody cancels what is somebody else's.
    turn: int  # Grows with each request of the page.

    @property
    def name(self) -> str:
        """What its connections are called on the server, but for the turn."""
        mark = hashlib.sha256(f"{self.person}:{self.token}".encode()).hexdigest()[:20]
        return f"{NAME}{mark}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Numbers of people. With `asked` below `people` all of them are reckoned from those asked."""

    people: int
    asked: int
    matching: int
    # In which channels marketing may reach those who match, as it is asked before a send: consent,
    # suppression, restriction, objection, a pause, less often, an address that can be written to.
    reachable: Mapping[str, int]
    # Of the reachable, how many different addresses: a message goes to each once.
    addresses: Mapping[str, int]
    # Of the addresses, those whom neither a frequency cap nor the holdout of all marketing keeps from it now.
    after_caps: Mapping[str, int]
    # Of those, what a campaign would send to after its own holdout.
    after_holdout: Mapping[str, int]
    held_out_percent: float
    entering: int  # Against who is in now.
    leaving: int
    sample: tuple[int, ...]  # Some who match, drawn without regard to who they are.
    users: tuple[User, ...]  # What uses the segment.

    @property
    def is_exact(self) -> bool:
        return self.asked >= self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    people: int
    matching: int
    entering: int
    leaving: int
    sample: list[int]
    channels: list[str]
    reached: list[int]
    addresses: list[int]
    left_after_caps: list[int]


def estimate(
    database: Database,
    condition: Condition,
    at: datetime,
    *,
    zone: str,
    key: str = "",
    held_out_percent: float = 10.0,
    editing: Editing | None = None,
    sees_contacts: bool = True,
) -> Estimate:
    """What a condition would give at an instant; `key` is the segment it is to become, if there is one.

    Raises Replaced when a later one of the same editing came, TookTooLong past ten seconds, TooManyAtOnce
    while others are worked on, Invalid for a condition that names what is not there or, without
    `sees_contacts`, asks for contact details.
    """
    with _connection(database, editing) as tx:
        if not sees_contacts:
            refuse_details(tx, condition)
        asked = expand(condition, live_definitions(tx).book(), of=f"segment/{key}" if key else "")
        last = int(value(tx, SUGGESTING.last_customer))
        some = None
        if last > EVERYBODY_MAX:
            some = values(tx, SQL.some_people, drawn=numbers_drawn(last, PEOPLE_ASKED))
        compiled = compile_conditions([asked], at, some, zone=zone)
        limited, limits = messaging.limited(tx, at, zone, CONSENT_CHANNELS)
        counting = _counting(compiled, limited, by_index=some is not None)
        users = definitions.used_by(tx, "segment", key) if key else []
        if editing:
            _refuse_late(tx, editing)  # It may have come while nothing ran that could be cancelled.
        counted = one(tx, counting, _Counted, key=key, at=at, **limits, **compiled.params)
    people = counted.people if some is None else round(counted.people * last / min(last, PEOPLE_ASKED))
    return _reckoned(counted, people, held_out_percent, tuple(users))


def _reckoned(counted: _Counted, people: int, held_out_percent: float, users: tuple[User, ...]) -> Estimate:
    scale = people / counted.people if counted.people else 1.0
    reached = dict(zip(counted.channels, counted.reached, strict=True))
    addresses = dict(zip(counted.channels, counted.addresses, strict=True))
    remaining = dict(zip(counted.channels, counted.left_after_caps, strict=True))
    after_caps = {name: round(scale * remaining.get(name, 0)) for name in CONSENT_CHANNELS}
    return Estimate(
        people=people,
        asked=counted.people,
        matching=round(scale * counted.matching),
        reachable={name: round(scale * reached.get(name, 0)) for name in CONSENT_CHANNELS},
        addresses={name: round(scale * addresses.get(name, 0)) for name in CONSENT_CHANNELS},
        after_caps=after_caps,
        after_holdout={name: round(many * (1 - held_out_percent / 100)) for name, many in after_caps.items()},
        held_out_percent=held_out_percent,
        entering=round(scale * counted.entering),
        leaving=round(scale * counted.leaving),
        sample=tuple(counted.sample),
        users=users,
    )


def _counting(compiled: Compiled, limited: Query, *, by_index: bool) -> sql.Composed:
    """One statement for all of it, so that cancelling it cancels everything.

    The texts of sources are rooms' own; what somebody wrote is bound.
    """
    reach = SOURCES["reach"]
    return SQL.count_people.format(
        answer=compiled.query,
        limited=limited,
        reach=sql.SQL(reach.rows if by_index else reach.copies["reach"]),
        # The planner would rather look at everybody's reach first.
        only=ONLY if by_index else sql.SQL(""),
        shown=sql.Literal(SHOWN),
    )


@contextmanager
def _connection(database: Database, editing: Editing | None) -> Iterator[Tx]:
    """A connection of its own, so that cancelling it can hit nothing else."""
    began = monotonic()
    name = f"{editing.name}{editing.turn}" if editing else NAME.strip()
    try:
        with database.connect(application_name=name) as tx:
            run(tx, sql.SQL("set statement_timeout = {}").format(sql.Literal(f"{SECONDS_MAX}s")))
            if editing:
                _refuse_late(tx, editing)
                value(tx, SQL.cancel_older, name=editing.name, turn=editing.turn)
            with _turn():
                yield tx
    except errors.QueryCanceled as cause:  # A later one cancels whatever runs, these guards too.
        if monotonic() - began < SECONDS_MAX:
            raise Replaced("A later estimate of the same editing came; wait for that one.") from cause
        raise TookTooLong(
            f"The estimate took more than {SECONDS_MAX} seconds and was stopped. Save the segment, which "
            "works it out without this limit, or ask for fewer or shorter windows."
        ) from cause


@contextmanager
def _turn() -> Iterator[None]:
    """Waits a little: the estimate that this one cancelled gives its turn back."""
    if not _TURNS.acquire(timeout=SECONDS_WAITING):
        raise TooManyAtOnce(
            f"{AT_ONCE_MAX} estimates are being worked on already. Ask again in some seconds."
        )
    try:
        yield
    finally:
        _TURNS.release()


def _refuse_late(tx: Tx, editing: Editing) -> None:
    if value(tx, SQL.newer, name=editing.name, turn=editing.turn):
        raise Replaced("A later estimate of the same editing is being worked on; wait for that one.")
