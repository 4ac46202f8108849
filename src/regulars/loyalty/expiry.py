"""Points end: of lots past their validity, and what is left when a closing programme's last day is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, one, value
from regulars.loyalty.live import Live, live


class Sql(Statements, file="expiry.sql"):
    move_due: Query
    left_over: Query
    move_lots: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    moved_by: list[int] | None
    points: int

    @property
    def transfers(self) -> list[int]:
        return self.moved_by or []


def expire_due(tx: Tx, at: datetime) -> int:
    """Expires what is left of every lot whose time is over; gives the number of transfers."""
    hold(tx)
    return sum(_expire(tx, programme, at) for programme in live(tx))


def _expire(tx: Tx, programme: Live, at: datetime) -> int:
    gone = len(move_due(tx, programme.programme_id, "expire", at).transfers)
    if programme.spend_until is not None and programme.spend_until <= at:
        gone += _run_down(tx, programme.programme_id, programme.spend_until, at)
    return gone


def _run_down(tx: Tx, programme_id: int, ended: datetime, at: datetime) -> int:
    """What still waits becomes active first, so that it ends where all points end."""
    gone = 0
    for kind, pending in (("activate", True), ("expire", False)):
        lots = value(tx, SQL.left_over, programme_id=programme_id, pending=pending) or []
        gone += len(move_lots(tx, programme_id, kind, lots, [ended] * len(lots), at, "closing").transfers)
    return gone


def move_due(tx: Tx, programme_id: int, kind: str, at: datetime) -> Moved:
    return one(tx, SQL.move_due, Moved, programme_id=programme_id, kind=kind, at=at)


def move_lots(
    tx: Tx,
    programme_id: int,
    kind: str,
    lots: Sequence[int],
    due: Sequence[datetime],
    at: datetime,
    because: str,
) -> Moved:
    if not lots:
        return Moved(moved_by=None, points=0)
    place = {"programme_id": programme_id, "kind": kind, "at": at, "because": because}
    return one(tx, SQL.move_lots, Moved, lots=list(lots), due=list(due), **place)
