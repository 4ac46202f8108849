"""Closed books: nothing is booked before the instant up to which a programme's books were closed."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access, audit
from regulars.access import Actor
from regulars.customers import hold_alone, take_turn
from regulars.db import Query, Statements, Tx, one, rows
from regulars.loyalty.errors import BooksClosed
from regulars.loyalty.posting import newest, refused
from regulars.loyalty.scope import scope_of

ACTION = "loyalty.close_books"


class Sql(Statements, file="closing.sql"):
    close: Query
    closings: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    id: int
    until: datetime
    closed_at: datetime
    actor: str
    reason: str
    late: int  # Transfers booked since that belong to the time before.


def close_books(
    tx: Tx, actor: Actor, programme: str, *, until: datetime, reason: str, at: datetime
) -> Closing:
    """Closes a programme's books up to an instant, for ever; again gives the closing that stands.

    What belongs to the time before and comes later is booked in the open period, and says so. Raises
    BooksClosed where they are closed further already.
    """
    if not reason.strip():
        raise refused("reason", "Say what for, such as the month that was reported; auditors read it.")
    if until > at:
        raise refused("until", f"Books are closed up to a past instant; {until:%Y-%m-%d %H:%M} UTC is ahead.")
    access.require(actor, ACTION, scope=scope_of(tx, programme), solo=access.solo(tx))
    # Every writer of points holds on while it works, so that none books before the instant after this.
    take_turn(tx)
    hold_alone(tx)
    version = newest(tx, programme)
    last = next(iter(closings(tx, programme)), None)
    if last is not None and last.until == until:
        return last
    if last is not None and last.until > until:
        raise BooksClosed(
            f"The books of {programme} are closed up to {last.until:%Y-%m-%d %H:%M} UTC; they open no more."
        )
    found = one(
        tx, SQL.close, Closing, programme_id=version.programme_id, until=until, at=at, actor=actor.name,
        reason=reason.strip(),
    )  # fmt: skip
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action=ACTION,
        subject_kind="programme",
        subject=programme,
        before=None if last is None else {"until": last.until.isoformat()},
        after={"until": until.isoformat()},
        at=at,
        via=actor.via,
        reason=reason.strip(),
    )
    return found


def closings(tx: Tx, programme: str) -> list[Closing]:
    """When the books were closed up to which instant, the latest first."""
    return rows(tx, SQL.closings, Closing, programme_id=newest(tx, programme).programme_id)
