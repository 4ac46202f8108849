"""Voucher codes of a session: reserved while it is open, redeemed with it, free again without it."""

from collections.abc import Sequence
from datetime import datetime

from regulars.checkout.answer import Said, Session
from regulars.checkout.cart import Cart
from regulars.db import Tx


def reserve(
    tx: Tx,
    codes: Sequence[str],
    customer_id: int | None,
    cart: Cart,
    paid_minor: int,
    *,
    key: str,
    at: datetime,
    expires_at: datetime,
) -> list[Said]:
    """What becomes of each code, in the order in which they were shown."""
    words = "codes are not taken here"
    return [Said(what="code", id=code, applied=False, code="unavailable", words=words) for code in codes]


def redeem(tx: Tx, found: Session, *, order_key: str, at: datetime) -> list[str]:
    """Redeems what is reserved; gives the codes."""
    return []


def release(tx: Tx, found: Session, *, at: datetime) -> None:
    """Gives free what is reserved."""
