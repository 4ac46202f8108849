"""What a deed by hand would do, said before it is done; and where a member's points came from."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access
from regulars.access import Actor, Decision
from regulars.db import Query, Statements, Tx, maybe, rows, value
from regulars.kernel import local_day, parse_public_id, public_id
from regulars.loyalty.accrual import Version, ends, starts
from regulars.loyalty.deed import Deed, check
from regulars.loyalty.errors import UnknownTransfer
from regulars.loyalty.member import member
from regulars.loyalty.model import amount_text
from regulars.loyalty.posting import currency_of, newest
from regulars.loyalty.scope import scope_of

ACTION = "loyalty.adjust"
LOTS_NAMED = 4


class Sql(Statements, file="foreseeing.sql"):
    would_pay: Query
    received: Query
    taken: Query
    posted: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    lot_id: int
    amount: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A row of the query of this name."""

    id: int
    kind: str
    amount: int
    reason: str | None
    booked_at: datetime
    reversed_by: int | None
    gave: bool  # Whether it made a lot.


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Exactly what posting would do, for the person who decides."""

    headline: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    possible: bool  # False: it would be refused, whoever asks.
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a member's points came from and what was taken back by hand; both net of reversals."""

    received: int
    taken: int


def sources(tx: Tx, customer_id: int, *, programme: str, currency: str | None = None) -> Sources:
    """With the balance it adds up: received = spendable + waiting + spent + expired + taken − owed."""
    version = newest(tx, programme)
    place = {
        "programme_id": version.programme_id,
        "customer_id": customer_id,
        "currency": currency_of(version, currency).code,
    }
    return Sources(received=value(tx, SQL.received, **place), taken=value(tx, SQL.taken, **place))


def undoing(
    tx: Tx, programme: str, customer_id: int, transfer: str, *, reason: str = "correction", note: str = ""
) -> Deed:
    """The deed that reverses a transfer named by its public id."""
    found = _posted(tx, newest(tx, programme), customer_id, parse_public_id("txn", transfer))
    return Deed(
        programme=programme,
        customer_id=customer_id,
        kind="undo",
        amount=found.amount,
        reason=reason,
        note=note,
        transfer_id=found.id,
    )


def foresee(tx: Tx, actor: Actor, deed: Deed, at: datetime) -> Foreseen:
    """Say what would happen and whether this person may do it; changes nothing."""
    check(deed)
    version = newest(tx, deed.programme)
    coin = currency_of(version, None)
    standing = member(tx, deed.customer_id, programme=deed.programme, at=at)
    spendable = standing.spendable if standing else 0
    facts, after = FACTS[deed.kind](tx, version, deed, at, spendable)
    possible = standing is not None and after >= 0
    short = f"Only {amount_text(spendable, coin)} can be spent; ask for no more than that."
    return Foreseen(
        headline=f"{HEADLINES[deed.kind]} {amount_text(deed.amount, coin)}",
        facts=(
            *facts,
            ("Spendable before", amount_text(spendable, coin)),
            *((("Spendable afterwards", amount_text(after, coin)),) if possible else ()),
            ("Reason in the ledger", deed.words),
        ),
        warnings=() if possible else (short,),
        possible=possible,
        decision=judge(tx, actor, deed),
    )


def judge(tx: Tx, actor: Actor, deed: Deed) -> Decision:
    return access.allows(
        actor, ACTION, scope=scope_of(tx, deed.programme), amount=deed.amount, solo=access.solo(tx)
    )


Facts = tuple[list[tuple[str, str]], int]


def _giving(_tx: Tx, version: Version, deed: Deed, at: datetime, spendable: int) -> Facts:
    body = version.programme
    active_from = starts(body, at)
    until = ends(body, active_from)
    waits = active_from > at
    valid = f"before {_day(until, body.zone)}" if until else "for ever"
    facts = [("A new lot", f"{amount_text(deed.amount, currency_of(version, None))}, to be spent {valid}")]
    if waits:
        facts.append(("Spendable from", _day(active_from, body.zone)))
    return facts, spendable + (0 if waits else deed.amount)


def _paying(tx: Tx, version: Version, deed: Deed, at: datetime, spendable: int) -> Facts:
    coin = currency_of(version, None)
    found = rows(
        tx,
        SQL.would_pay,
        Paying,
        programme_id=version.programme_id,
        customer_id=deed.customer_id,
        currency=coin.code,
        amount=deed.amount,
        at=at,
    )
    zone = version.programme.zone
    facts = [
        (
            f"From {public_id('lot', lot.lot_id)}",
            amount_text(lot.amount, coin)
            + (f", which would expire on {_day(lot.expires_at, zone)}" if lot.expires_at else ""),
        )
        for lot in found[:LOTS_NAMED]
    ]
    if len(found) > LOTS_NAMED:
        facts.append(("And from", f"{len(found) - LOTS_NAMED} more lots"))
    return facts, spendable - deed.amount


def _undoing(tx: Tx, version: Version, deed: Deed, _at: datetime, spendable: int) -> Facts:
    found = _posted(tx, version, deed.customer_id, deed.transfer_id or 0)
    coin = currency_of(version, None)
    what = {"spend": "spending", "adjust": "adjustment", "earn": "earning"}.get(found.kind, found.kind)
    when = _day(found.booked_at, version.programme.zone)
    head = ("Reverses", f"the {what} {public_id('txn', found.id)} of {when}")
    if found.gave:
        facts = [head, ("Taken back", f"up to {amount_text(found.amount, coin)}, out of its own lot first")]
        return facts, max(0, spendable - found.amount)
    back = f"{amount_text(found.amount, coin)} into the lots they came from"
    return [head, ("Given back", back)], spendable + found.amount


def _posted(tx: Tx, version: Version, customer_id: int, transfer_id: int) -> Posted:
    place = {"programme_id": version.programme_id, "customer_id": customer_id, "transfer_id": transfer_id}
    found = maybe(tx, SQL.posted, Posted, **place)
    if found is None:
        raise UnknownTransfer(f"This member has no transfer {public_id('txn', transfer_id)}.")
    return found


def _day(instant: datetime, zone: str) -> str:
    return f"{local_day(instant, zone):%-d %B %Y}"


HEADLINES: dict[str, str] = {"give": "Give", "take": "Take away", "spend": "Spend", "undo": "Undo"}
FACTS = {"give": _giving, "take": _paying, "spend": _paying, "undo": _undoing}
