"""A session and what was answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from regulars.checkout.cart import Cart
from regulars.kernel import public_id

State = Literal["open", "captured", "voided", "expired"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked for, and what became of it."""

    what: Literal["points", "code"]
    id: str  # The code; of points the currency.
    applied: bool
    amount: int = 0  # Points held, or money off in minor units.
    of_minor: int = 0  # Of a code: what was left to pay before it.
    reservation: int | None = None
    code: str = ""  # Of the reason why not.
    words: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    said: tuple[Said, ...] = ()
    off_minor: int = 0  # What codes take off, before payments.
    worth_minor: int = 0  # What the points held are worth.
    left_minor: int = 0  # What is left to pay after points and codes.
    earns: dict[str, int] = {}  # Points by currency that the order would earn, as things stand.


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    points: int = 0  # Spent.
    transfer_id: int | None = None
    codes: tuple[str, ...] = ()  # Redeemed.


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    session_id: int
    programme: str
    customer_id: int | None
    fields: dict[str, Any]
    cart: dict[str, Any]
    answer: dict[str, Any]
    state: State
    opened_at: datetime
    opened_by: str
    expires_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    order_key: str | None
    hold_id: int | None
    held: int
    outcome: dict[str, Any] | None

    @property
    def id(self) -> str:
        return public_id("ses", self.session_id)

    @property
    def bought(self) -> Cart:
        return msgspec.convert(self.cart, Cart)

    @property
    def answered(self) -> Answer:
        return msgspec.convert(self.answer, Answer)

    @property
    def came_to(self) -> Outcome | None:
        return msgspec.convert(self.outcome, Outcome) if self.outcome is not None else None
