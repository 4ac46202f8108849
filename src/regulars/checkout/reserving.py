"""Voucher codes of a session: reserved while it is open, redeemed with it, free again without it.

Discounts come before payments: codes that take money off are worked out on what is left after the codes
before them, then points pay, then gift cards.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import msgspec

from regulars import offers
from regulars.checkout.answer import Said, Session
from regulars.checkout.cart import Cart
from regulars.checkout.repeated import fitting
from regulars.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The codes of a cart, and for whom and how long they are reserved."""

    codes: tuple[str, ...]
    customer_id: int | None
    cart: Cart
    key: str
    at: datetime
    expires_at: datetime

    @property
    def minutes(self) -> int:
        return max(1, int((self.expires_at - self.at).total_seconds() // 60))


def reserve(tx: Tx, shown: Shown, left_minor: int, *, cards: bool) -> list[Said]:
    """What becomes of the codes that take money off, or of the gift cards, in the order they came."""
    said = []
    promised: dict[int, list[int]] = {}  # By pool, what the codes before are to give.
    for code in shown.codes:
        try:
            found = offers.find(tx, code)
        except offers.UnknownCode as unknown:
            if not cards:
                said.append(_refused(code, "unknown", str(unknown)))
            continue
        if (found.balance_minor is not None) != cards:
            continue
        beside = promised.setdefault(found.pool_id, [])
        one = _reserve(tx, shown, code, found, left_minor, beside)
        said.append(one)
        if one.applied:
            left_minor -= one.amount
            beside.append(one.amount)
    return said


def redeem(tx: Tx, found: Session, *, order_key: str, at: datetime, actor: str) -> list[str]:
    """Redeems what is reserved; gives the codes. Raises offers.NotUsable for what does not hold any more."""
    cart = msgspec.convert(found.cart, Cart)
    applied = [one for one in found.answered.said if one.what == "code" and one.applied]
    for one in applied:
        used = offers.redeem(
            tx, one.id, found.customer_id, one.of_minor, key=fitting(f"checkout/{found.id}/{one.id}"), at=at,
            order_key=order_key, currency=cart.currency, store=cart.store or None, channel=cart.channel,
            up_to=True, reservation=one.reservation, actor=actor,
        ).confirmed()  # fmt: skip
        _refuse_less(used, one)
    return [one.id for one in applied]


def _refuse_less(used: offers.Used, said: Said) -> None:
    """The till was told what was left to pay: a card that was used meanwhile must not pay less."""
    if used.given_minor != said.amount:
        words = (
            f"{said.id} was to give {said.amount:,} {used.currency} in the smallest unit and now gives "
            f"{used.given_minor:,}: it was used meanwhile. Open another session."
        )
        raise offers.NotUsable(words, (offers.Reason(code="balance", words=words),))


def release(tx: Tx, found: Session, *, at: datetime) -> None:
    for one in found.answered.said:
        if one.reservation is not None:
            with suppress(offers.NotUsable):  # Its owner used it elsewhere: nothing is left to free.
                offers.release(tx, one.reservation, at=at)


def _reserve(
    tx: Tx, shown: Shown, typed: str, found: offers.Code, left_minor: int, beside: Sequence[int]
) -> Said:
    if found.customer_id is not None and shown.customer_id is None:
        words = "It was handed out to a customer, and nobody is known here: send whose cart it is."
        return _refused(typed, "customer_needed", words)
    asked = offers.Asked(
        customer_id=shown.customer_id, amount_minor=left_minor, currency=shown.cart.currency,
        store=shown.cart.store or None, channel=shown.cart.channel, up_to=True,
        uses_beside=len(beside), given_beside=sum(beside),
    )  # fmt: skip
    checked = offers.validate(tx, typed, asked, at=shown.at)
    if not checked.usable:
        return _refused(typed, checked.reasons[0].code, " ".join(one.words for one in checked.reasons))
    kept = offers.reserve(
        tx, typed, shown.customer_id, key=fitting(f"checkout/{shown.cart.channel}/{shown.key}/{typed}"),
        at=shown.at, minutes=shown.minutes, amount_minor=left_minor,
    )  # fmt: skip
    if kept.reasons:
        return _refused(typed, kept.reasons[0].code, " ".join(one.words for one in kept.reasons))
    return Said(
        what="code", id=typed, applied=True, amount=checked.given_minor, of_minor=left_minor,
        reservation=kept.reservation_id,
    )  # fmt: skip


def _refused(typed: str, code: str, words: str) -> Said:
    return Said(what="code", id=typed, applied=False, code=code, words=words)
