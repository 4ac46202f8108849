"""Single writes to the ledger: spend, adjust, reverse, enrol. Each takes an id the caller chose."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, value
from regulars.kernel import Finding, Invalid, public_id
from regulars.loyalty.accrual import Version, ends, starts
from regulars.loyalty.blocking import check_free
from regulars.loyalty.errors import (
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    UnknownMember,
    UnknownProgramme,
    UnknownTransfer,
)
from regulars.loyalty.model import Currency, Programme

AMOUNT_MAX = 10**15
KEY_SIGNS_MAX = 200
WHY_NOT = {
    "already_reversed": "it was reversed before; a transfer is reversed once",
    "not_reversible": "only an award, a spending or an adjustment can be reversed",
    "nothing_left": "nothing of it is left, and the programme leaves nobody in debt",
}


class Sql(Statements, file="posting.sql"):
    spend: Query
    award: Query
    reverse: Query
    tell: Query
    join_member: Query
    programme_of_key: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    outcome: str
    transfer_id: int | None
    available: int | None
    field: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to a write, the same for every repeat of its id."""

    outcome: str  # "posted" or "insufficient", which is kept as the answer once the caller commits.
    transfer_id: int | None
    available: int  # Spendable points right after the first answer.
    amount: int
    currency: str
    customer_id: int

    def confirmed(self) -> "Receipt":
        """Itself when posted; raises InsufficientPoints otherwise. Commit before, so the refusal stays."""
        if self.outcome == "posted":
            return self
        asked, who = f"{self.amount:,} {self.currency}", public_id("cus", self.customer_id)
        raise InsufficientPoints(
            f"{asked} were to be spent and member {who} has {self.available:,} spendable; ask for less, "
            "under a new id."
        )


def newest(tx: Tx, programme: str) -> Version:
    found = maybe(tx, SQL.programme_of_key, Version, key=programme)
    if found is None:
        raise UnknownProgramme(f"No programme is called {programme[:80]!r}; launch it first.")
    return found


def definition(tx: Tx, programme: str) -> Programme:
    """The newest version of a programme that was ever in force; raises UnknownProgramme."""
    return newest(tx, programme).programme


