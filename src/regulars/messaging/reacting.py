"""What came back of messages: kept once beside the send, and told to the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.db import Query, Statements, Tx, values

ReactionKind = Literal[
    "delivered", "deferred", "bounced", "complained", "opened", "clicked", "unsubscribed", "viewed", "replied"
]


class Sql(Statements, file="reacting.sql"):
    react: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One thing that came back of one send."""

    key: str  # Of whoever tells it, such as "dsn:<hash>"; told twice, it stands once.
    send_id: int
    kind: ReactionKind
    at: datetime
    machine: bool = False  # No person did it: a privacy proxy, a prefetch, a link scanner.
    signal: str = ""  # By what that was seen.
    hard: bool = False  # Of a bounce: for good.
    link: str = ""  # Of a click: where it led.
    detail: str = ""


def react(tx: Tx, reactions: Sequence[Reaction]) -> list[int]:
    """Keep what came back and tell the log of it; gives the sends of those that were new.

    What names no send of ours, or one whose person is erased, is left out.
    """
    return values(
        tx,
        SQL.react,
        keys=[one.key for one in reactions],
        send_ids=[one.send_id for one in reactions],
        kinds=[one.kind for one in reactions],
        ats=[one.at for one in reactions],
        machines=[one.machine for one in reactions],
        signals=[one.signal for one in reactions],
        hards=[one.hard for one in reactions],
        links=[one.link for one in reactions],
        details=[one.detail for one in reactions],
    )
