"""Lots that end later or sooner than they were to, and points given back after they expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, one, rows
from regulars.loyalty.errors import NotReversible
from regulars.loyalty.posting import Answer, Receipt, checked, currency_of, newest, receipt, refused, tell


class Sql(Statements, file="lot_ends.sql"):
    move: Query
    reinstate: Query
    changes: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsMoved:
    lots: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChange:
    lot_id: int
    transfer_id: int | None  # That gave points back; None: only the end was moved.
    expires_before: datetime | None
    expires_after: datetime | None
    booked_at: datetime
    reason: str | None
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstated:
    outcome: str
    transfer_id: int | None
    available: int | None
    field: str | None
    amount: int | None


def move_ends(
    tx: Tx,
    programme: str,
    *,
    at: datetime,
    reason: str,
    actor: str,
    customer_id: int | None = None,
    lots: Sequence[int] | None = None,
    ending_from: datetime | None = None,
    ending_until: datetime | None = None,
    to: datetime | None = None,
    by: timedelta | None = None,
    currency: str | None = None,
) -> EndsMoved:
    """Moves the end of lots that still hold points, to an instant or by so long; of one member, or of all.

    What has ended already is not touched: that is reinstated. Nothing ends at once: an end lies ahead.
    """
    if (to is None) == (by is None):
        raise refused("to", "Say either the instant at which the lots end, or by how long their end moves.")
    if to is not None and to <= at:
        raise refused(
            "to", f"An end lies ahead, so that nobody loses points at once; found {to:%Y-%m-%d} UTC."
        )
    if not reason.strip():
        raise refused("reason", "Moving the end of points needs a reason that others can read later.")
    hold(tx)
    version = newest(tx, programme)
    return one(
        tx,
        SQL.move,
        EndsMoved,
        programme_id=version.programme_id,
        currency=currency_of(version, currency).code,
        customer_id=customer_id,
        lots=None if lots is None else list(lots),
        ending_from=ending_from,
        ending_until=ending_until,
        to=to,
        by=by,
        at=at,
        reason=reason.strip(),
        actor=actor,
    )


def reinstate(
    tx: Tx,
    programme: str,
    customer_id: int,
    *,
    key: str,
    at: datetime,
    until: datetime,
    reason: str,
    actor: str,
    within_days: int | None = None,
    lots: Sequence[int] | None = None,
    currency: str | None = None,
) -> Receipt:
    """Gives a member back what expired in the last days, into its lots, which then end at `until`.

    Without `within_days`, as many as the programme says. Of an award returned since, nothing comes back.
    """
    checked(key, 1, least=1)
    if until <= at:
        raise refused("until", f"What is reinstated ends later than now; found {until:%Y-%m-%d %H:%M} UTC.")
    if not reason.strip():
        raise refused("reason", "Reinstating points needs a reason that others can read later.")
    hold(tx)
    version = newest(tx, programme)
    most = version.programme.reinstate_days
    if within_days is not None and not 0 < within_days <= most:
        raise refused("within_days", f"The programme gives points back for {most} days; found {within_days}.")
    coin = currency_of(version, currency)
    fields = {
        "kind": "reinstate",
        "customer": customer_id,
        "currency": coin.code,
        "until": until.isoformat(),
        "lots": None if lots is None else sorted(lots),
    }
    answer = maybe(
        tx,
        SQL.reinstate,
        Reinstated,
        programme_id=version.programme_id,
        currency=coin.code,
        customer_id=customer_id,
        lots=None if lots is None else list(lots),
        since=at - timedelta(days=within_days or most),
        until=until,
        key=key,
        at=at,
        reason=reason.strip(),
        actor=actor,
        fields=Jsonb(fields),
    )
    if answer is not None and answer.outcome == "nothing_left":
        raise NotReversible(
            f"Nothing of this member's points expired in the last {within_days or most} days; "
            "give points by hand instead."
        )
    if answer is not None and answer.outcome == "posted" and answer.transfer_id is not None:
        tell(tx, version, answer.transfer_id)
    return receipt(plainly(answer), key, answer.amount or 0 if answer else 0, coin.code, customer_id)


def plainly(answer: Reinstated | None) -> Answer | None:
    if answer is None:
        return None
    return Answer(
        outcome=answer.outcome, transfer_id=answer.transfer_id, available=answer.available, field=answer.field
    )


def lot_changes(tx: Tx, lot_id: int) -> list[LotChange]:
    """Every change of a lot's end, in order."""
    return rows(tx, SQL.changes, LotChange, lot_id=lot_id)
