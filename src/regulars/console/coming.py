"""What comes up: points that expire, and campaigns whose windows close."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from regulars import campaigns, loyalty
from regulars.console.formats import count_of, number
from regulars.console.home_figures import Asked
from regulars.db import Tx

OPEN = {"scheduled": "is sent", "sending": "is being sent", "sent": "gets its verdict"}
RUNS_LOOKED_AT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingUp:
    at: datetime
    text: str
    href: str


def coming_up(tx: Tx, asked: Asked) -> tuple[ComingUp, ...]:
    """The soonest first."""
    return tuple(sorted([*_expiring(tx, asked), *_campaigns(tx, asked)], key=lambda line: line.at))


def _expiring(tx: Tx, asked: Asked) -> Iterator[ComingUp]:
    if asked.marks.programme is None:
        return
    held = loyalty.holdings(tx, asked.marks.programme, asked.at)
    for soon in held.expiring:
        if soon.points:
            yield ComingUp(
                at=soon.until,
                text=f"{number(soon.points)} {held.currency} of {count_of(soon.members, 'member')} expire",
                href=f"/loyalty/{asked.marks.programme}",
            )


def _campaigns(tx: Tx, asked: Asked) -> Iterator[ComingUp]:
    for run in campaigns.runs(tx)[:RUNS_LOOKED_AT]:
        if run.state not in OPEN:
            continue
        found = campaigns.results(tx, run.key, asked.at, run.version)
        at = found.matures_at if run.state == "sent" else run.starts_at
        if at is not None:
            yield ComingUp(at=at, text=f"“{found.title}” {OPEN[run.state]}", href=f"/campaigns/{run.key}")
