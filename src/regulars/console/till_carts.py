"""Carts of a member at tills and in shops: how each ended, the points and the codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.checkout import Session
from regulars.console.loyalty_figures import amount
from regulars.console.parts import Tone
from regulars.kernel import Money
from regulars.loyalty import Currency

STATES: dict[str, tuple[str, Tone]] = {
    "open": ("At the till", "waiting"),
    "captured": ("Paid", "good"),
    "voided": ("Given up", "quiet"),
    "expired": ("Ran out of time", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRow:
    public: str
    word: str
    tone: Tone
    total: str
    did: tuple[str, ...]  # Points and codes, as in "40 points held".
    order_key: str
    opened_at: datetime
    ends_at: datetime  # When it is given up by itself, or ended.
    is_open: bool


def cart_rows(found: Sequence[Session], coin: Currency) -> tuple[CartRow, ...]:
    return tuple(_row(one, coin) for one in found)


def _row(one: Session, coin: Currency) -> CartRow:
    word, tone = STATES[one.state]
    return CartRow(
        public=one.id,
        word=word,
        tone=tone,
        total=Money(one.bought.total, one.bought.currency).format(),
        did=tuple(_did(one, coin)),
        order_key=one.order_key or "",
        opened_at=one.opened_at,
        ends_at=one.closed_at or one.expires_at,
        is_open=one.state == "open",
    )


def _did(one: Session, coin: Currency) -> Iterator[str]:
    outcome = one.came_to
    if one.state == "captured" and outcome is not None:
        if outcome.points:
            yield f"{amount(outcome.points, coin)} {coin.name} spent"
    elif one.held:
        yield f"{amount(one.held, coin)} {coin.name} held"
    for said in one.answered.said:
        if said.what == "code":
            yield f"code …{said.id[-4:]} {'taken' if said.applied else f'refused: {said.words}'}"
        elif not said.applied:
            yield f"points refused: {said.words}"
