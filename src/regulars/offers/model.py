"""A pool of voucher codes as people define it: what a code is worth, how it looks, and what limits it."""

from datetime import datetime
from typing import Literal

import msgspec

from regulars.conditions import Condition
from regulars.kernel import Money

# Without 0 and O, 1, I and L, U and W: 29 signs, a prime, so that the check sign finds every single wrong
# sign and every two neighbours that changed places.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVXYZ"
WorthKind = Literal["money_off", "percent_off", "free_product", "gift_card"]
CapSpan = Literal["day", "week", "month", "quarter", "year"]


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    kind: WorthKind
    amount: str = ""  # Of money off and gift cards, as decimal text in the pool's currency.
    percent: str = ""  # Of per cent off, as decimal text with at most two digits: "10", "12.5".
    most: str = ""  # Of per cent off: no more money than this.
    product: str = ""  # Of a free product.


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """How codes look; each # of the pattern is a sign of the alphabet, the last of them the check sign."""

    pattern: str = "####-####-####"
    alphabet: str = ALPHABET
    prefix: str = ""
    suffix: str = ""
    check_sign: bool = True


class UseCap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """No more uses of all codes together than these in a calendar span of the workspace's zone."""

    uses: int
    per: CapSpan


class VoucherPool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    name: str
    worth: Worth
    currency: str  # ISO 4217.
    look: Look = Look()
    own_codes: bool = False  # None are generated; they are uploaded.
    valid_from: datetime | None = None
    valid_until: datetime | None = None  # The first instant at which no code can be used any more.
    valid_days: int | None = None  # Days after a code was handed out; whichever ends first.
    uses_per_code: int | None = 1  # None: as often as the other limits allow.
    uses_per_customer: int | None = None
    uses: int | None = None  # Of all codes together,
    caps: tuple[UseCap, ...] = ()  # in a span,
    budget: str = ""  # and the money they may give in all.
    least_order: str = ""  # What the order comes to before the code.
    who: Condition | None = None  # Whom codes are handed out to, and who may use them.
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    reserve_minutes: int = 30
    low_codes: int = 0  # Of uploaded codes: from so few on the pool is shown as running low.

    @property
    def is_card(self) -> bool:
        return self.worth.kind == "gift_card"

    @property
    def most_uses(self) -> int | None:
        """Of one code; a gift card is used as long as something is on it."""
        return None if self.is_card else self.uses_per_code

    def minor(self, text: str) -> int:
        return Money.parse(text, self.currency).minor

    @property
    def loaded_minor(self) -> int | None:
        return self.minor(self.worth.amount) if self.is_card else None

    @property
    def budget_minor(self) -> int | None:
        return self.minor(self.budget) if self.budget else None

    @property
    def least_minor(self) -> int:
        return self.minor(self.least_order) if self.least_order else 0

    def money(self, minor: int) -> str:
        return Money(minor, self.currency).format()
