"""What people do to points by hand, as a value, with the reasons that may stand in the ledger."""

from dataclasses import dataclass
from typing import Literal

from regulars.kernel import Finding, Invalid, public_id

Kind = Literal["give", "take", "spend", "undo"]
KINDS = ("give", "take", "spend", "undo")
REASONS = {
    "goodwill": "Goodwill",
    "missing_order": "An order that was not counted",
    "correction": "Correction of a mistake",
    "reward": "Reward handed over",
    "abuse": "Points earned against the terms",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    programme: str
    customer_id: int
    kind: Kind
    amount: int  # Above zero; in the currency's smallest unit.
    reason: str  # A code of REASONS.
    note: str = ""
    transfer_id: int | None = None  # Of what is undone.

    @property
    def subject(self) -> str:
        return f"{self.programme}/{public_id('cus', self.customer_id)}"

    @property
    def words(self) -> str:
        said = REASONS[self.reason]
        return f"{said}: {self.note.strip()}" if self.note.strip() else said


def check(deed: Deed) -> None:
    found = []
    if deed.amount < 1:
        found.append(_finding("amount", "Give an amount above zero."))
    if deed.reason not in REASONS:
        found.append(_finding("reason", "Choose a reason; it stands in the ledger for ever."))
    if deed.kind not in KINDS:
        found.append(_finding("kind", "Choose whether to give, take or spend."))
    if found:
        raise Invalid("Please check what you entered.", found)


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="loyalty.by_hand", message=message)
