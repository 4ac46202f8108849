"""Points that wait become spendable: when their time comes, or when what was agreed on has happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import log
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, rows, run
from regulars.kernel import WallClock
from regulars.loyalty.climbing import climb_by
from regulars.loyalty.expiry import move_due, move_lots
from regulars.loyalty.live import Live, bodies, live
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted


class Sql(Statements, file="activation.sql"):
    waiting_for: Query
    date_lots: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    programme_id: int
    lot_id: int
    occurred_at: datetime
    version: int | None  # Of the award; None: given by hand.
    rule: str | None


def activate_due(tx: Tx, at: datetime) -> int:
    """Makes pending points spendable whose time has come; gives the number of transfers."""
    hold(tx)
    return sum(_activate(tx, programme.programme_id, at) for programme in live(tx))


def _activate(tx: Tx, programme_id: int, at: datetime) -> int:
    moved = move_due(tx, programme_id, "activate", at).transfers
    climb_by(tx, programme_id, transfers=moved)
    return len(moved)


def activate_by_events(tx: Tx, programmes: Sequence[Live], *, after: int, to: int) -> int:
    """Makes points spendable that waited for what the log tells at positions (after, to]; gives the lots."""
    asking = {one.programme_id: one for one in programmes if one.programme.activated_by}
    if not asking:
        return 0
    found = rows(
        tx,
        SQL.waiting_for,
        Waiting,
        programmes=list(asking),
        names=[one.programme.activated_by for one in asking.values()],
        after=after,
        to=to,
    )
    for programme_id in sorted({lot.programme_id for lot in found}):
        _end_waiting(tx, programme_id, [lot for lot in found if lot.programme_id == programme_id])
    return len(found)


def _end_waiting(tx: Tx, programme_id: int, lots: Sequence[Waiting]) -> None:
    said = {one.version: one.programme for one in bodies(tx, programme_id)}
    newest = said[max(said)]
    expires = [_ends(said.get(lot.version or 0, newest), lot) for lot in lots]
    active = [lot.occurred_at for lot in lots]
    ids = [lot.lot_id for lot in lots]
    run(tx, SQL.date_lots, lots=ids, active=active, expires=expires)
    at = log.clock(tx).now(WallClock().now())
    climb_by(
        tx,
        programme_id,
        transfers=move_lots(tx, programme_id, "activate", ids, active, at, "event").transfers,
    )


def _ends(programme: Programme, lot: Waiting) -> datetime | None:
    valid = _own(programme, lot.rule) or programme.valid
    return shifted(lot.occurred_at, valid, programme.zone) if valid else None


def _own(programme: Programme, key: str | None) -> Period | None:
    rules: Iterable[Period | None] = (rule.valid for rule in programme.earning if rule.key == key)
    return next(iter(rules), None)
