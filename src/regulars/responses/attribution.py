"""Orders credited to messages by their last touch: a convention, and not what the messages caused."""

from dataclasses import dataclass
from typing import Literal

from regulars.db import Tx, rows
from regulars.messaging import SourceName
from regulars.responses.figures import named
from regulars.responses.statements import FIGURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    currency: str
    orders: int
    people: int
    minor: int


Model = Literal["last_click", "last_touch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Orders credited to messages by their last touch; what would have come anyway is not taken off."""

    model: Model
    click_days: int
    open_days: int  # 0: opens earn nothing.
    credits: tuple[Credit, ...]  # By currency.

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.credits)

    @property
    def definition(self) -> str:
        opens = f", or opened it in the {self.open_days} days before" if self.open_days else ""
        return (
            f"Orders of people who followed a link in the {self.click_days} days before{opens}, when "
            "no other message came later; what was returned is taken off. It is not what the message caused."
        )


def attributed(
    tx: Tx, *names: SourceName, model: Model = "last_click", click_days: int = 5, open_days: int = 0
) -> Attribution:
    """Orders credited to these sources: those whose last click, of any message, was on one of theirs.

    With `last_touch` opens of people count too, for as long as `open_days` says, where no click is.
    """
    opens = open_days if model == "last_touch" else 0
    found = rows(tx, FIGURES.attributed, Credit, **named(names), click_days=click_days, open_days=opens)
    return Attribution(model=model, click_days=click_days, open_days=opens, credits=tuple(found))
