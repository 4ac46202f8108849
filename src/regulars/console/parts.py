"""Frozen values that the components show; a page value holds them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Tone = Literal["good", "live", "waiting", "bad", "quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the line under a page's title: unit and period always."""

    label: str
    value: str  # Already in words and units.
    note: str = ""  # The period, or what it is counted over.
    change: str = ""  # Against the period before: "+4.2% on the 4 weeks before".
    tone: Tone = "quiet"
    href: str = ""
    series: tuple[float, ...] = ()  # Makes a sparkline.


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    title: str
    href: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    title: str
    numeric: bool = False  # Right-aligned, tabular numerals.
    hidden_title: bool = False  # For screen readers only.


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A customer, wherever one is named."""

    href: str
    name: str
    note: str = ""  # Tier, lifecycle stage, or the id.

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def tint(self) -> int:
        return sum(self.name.encode()) % 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a timeline."""

    at: datetime
    title: str
    text: str = ""
    amount: str = ""
    icon: str = "circle-dashed"
    tone: Tone = "quiet"
    href: str = ""
    why: str = ""  # The sentence behind "Why?".


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One place of a difference; None stands for "was not there"."""

    path: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A request that waits for a decision, with exactly what would happen."""

    href: str  # Where the decision is posted: <href>/approve and <href>/refuse.
    title: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime | None
    sentence: str = ""  # What would happen, in one sentence.
    effects: tuple[tuple[str, str], ...]  # ("People", "1,204"), ("Cost", "$120.40"), ...
    conflicts: tuple[str, ...] = ()
    may_decide: bool = True
    why_not: str = ""
    button: str = "Approve"  # Says what happens and to how many.
