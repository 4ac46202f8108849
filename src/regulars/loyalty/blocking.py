"""Stopping a member's spending: the points stay, and go on to be earned."""

from dataclasses import dataclass
from datetime import datetime

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, value
from regulars.kernel import Conflict, Finding, Invalid, public_id
from regulars.loyalty.errors import UnknownMember, UnknownProgramme

NOTE_SIGNS_MAX = 2000


class Sql(Statements, file="blocking.sql"):
    programme_id: Query
    blocked: Query
    block: Query
    lift: Query


SQL = Sql()


class Blocked(Conflict):
    """Spending is stopped for this member; a person has to look at it."""

    code = "loyalty.blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    id: int
    programme_id: int
    customer_id: int
    reason: str
    rule: str | None  # None: by hand.
    since: datetime
    by_name: str


def blocked(tx: Tx, programme: str, customer_id: int) -> Block | None:
    """What stops this member's spending; None: nothing. Raises UnknownProgramme."""
    place = {"programme_id": _id_of(tx, programme), "customer_id": customer_id}
    return maybe(tx, SQL.blocked, Block, key=None, **place)


def check_free(tx: Tx, programme_id: int, customer_id: int, key: str) -> None:
    """Raises Blocked where this member may not spend; what was answered under the key before stays so."""
    found = maybe(tx, SQL.blocked, Block, programme_id=programme_id, customer_id=customer_id, key=key)
    if found is not None:
        raise Blocked(
            f"{public_id('cus', customer_id)} may not spend points since {found.since:%-d %B %Y}: "
            f"{found.reason}. Somebody of the loyalty team can lift the block."
        )


def block(tx: Tx, programme: str, customer_id: int, *, reason: str, by: str, at: datetime) -> bool:
    """Stops a member's spending; False where it is stopped already. Raises UnknownMember."""
    check_note("reason", reason)
    hold(tx)
    place = {"programme_id": _id_of(tx, programme), "customer_id": customer_id}
    if maybe(tx, SQL.blocked, Block, key=None, **place) is not None:
        return False
    if value(tx, SQL.block, reason=reason, by=by, at=at, **place) is None:
        raise UnknownMember(f"{public_id('cus', customer_id)} is no member of {programme}.")
    return True


def lift(tx: Tx, programme: str, customer_id: int, *, by: str, at: datetime) -> bool:
    """Lets a member spend again; False where nothing stops them."""
    lifted = False
    while (found := blocked(tx, programme, customer_id)) is not None:
        lifted = value(tx, SQL.lift, block_id=found.id, by=by, at=at) is not None or lifted
    return lifted


def check_note(path: str, note: str) -> None:
    if not note.strip() or len(note) > NOTE_SIGNS_MAX:
        told = f"Say why, in 1 to {NOTE_SIGNS_MAX:,} signs: others read it later."
        raise Invalid(told, [Finding(path=path, code="loyalty.note", message=told)])


def _id_of(tx: Tx, programme: str) -> int:
    found = value(tx, SQL.programme_id, programme=programme)
    if found is None:
        raise UnknownProgramme(f"No programme is called {programme[:80]!r}; launch it first.")
    return int(found)
