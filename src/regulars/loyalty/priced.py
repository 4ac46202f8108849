"""What a basket earns, line by line, and why it does not earn more."""

from dataclasses import dataclass

import msgspec


# Of these there are as many as rules times lines, and a frozen dataclass takes 20 times as long to make.
class LinePart(msgspec.Struct, frozen=True, kw_only=True):
    """What one line brings into an award."""

    line: str
    figure: int  # Money in its minor unit; of anything else thousandths.
    factor: int  # In whole per cent.
    multipliers: tuple[str, ...]  # Keys of those that apply; a tier's as "club/Gold".
    points: int
    cut: int = 0  # What caps and the budget took off it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    by: str  # "cap" or "budget".
    points: int  # How many were cut.
    words: str  # "the cap of 500 points a month is reached: 80 instead of 120"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    rule: str
    currency: str
    points: int
    parts: tuple[LinePart, ...]
    cuts: tuple[Cut, ...] = ()
    carried: str = "0"  # What rounding down leaves for the next order, as a fraction of a point: "3/10".
    title: str = ""  # The rule's name, or its key.


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """What is not awarded: by a rule, of one line or (None) of the whole basket."""

    rule: str  # Or the multiplier; "" of what concerns every rule.
    line: str | None
    code: str
    words: str  # As in "only on Tuesdays".


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """How many points may pay of the basket; 0 with the reasons why none."""

    points: int
    worth_minor: int
    money: str
    currency: str
    least: int
    step: int
    rate: str  # As in "100 points for 1.00 EUR".
    rate_points: int  # The same as numbers: so many points
    rate_minor: int  # are worth so much.
    reasons: tuple[str, ...]  # What limits it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    awards: tuple[Earned, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    payable: Payable | None = None  # None: the programme takes no points for payment.
    joins: bool = False  # Whether the customer becomes a member with it.
    welcome: int = 0  # Points for joining, when they do; in the welcome's currency.
    with_joining: tuple[Earned, ...] = ()  # What it would earn somebody who is no member and does not join.
    version: int | None = None  # Of the programme; None: a draft.

    def points(self, currency: str) -> int:
        return sum(award.points for award in self.awards if award.currency == currency)
