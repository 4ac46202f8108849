"""What came back of one message."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Tx, rows
from regulars.responses.machine import signals
from regulars.responses.statements import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One thing that came back of one message."""

    at: datetime
    kind: str
    machine: bool
    signal: str  # Why it counts as a machine's, as half a sentence.
    hard: bool
    link: str
    detail: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reacted:
    kind: str
    machine: bool
    signal: str
    hard: bool
    link: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    use: str
    machine: bool
    link: str
    times: int


def of_message(tx: Tx, send_id: int) -> list[Answered]:
    """All that came back of one message, in order."""
    heard = rows(tx, SQL.heard_of_message, _Times, send_id=send_id)
    times = {(one.use, one.machine, one.link): one.times for one in heard}
    return [
        Answered(
            at=one.at,
            kind=one.kind,
            machine=one.machine,
            signal=signals().words(one.signal) if one.signal else "",
            hard=one.hard,
            link=one.link,
            detail=one.detail,
            times=times.get((one.kind, one.machine, one.link), 1),
        )
        for one in rows(tx, SQL.of_message, _Reacted, send_id=send_id)
    ]
