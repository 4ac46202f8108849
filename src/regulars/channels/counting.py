"""Text messages are sent and paid in segments: how many a text takes, and what that costs about."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # Each takes two places.
GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67
SEGMENTS_MAX = 10
PLANE = 0xFFFF  # Above it a sign takes two places.


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    foreign: str  # The signs that make it UCS-2, each once.

    def cost(self, price: str) -> Decimal | None:
        """About, by the price of one segment; None without a price."""
        return Decimal(price) * self.count if price else None


def segments(text: str) -> Segments:
    """Count as the networks do.

    >>> segments("a" * 161).count, segments("ж" * 70).count, segments("Grüße").encoding
    (2, 1, 'GSM-7')
    """
    foreign = "".join(dict.fromkeys(sign for sign in text if sign not in BASIC and sign not in EXTENDED))
    if foreign:
        widths = [2 if ord(sign) > PLANE else 1 for sign in text]
        return Segments(encoding="UCS-2", count=_count(widths, UCS_ALONE, UCS_JOINED), foreign=foreign)
    widths = [2 if sign in EXTENDED else 1 for sign in text]
    return Segments(encoding="GSM-7", count=_count(widths, GSM_ALONE, GSM_JOINED), foreign="")


def _count(widths: list[int], alone: int, joined: int) -> int:
    """A sign of two places is not cut in two: what does not fit begins the next segment."""
    if sum(widths) <= alone:
        return 1
    count, room = 1, joined
    for width in widths:
        if width > room:
            count, room = count + 1, joined
        room -= width
    return count
