"""What one thing that came back says: of which message, to whom, and what happened."""

from dataclasses import dataclass
from typing import Literal

ReturnedKind = Literal[
    "hard", "soft", "block", "complaint", "auto_reply", "reply", "delivered", "deferred", "other"
]
DETAIL_SIGNS = 300
ADDRESS_SIGNS = 254
MESSAGES_MAX = 20

WORDS: dict[str, str] = {
    "hard": "Bounced for good",
    "soft": "Bounced for now",
    "block": "Refused because of us",
    "complaint": "Called spam",
    "auto_reply": "Automatic reply",
    "reply": "Answer of a person",
    "delivered": "Delivered",
    "deferred": "Still being tried",
    "other": "Nothing of that kind",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One recipient of one message."""

    kind: ReturnedKind
    addresses: tuple[str, ...] = ()  # To whom, as the other side has it: the original one first.
    messages: tuple[str, ...] = ()  # Ids of ours that stand in it, as msg_z8; anybody can write these.
    return_paths: tuple[str, ...] = ()  # Where it was sent to, if that looks like an address of ours.
    code: str = ""
    detail: str = ""


def one_line(text: str, most: int = DETAIL_SIGNS) -> str:
    """Printable and in one line: what others wrote ends up on pages and in logs."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text[: most * 4])
    return " ".join(plain.split())[:most]
