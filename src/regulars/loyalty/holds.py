"""Holds: points promised to a payment, then captured, voided or out of time; each is resolved once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, rows, value, values
from regulars.kernel import Conflict, public_id
from regulars.loyalty.blocking import check_free
from regulars.loyalty.errors import (
    Ended,
    HoldCaptured,
    HoldExpired,
    HoldTooSmall,
    HoldVoided,
    InsufficientPoints,
    UnknownHold,
    UnknownMember,
)
from regulars.loyalty.posting import checked, kept, newest, refuse_other, refused, spent_currency, tell
from regulars.loyalty.ruling import Version

HOLDS_MAX = 1000
DAYS_MAX = 366
RESOLVED: dict[str, tuple[type[Conflict], str]] = {
    "already_captured": (HoldCaptured, "was captured before"),
    "already_voided": (HoldVoided, "was voided before"),
    "already_expired": (HoldExpired, "ran out of time"),
}


class Sql(Statements, file="holds.sql"):
    place: Query
    resolve: Query
    expire: Query
    tell_placed: Query
    tell_resolved: Query
    knows_key: Query
    programme_ids: Query
    one_hold: Query
    of_member: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    id: int
    customer_id: int
    currency: str
    amount: int
    state: str  # open, captured, voided or expired.
    captured: int
    placed_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    transfer_id: int | None  # The spending it became.
    order_key: str | None
    reason: str | None

    @property
    def public(self) -> str:
        return public_id("hld", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    outcome: str
    hold_id: int | None
    transfer_id: int | None
    available: int | None
    field: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReceipt:
    """The answer to a write about a hold, the same for every repeat of its id."""

    wanted: str  # held, captured or voided.
    outcome: str  # The same when done; else why not, which is kept as the answer, too.
    hold_id: int  # 0: nothing is held.
    transfer_id: int | None  # The spending, once captured.
    available: int  # Spendable points right after the first answer.
    amount: int  # Held, or asked for.
    captured: int
    currency: str
    customer_id: int
    expires_at: datetime | None

    @property
    def public(self) -> str:
        return public_id("hld", self.hold_id)

    @property
    def done(self) -> bool:
        return self.outcome == self.wanted

    def confirmed(self) -> "HoldReceipt":
        """Itself when done; raises what stood against it otherwise. Commit before, so the refusal stays."""
        if self.done:
            return self
        if self.outcome == "ended":
            raise Ended("Points were to be held, and the time to spend points of this programme is over.")
        if self.outcome == "too_much":
            raise HoldTooSmall(
                f"More was to be captured than the {self.amount:,} {self.currency} of {self.public}; "
                "capture at most that, under a new id."
            )
        if self.outcome == "insufficient":
            raise InsufficientPoints(
                f"{self.amount:,} {self.currency} were asked for and {self.available:,} are spendable of "
                f"{public_id('cus', self.customer_id)}; ask for less, under a new id."
            )
        error, said = RESOLVED[self.outcome]
        raise error(f"{self.public} {said}; a hold is resolved once. Place a new one.")


def place_hold(
    tx: Tx,
    programme: str,
    customer_id: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    currency: str | None = None,
    expires_at: datetime | None = None,
    order_key: str | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> HoldReceipt:
    """Promises points to a payment, or refuses as a whole; held points are no longer spendable.

    Without `expires_at` it lasts as long as the programme says. See `HoldReceipt.confirmed`.
    """
    checked(key, amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    check_free(tx, version.programme_id, customer_id, key)
    coin = spent_currency(version, currency)
    until = expires_at or at + timedelta(minutes=version.programme.hold_minutes)
    again = value(tx, SQL.knows_key, programme_id=version.programme_id, key=key)
    if until <= at and not again:
        raise refused("expires_at", f"A hold ends after it is placed; found {until:%Y-%m-%d %H:%M} UTC.")
    if until > at + timedelta(days=DAYS_MAX) and not again:
        raise refused("expires_at", f"A hold lasts {DAYS_MAX} days at most; found {until:%Y-%m-%d} UTC.")
    fields = kept("hold", customer_id, amount, coin.code, None, order_key)
    if expires_at:
        fields["expires_at"] = expires_at.isoformat()
    answer = maybe(
        tx,
        SQL.place,
        Answer,
        programme_id=version.programme_id,
        currency=coin.code,
        customer_id=customer_id,
        amount=amount,
        key=key,
        at=at,
        expires_at=until,
        order_key=order_key,
        reason=reason,
        actor=actor,
        fields=Jsonb(fields),
    )
    if answer is None or answer.outcome == "no_member":
        raise UnknownMember(
            f"{public_id('cus', customer_id)} is no member of this programme; enrol them first."
        )
    refuse_other(answer.outcome, answer.field, key)
    if answer.outcome != "posted":
        return _refusal(answer, amount, coin.code, customer_id)
    values(tx, SQL.tell_placed, hold_id=answer.hold_id)
    return _receipt(tx, version, answer, answer.hold_id or 0, "held")


def capture_hold(
    tx: Tx,
    programme: str,
    hold_id: int,
    *,
    key: str,
    at: datetime,
    amount: int | None = None,
    order_key: str | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> HoldReceipt:
    """Spends what was held, or a part of it; the rest is free again.

    Which lots pay is decided now, earliest end first, among those that were spendable when it was placed.
    """
    fields = {"kind": "capture", "hold": hold_id, "amount": amount}
    if order_key:
        fields["order_key"] = order_key
    return _resolve(
        tx, programme, hold_id, "captured", fields, key=key, at=at, amount=amount, order_key=order_key,
        reason=reason, actor=actor,
    )  # fmt: skip


def void_hold(
    tx: Tx,
    programme: str,
    hold_id: int,
    *,
    key: str,
    at: datetime,
    reason: str | None = None,
    actor: str | None = None,
) -> HoldReceipt:
    """Frees what was held."""
    fields = {"kind": "void", "hold": hold_id}
    return _resolve(
        tx, programme, hold_id, "voided", fields, key=key, at=at, amount=None, order_key=None,
        reason=reason, actor=actor,
    )  # fmt: skip


def _resolve(
    tx: Tx,
    programme: str,
    hold_id: int,
    wanted: str,
    fields: dict[str, Any],
    *,
    key: str,
    at: datetime,
    amount: int | None,
    order_key: str | None,
    reason: str | None,
    actor: str | None,
) -> HoldReceipt:
    checked(key, 1 if amount is None else amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    answer = maybe(
        tx,
        SQL.resolve,
        Answer,
        programme_id=version.programme_id,
        hold_id=hold_id,
        voids=wanted == "voided",
        amount=amount,
        key=key,
        at=at,
        order_key=order_key,
        reason=reason,
        actor=actor,
        fields=Jsonb(fields),
    )
    if answer is None or answer.outcome == "unknown":
        raise UnknownHold(f"The programme {programme} has no hold {public_id('hld', hold_id)}.")
    refuse_other(answer.outcome, answer.field, key)
    if answer.outcome == "posted":
        values(tx, SQL.tell_resolved, holds=[hold_id])
        if answer.transfer_id is not None:
            tell(tx, version, answer.transfer_id)
    return _receipt(tx, version, answer, hold_id, wanted)


def expire_holds(tx: Tx, at: datetime) -> int:
    """Resolves every hold whose time is over; gives how many. They counted for nothing from then on."""
    hold(tx)
    found = 0
    for programme_id in values(tx, SQL.programme_ids, at=at):
        over = value(tx, SQL.expire, programme_id=programme_id, at=at)
        values(tx, SQL.tell_resolved, holds=over)
        found += len(over)
    return found


def hold_of(tx: Tx, programme: str, hold_id: int) -> Hold:
    """One hold; raises UnknownHold."""
    found = maybe(tx, SQL.one_hold, Hold, programme_id=newest(tx, programme).programme_id, hold_id=hold_id)
    if found is None:
        raise UnknownHold(f"The programme {programme} has no hold {public_id('hld', hold_id)}.")
    return found


def holds_of(tx: Tx, customer_id: int, *, programme: str, only_open: bool = False) -> list[Hold]:
    """A member's holds, the newest first; at most 1,000."""
    place = {"programme_id": newest(tx, programme).programme_id, "customer_id": customer_id}
    return rows(tx, SQL.of_member, Hold, only_open=only_open, limit=HOLDS_MAX, **place)


def _receipt(tx: Tx, version: Version, answer: Answer, hold_id: int, wanted: str) -> HoldReceipt:
    found = hold_of(tx, version.key, hold_id)
    done = answer.outcome == "posted"
    why_not = f"already_{answer.outcome}"
    return HoldReceipt(
        wanted=wanted,
        outcome=wanted if done else why_not if why_not in RESOLVED else answer.outcome,
        hold_id=hold_id,
        transfer_id=answer.transfer_id,
        available=answer.available or 0,
        amount=found.amount,
        captured=found.captured if wanted == "captured" and done else 0,
        currency=found.currency,
        customer_id=found.customer_id,
        expires_at=found.expires_at,
    )


def _refusal(answer: Answer, amount: int, currency: str, customer_id: int) -> HoldReceipt:
    return HoldReceipt(
        wanted="held",
        outcome=answer.outcome,
        hold_id=0,
        transfer_id=None,
        available=answer.available or 0,
        amount=amount,
        captured=0,
        currency=currency,
        customer_id=customer_id,
        expires_at=None,
    )
