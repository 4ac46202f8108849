"""The member's card: the number a till reads, and the same as a QR code."""

from dataclasses import dataclass

import segno

from regulars import customers
from regulars.customers import Customer
from regulars.db import Tx

KIND = "card"
QUIET_ZONE = 4  # Modules of white around it, as readers need.
NUMBER_SIGNS_MAX = 60  # A longer one is no number, and its code too fine for a telephone.


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    number: str
    svg: str


def card_of(tx: Tx, customer: Customer) -> Card | None:
    """The card told last, else the company's own number of the customer; None where a till knows neither."""
    known = [one.value for one in customers.identifiers(tx, customer.customer_id) if one.kind == KIND]
    own = customer.user_id or ""
    number = known[-1] if known else own
    if not number or len(number) > NUMBER_SIGNS_MAX or "@" in number or number.startswith("till:"):
        return None
    return Card(number=number, svg=qr(number))


def qr(number: str) -> str:
    made = segno.make(number, error="m", micro=False)
    return made.svg_inline(border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr")
