"""Using a code: validate, reserve, release, redeem, give back.

Who uses a code holds its row from the beginning, so that of many at once each sees what the one before left;
what decides is one conditional update, in the transaction of what the code pays for.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from regulars import access
from regulars.customers import hold
from regulars.db import Tx, maybe, one, run, value
from regulars.kernel import Finding, Invalid, public_id
from regulars.offers.cards import move
from regulars.offers.checking import Asked, given, person, reasons
from regulars.offers.errors import NotUsable, Reason, UnknownUse
from regulars.offers.keys import claim, settle
from regulars.offers.spans import every, limits, spans
from regulars.offers.statements import SQL
from regulars.offers.telling import tell
from regulars.offers.voucher import RESERVATION_PREFIX, USE_PREFIX, Code, Reservation, Use, atoms, code, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a code would do; nothing was done."""

    code: Code
    reasons: tuple[Reason, ...]  # Why not; empty where it can be used.
    given_minor: int  # What it would be worth.

    @property
    def usable(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The answer to a use or a reservation, the same for every repeat of its id."""

    code_id: int
    use_id: int | None = None
    reservation_id: int | None = None
    given_minor: int = 0
    balance_minor: int | None = None  # Of a gift card, right after the first answer.
    currency: str = ""
    ends_at: str | None = None  # Of a reservation.
    reasons: tuple[Reason, ...] = ()

    def confirmed(self) -> "Used":
        """Itself where it worked; raises NotUsable otherwise. Commit before, so that the refusal stays."""
        if not self.reasons:
            return self
        said = " ".join(one.words for one in self.reasons)
        raise NotUsable(f"The code {public_id('vch', self.code_id)} cannot be used. {said}", self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    use_id: int
    code_id: int
    currency: str
    given_back_minor: int  # By this write.
    whole: bool  # Whether nothing of the use is left.


class _Refused(Exception):
    def __init__(self, found: Sequence[Reason]) -> None:
        super().__init__()
        self.reasons = tuple(found)


def validate(tx: Tx, typed: str, asked: Asked, *, at: datetime) -> Checked:
    """Whether a code can be used, and why not; raises UnknownCode."""
    found = find(tx, typed)
    mine = 1 if _reserved(tx, found, asked, None, at) else 0
    why = tuple(reasons(tx, found, asked, at, mine=mine))
    return Checked(code=found, reasons=why, given_minor=0 if why else given(found, asked))


def redeem(
    tx: Tx,
    typed: str,
    customer_id: int | None = None,
    amount_minor: int | None = None,
    *,
    key: str,
    at: datetime,
    order_key: str | None = None,
    currency: str | None = None,
    store: str | None = None,
    channel: str | None = None,
    up_to: bool = False,
    reservation: int | None = None,
    actor: str | None = None,
) -> Used:
    """Use a code once, in the transaction of what it pays for, or refuse: see `Used.confirmed`.

    The amount is what the order comes to before the code; of a gift card what it is to pay, or with `up_to`
    at most so much. The same key and fields give the first answer again, a refusal too.
    """
    asked = Asked(
        customer_id=customer_id,
        amount_minor=amount_minor,
        currency=currency,
        order_key=order_key,
        store=store,
        channel=channel,
        up_to=up_to,
    )
    hold(tx)
    found = find(tx, typed)
    fields = {"deed": "redeem", "code": found.bare, "customer": customer_id, "amount": amount_minor}
    before = claim(tx, key, fields | {"order": order_key}, customer_id)
    if before is not None:
        return _again(before)
    try:
        with tx.transaction():
            used = _use(tx, found, asked, reservation, at=at, actor=actor)
    except _Refused as refused:
        used = Used(code_id=found.id, currency=found.currency, reasons=refused.reasons)
    settle(tx, key, _plain(used))
    return used


def _use(
    tx: Tx, found: Code, asked: Asked, reservation: int | None, *, at: datetime, actor: str | None
) -> Used:
    now = _locked(tx, found, at)
    whose = asked.customer_id if asked.customer_id is not None else now.customer_id
    if whose is not None and now.limits.uses_per_customer is not None:
        value(tx, SQL.lock_customer, pool_id=now.pool_id, person=person(tx, whose))
    held = _reserved(tx, now, asked, reservation, at)
    mine = 1 if held else 0
    found_reasons = reasons(tx, now, asked, at, mine=mine)
    if found_reasons:
        raise _Refused(found_reasons)
    off = given(now, asked)
    taken = off if now.balance_minor is not None else 0
    left = value(tx, SQL.take, code_id=now.id, mine=mine, taken=taken, at=at)
    if left is None:
        raise _Refused([Reason(code="used_up", words="Somebody else used it at this moment.")])
    if held:
        run(tx, SQL.end_reservation, reservation_id=held, state="used")
    zone = access.zone(tx)
    _count(tx, now, off, at, zone)
    use_id = int(
        value(
            tx,
            SQL.save_use,
            code_id=now.id,
            pool_id=now.pool_id,
            customer_id=whose,
            order_key=asked.order_key,
            amount=asked.amount_minor,
            given=off,
            at=at,
            spans=every(at, zone),
            actor=actor,
        )
    )
    if taken:
        move(tx, "pay", [now.id], taken, at=at, use_id=use_id, actor=actor)
    _tell_used(tx, now, use_id, whose, asked, off, at)
    balance = int(left) if now.balance_minor is not None else None
    return Used(code_id=now.id, use_id=use_id, given_minor=off, balance_minor=balance, currency=now.currency)


def _locked(tx: Tx, found: Code, at: datetime) -> Code:
    """The code as it stands once everybody before is done, without reservations that are over."""
    run(tx, SQL.hold_pool, pool_id=found.pool_id)
    run(tx, SQL.lock_code, code_id=found.id)
    run(tx, SQL.lapse_of_code, code_id=found.id, at=at)
    return code(tx, found.id)


def _count(tx: Tx, found: Code, off: int, at: datetime, zone: str) -> None:
    bounds = limits(found.limits, at, zone)
    for span in spans(found.limits, at, zone):
        uses, budget = bounds[span]
        asked = {"pool_id": found.pool_id, "span": span, "given": off, "uses": uses, "budget": budget}
        if not run(tx, SQL.count_use, **asked):
            raise _Refused([Reason(code="pool_limit", words=f"{found.limits.name} reached its limit.")])


def _reserved(tx: Tx, found: Code, asked: Asked, reservation: int | None, at: datetime) -> int | None:
    """The reservation this use belongs to."""
    if not found.reserved:
        return None
    held: int | None = value(
        tx,
        SQL.held_by,
        code_id=found.id,
        reservation_id=reservation,
        order_key=asked.order_key,
        atoms=list(atoms(tx, asked.customer_id)),
        at=at,
    )
    return held


def _tell_used(
    tx: Tx, found: Code, use_id: int, whose: int | None, asked: Asked, off: int, at: datetime
) -> None:
    told = {
        "pool": found.pool,
        "code": found.public_id,
        "use": public_id(USE_PREFIX, use_id),
        "order_key": asked.order_key,
        "given_minor": off,
        "currency": found.currency,
    }
    tell(tx, "redeemed", str(use_id), whose, at, told)


def reserve(
    tx: Tx,
    typed: str,
    customer_id: int | None = None,
    *,
    key: str,
    at: datetime,
    order_key: str | None = None,
    minutes: int | None = None,
    amount_minor: int | None = None,
) -> Used:
    """Keep one use of a code for a customer or an order until it is redeemed, released or times out."""
    hold(tx)
    found = find(tx, typed)
    fields = {"deed": "reserve", "code": found.bare, "customer": customer_id, "order": order_key}
    before = claim(tx, key, fields, customer_id)
    if before is not None:
        return _again(before)
    now = _locked(tx, found, at)
    asked = Asked(customer_id=customer_id, order_key=order_key, amount_minor=amount_minor, up_to=True)
    later = ("amount_needed", "order_too_small", "other_store", "other_channel")
    why = tuple(one for one in reasons(tx, now, asked, at) if one.code not in later)
    reserved = Used(code_id=now.id, currency=now.currency, reasons=why)
    if not why:
        run(tx, SQL.reserve, code_id=now.id, at=at)
        ends_at = at + timedelta(minutes=minutes or now.limits.reserve_minutes)
        place = {"code_id": now.id, "customer_id": customer_id, "order_key": order_key}
        reservation_id = value(tx, SQL.save_reservation, at=at, ends_at=ends_at, **place)
        reserved = replace(reserved, reservation_id=int(reservation_id), ends_at=ends_at.isoformat())
    settle(tx, key, _plain(reserved))
    return reserved


def release(tx: Tx, reservation_id: int, *, at: datetime) -> Reservation:
    """What was reserved is free again; again, nothing changes. Raises NotUsable where it was used."""
    found = one(tx, SQL.reservation, Reservation, reservation_id=reservation_id)
    run(tx, SQL.lock_code, code_id=found.code_id)
    run(tx, SQL.lapse_of_code, code_id=found.code_id, at=at)
    if value(tx, SQL.end_reservation, reservation_id=reservation_id, state="released") is not None:
        run(tx, SQL.unreserve, code_id=found.code_id)
    now = one(tx, SQL.reservation, Reservation, reservation_id=reservation_id)
    if now.state == "used":
        name = public_id(RESERVATION_PREFIX, reservation_id)
        raise NotUsable(f"The reservation {name} was used; give the use back instead.")
    return now


def cancel_redemption(
    tx: Tx,
    use_id: int,
    *,
    key: str,
    at: datetime,
    amount_minor: int | None = None,
    actor: str | None = None,
) -> GivenBack:
    """Give a use back once: the code can be used again, within its dates; a card gets its money back.

    A part can be given back of what a card paid. What was given back before is the answer again.
    """
    found = maybe(tx, SQL.use, Use, use_id=use_id)
    if found is None:
        raise UnknownUse(f"There is no use {public_id(USE_PREFIX, use_id)}.")
    before = claim(tx, key, {"deed": "give_back", "use": use_id, "amount": amount_minor}, found.customer_id)
    if before is not None:
        return GivenBack(**before)
    used = code(tx, found.code_id)
    run(tx, SQL.hold_pool, pool_id=used.pool_id)
    run(tx, SQL.lock_code, code_id=found.code_id)
    given_back = _give_back(tx, one(tx, SQL.use, Use, use_id=use_id), used, amount_minor, at=at, actor=actor)
    settle(tx, key, asdict(given_back))
    return given_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    pool_id: int
    spans: list[str]
    whole: bool


def _give_back(
    tx: Tx, found: Use, used: Code, amount_minor: int | None, *, at: datetime, actor: str | None
) -> GivenBack:
    of_code: dict[str, Any] = {"code_id": used.id, "currency": used.currency}
    if found.cancelled_at is not None:
        return GivenBack(use_id=found.id, given_back_minor=found.given_back_minor, whole=True, **of_code)
    left = found.given_minor - found.given_back_minor
    amount = left if amount_minor is None else amount_minor
    _refuse_part(used, amount, left, found)
    returned = one(tx, SQL.give_back, Returned, use_id=found.id, amount=amount, at=at)
    is_card = used.balance_minor is not None
    run(
        tx,
        SQL.return_use,
        code_id=used.id,
        uses=1 if returned.whole else 0,
        amount=amount if is_card else 0,
    )
    counted = {"pool_id": returned.pool_id, "spans": returned.spans}
    run(tx, SQL.give_back_tally, uses=1 if returned.whole else 0, given=amount, **counted)
    if is_card and amount:
        move(tx, "refund", [used.id], amount, at=at, use_id=found.id, actor=actor)
    told: dict[str, Any] = {
        "pool": used.pool,
        "code": used.public_id,
        "use": found.public_id,
        "given_minor": amount,
        "currency": used.currency,
    }
    nonce = f"{found.id}/{found.given_back_minor + amount}"
    tell(tx, "cancelled", nonce, found.customer_id, at, told)
    return GivenBack(use_id=found.id, given_back_minor=amount, whole=returned.whole, **of_code)


def _refuse_part(used: Code, amount: int, left: int, found: Use) -> None:
    whole = amount == left
    if (not whole and used.balance_minor is None) or amount < 0 or amount > left or (amount == 0 and left):
        money = used.terms.money
        message = (
            f"{money(amount)} cannot be given back of {found.public_id}: {money(left)} is left of what it "
            f"gave{'' if used.balance_minor is not None else ', and only a card’s is given back in parts'}."
        )
        raise Invalid(message, [Finding(path="amount_minor", code="range", message=message)])


def _plain(used: Used) -> dict[str, Any]:
    names = ("code_id", "use_id", "reservation_id", "given_minor", "balance_minor", "currency", "ends_at")
    why = [[one.code, one.words] for one in used.reasons]
    return {name: getattr(used, name) for name in names} | {"reasons": why}


def _again(before: dict[str, Any]) -> Used:
    why = tuple(Reason(code=code, words=words) for code, words in before["reasons"])
    return Used(**(before | {"reasons": why}))
