"""Single writes to the ledger: spend, adjust, enrol. Each takes an id the caller chose."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, value, values
from regulars.kernel import Finding, Invalid, public_id
from regulars.loyalty.blocking import check_free
from regulars.loyalty.climbing import climb
from regulars.loyalty.dating import ends, starts
from regulars.loyalty.errors import (
    Ended,
    InsufficientPoints,
    KeyConflict,
    UnknownMember,
    UnknownProgramme,
)
from regulars.loyalty.model import Currency, Programme
from regulars.loyalty.ruling import Version
from regulars.loyalty.run_state import refuse_closed

AMOUNT_MAX = 10**15
KEY_SIGNS_MAX = 200


class Sql(Statements, file="posting.sql"):
    spend: Query
    award: Query
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

    outcome: str  # "posted"; else why not, which is kept as the answer once the caller commits.
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
        if self.outcome == "ended":
            raise Ended(f"{asked} were to be spent, and the time to spend points of this programme is over.")
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
    order_key: str | None = None,
) -> Receipt:
    """Spends from the earliest-expiring lots, or refuses as a whole: see `Receipt.confirmed`.

    The same key and fields give the first answer again; another field raises KeyConflict.
    """
    checked(key, amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    check_free(tx, version.programme_id, customer_id, key)
    coin = spent_currency(version, currency)
    fields = kept("spend", customer_id, amount, coin.code, occurred_at, order_key)
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
        order_key=order_key,
    )
    return receipt(told(tx, version, answer), key, amount, coin.code, customer_id)


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
        answer = maybe(tx, SQL.spend, Answer, kind="adjust", order_key=None, **shared)
    else:
        active_from = starts(version.programme, at)
        expires_at = ends(version.programme, active_from)
        answer = maybe(tx, SQL.award, Answer, active_from=active_from, expires_at=expires_at, **shared)
    return receipt(told(tx, version, answer), key, abs(amount), coin.code, customer_id)


def told(tx: Tx, version: Version, answer: Answer | None) -> Answer | None:
    """The answer, after log and tiers were told of what was posted."""
    if answer is not None and answer.outcome == "posted" and answer.transfer_id is not None:
        tell(tx, version, answer.transfer_id)
    return answer


def tell(tx: Tx, version: Version, transfer_id: int) -> None:
    programme = version.programme
    values(tx, SQL.tell, transfer_id=transfer_id)
    if programme.inactive_after or any(one.counts == "balance" for one in programme.tier_sets):
        climb(tx, version, [transfer_id])


def enrol(tx: Tx, programme: str, customer_id: int, *, at: datetime) -> bool:
    """Makes a customer a member; False when already one. Raises NotRunning where the programme closed."""
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
    if joined:
        refuse_closed(tx, programme, at)
    return bool(joined)


def kept(
    kind: str,
    customer_id: int,
    amount: int,
    currency: str,
    occurred_at: datetime | None = None,
    order_key: str | None = None,
) -> dict[str, Any]:
    """The fields that a repeat of the id must have, too."""
    fields: dict[str, Any] = {"kind": kind, "customer": customer_id, "amount": amount, "currency": currency}
    if occurred_at:
        fields["occurred_at"] = occurred_at.isoformat()
    return fields | ({"order_key": order_key} if order_key else {})


def receipt(answer: Answer | None, key: str, amount: int, currency: str, customer_id: int) -> Receipt:
    if answer is None or answer.outcome == "no_member":
        name = public_id("cus", customer_id)
        raise UnknownMember(f"{name} is no member of this programme; enrol them first.")
    refuse_other(answer.outcome, answer.field, key)
    return Receipt(
        outcome=answer.outcome,
        transfer_id=answer.transfer_id,
        available=answer.available or 0,
        amount=amount,
        currency=currency,
        customer_id=customer_id,
    )


def refuse_other(outcome: str, field: str | None, key: str) -> None:
    """Raises when the id came before with other fields."""
    if outcome == "conflict":
        raise KeyConflict(
            f"The id {key!r} came before with another {field}; send the same fields to get the first "
            "answer, or choose a new id."
        )


def currency_of(version: Version, code: str | None) -> Currency:
    programme = version.programme
    found = programme.currency(code) if code else programme.currencies[0]
    if found is None:
        known = ", ".join(c.code for c in programme.currencies)
        raise refused("currency", f"The programme {version.key} has no currency {code!r}; it has {known}.")
    return found


def spent_currency(version: Version, code: str | None) -> Currency:
    """A currency that pays; points that only tiers count never do."""
    coin = currency_of(version, code)
    if coin.kind == "tier":
        raise refused(
            "currency", f"{coin.code} counts towards tiers and is never spent; name another currency."
        )
    return coin


def checked(key: str, amount: int, *, least: int) -> None:
    if not 0 < len(key) <= KEY_SIGNS_MAX or "\0" in key:
        raise refused("key", f"An id is 1 to {KEY_SIGNS_MAX} signs; found {len(key)}.")
    if amount == 0 or not least <= amount <= AMOUNT_MAX:
        raise refused("amount", f"An amount is a whole number above zero; found {amount:,}.")


def refused(path: str, message: str) -> Invalid:
    return Invalid(message, [Finding(path=path, code="range", message=message)])