def spend(
    tx: Tx,
    programme: str,
    customer_id: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    currency: str | None = None,
    occurred_at: datetime | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> Receipt:
    """Spends from the earliest-expiring lots, or refuses as a whole: see `Receipt.confirmed`.

    The same key and fields give the first answer again; another field raises KeyConflict.
    """
    checked(key, amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    check_free(tx, version.programme_id, customer_id, key)
    coin = currency_of(version, currency)
    fields = kept("spend", customer_id, amount, coin.code, occurred_at)
    answer = maybe(
        tx,
        SQL.spend,
        Answer,
        programme_id=version.programme_id,
        currency=coin.code,
        customer_id=customer_id,
        kind="spend",
        amount=amount,
        key=key,
        occurred_at=occurred_at or at,
        at=at,
        reason=reason,
        actor=actor,
        fields=Jsonb(fields),
    )
    return receipt(_told(tx, answer), key, amount, coin.code, customer_id)


def adjust(
    tx: Tx,
    programme: str,
    customer_id: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    reason: str,
    actor: str,
    currency: str | None = None,
) -> Receipt:
    """Gives points by hand (a lot with the programme's validity); takes them for a negative amount."""
    checked(key, amount, least=-AMOUNT_MAX)
    if not reason.strip():
        raise refused("reason", "An adjustment needs a reason that others can read later.")
    hold(tx)
    version = newest(tx, programme)
    coin = currency_of(version, currency)
    shared: dict[str, Any] = {
        "programme_id": version.programme_id,
        "currency": coin.code,
        "customer_id": customer_id,
        "amount": abs(amount),
        "key": key,
        "occurred_at": at,
        "at": at,
        "reason": reason,
        "actor": actor,
        "fields": Jsonb(kept("adjust", customer_id, amount, coin.code, None)),
    }
    if amount < 0:
        answer = maybe(tx, SQL.spend, Answer, kind="adjust", **shared)
    else:
        active_from = starts(version.programme, at)
        expires_at = ends(version.programme, active_from)
        answer = maybe(tx, SQL.award, Answer, active_from=active_from, expires_at=expires_at, **shared)
    return receipt(_told(tx, answer), key, abs(amount), coin.code, customer_id)


def reverse(
    tx: Tx, programme: str, transfer_id: int, *, key: str, at: datetime, reason: str, actor: str
) -> Receipt:
    """Reverses a transfer as a whole: points go back into the lots they came from, awards are taken back.

    When awarded points were spent already, the programme's return policy says what happens.
    """
    checked(key, 1, least=1)
    hold(tx)
    version = newest(tx, programme)
    answer = maybe(
        tx,
        SQL.reverse,
        Answer,
        programme_id=version.programme_id,
        transfer_id=transfer_id,
        key=key,
        at=at,
        policy=version.programme.returns,
        reason=reason,
        actor=actor,
        fields=Jsonb({"kind": "reverse", "transfer": transfer_id}),
    )
    name = public_id("txn", transfer_id)
    if answer is None or answer.outcome == "unknown":
        raise UnknownTransfer(f"The programme {programme} has no transfer {name}.")
    if answer.outcome in WHY_NOT:
        raise NotReversible(f"Transfer {name} cannot be reversed: {WHY_NOT[answer.outcome]}.")
    return receipt(_told(tx, answer), key, 0, "", 0)


def _told(tx: Tx, answer: Answer | None) -> Answer | None:
    """The answer, after the log was told of what was posted."""
    if answer is not None and answer.outcome == "posted":
        value(tx, SQL.tell, transfer_id=answer.transfer_id)
    return answer


def enrol(tx: Tx, programme: str, customer_id: int, *, at: datetime) -> bool:
    """Makes a customer a member; False when already one."""
    hold(tx)
    version = newest(tx, programme)
    body = version.programme
    joined = value(
        tx,
        SQL.join_member,
        programme_id=version.programme_id,
        customer_id=customer_id,
        at=at,
        terms=body.terms_version,
        tier_set=body.tier_set.key if body.tier_set else None,
    )
    return bool(joined)


def kept(
    kind: str, customer_id: int, amount: int, currency: str, occurred_at: datetime | None
) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": kind, "customer": customer_id, "amount": amount, "currency": currency}
    return fields | ({"occurred_at": occurred_at.isoformat()} if occurred_at else {})


def receipt(answer: Answer | None, key: str, amount: int, currency: str, customer_id: int) -> Receipt:
    if answer is None or answer.outcome == "no_member":
        name = public_id("cus", customer_id)
        raise UnknownMember(f"{name} is no member of this programme; enrol them first.")
    if answer.outcome == "conflict":
        raise KeyConflict(
            f"The id {key!r} came before with another {answer.field}; send the same fields to get the first "
            "answer, or choose a new id."
        )
    return Receipt(
        outcome=answer.outcome,
        transfer_id=answer.transfer_id,
        available=answer.available or 0,
        amount=amount,
        currency=currency,
        customer_id=customer_id,
    )


def currency_of(version: Version, code: str | None) -> Currency:
    programme = version.programme
    found = programme.currency(code) if code else programme.currencies[0]
    if found is None:
        known = ", ".join(c.code for c in programme.currencies)
        raise refused("currency", f"The programme {version.key} has no currency {code!r}; it has {known}.")
    return found


def checked(key: str, amount: int, *, least: int) -> None:
    if not 0 < len(key) <= KEY_SIGNS_MAX or "\0" in key:
        raise refused("key", f"An id is 1 to {KEY_SIGNS_MAX} signs; found {len(key)}.")
    if amount == 0 or not least <= amount <= AMOUNT_MAX:
        raise refused("amount", f"An amount is a whole number above zero; found {amount:,}.")


def refused(path: str, message: str) -> Invalid:
    return Invalid(message, [Finding(path=path, code="range", message=message)])
