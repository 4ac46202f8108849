"""Voucher codes of a session: reserved while it is open, redeemed with it, free again without it.

Discounts come before payments: codes that take money off are worked out on what is left after the codes
before them, then points pay, then gift cards.
"""

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
    for code in shown.codes:
        one = _reserve(tx, shown, code, left_minor, cards=cards)
        if one is not None:
            said.append(one)
            left_minor -= one.amount if one.applied else 0
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


def _reserve(tx: Tx, shown: Shown, typed: str, left_minor: int, *, cards: bool) -> Said | None:
    """None where it is the other sort's turn."""
    try:
        found = offers.find(tx, typed)
    except offers.UnknownCode as unknown:
        return None if cards else _refused(typed, "unknown", str(unknown))
    if (found.balance_minor is not None) != cards:
        return None
    asked = offers.Asked(
        customer_id=shown.customer_id, amount_minor=left_minor, currency=shown.cart.currency,
        store=shown.cart.store or None, channel=shown.cart.channel, up_to=True,
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
