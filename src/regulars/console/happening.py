"""One entry of a customer's timeline, and what its sentence looks up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.console.parts import Tone
from regulars.loyalty import Lot


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of the timeline."""

    at: datetime
    title: str
    text: str = ""
    amount: str = ""
    icon: str = "circle-dashed"
    tone: Tone = "quiet"
    href: str = ""
    drawer: bool = False  # Opens beside the page instead of leaving it.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the sentences look up: the customer's page, orders, lots, tiers and the titles of campaigns."""

    href: str
    zone: str
    orders: Mapping[str, str]  # Public id of an order by its key.
    lots: Mapping[int, Lot]  # By the transfer that made it.
    tiers: Sequence[str]
    campaigns: Mapping[str, str]
