"""What customers say by text message: one word stops all texts to their number, another lets them come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import customers, messaging
from regulars.customers import Statement
from regulars.db import Tx

STOPPED = "stop"  # Why the number is suppressed.
SOURCE = "text message"
MEDIUM = "sms"
Wish = Literal["stop", "start", "help"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    people: tuple[int, ...]  # Who is known by the number.
    changed: bool


def hear_text(tx: Tx, number: str, wish: Wish, *, key: str, at: datetime) -> Heard:
    """Do what a text asked for; heard twice under one key, it is done once.

    The number is suppressed whoever has it, also when nobody is known by it. To start again lifts only what
    was stopped so, and gives no consent: whoever needs it is asked as before.
    """
    people = tuple(messaging.whose(tx, number, channel=MEDIUM))
    if wish == "stop":
        changed = messaging.suppress(tx, [number], reason=STOPPED, at=at, channel=MEDIUM) > 0
        for person in people:
            said = [Statement(given=False, channel=MEDIUM)]
            customers.record(tx, person, said, at=at, source=SOURCE, key=f"text:{key}:{person}")
        return Heard(people=people, changed=changed)
    if wish == "start":
        return Heard(people=people, changed=messaging.take_back(tx, number, reason=STOPPED, channel=MEDIUM))
    return Heard(people=people, changed=False)
