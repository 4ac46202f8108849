"""Erasing and forgetting what came back: counts stay where figures need them, links of one person go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars import messaging
from regulars.db import Tx, records, run
from regulars.responses.statements import SQL


def erase(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> dict[str, int]:
    """Take away where the links of these people led, and how often and when they looked."""
    given = list(atoms)
    return {
        "responses.link": run(tx, SQL.erase_links, atoms=given),
        "responses.heard": run(tx, SQL.erase_heard, atoms=given),
        "messaging.reaction": messaging.erase_reactions(tx, given),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """All that came back of somebody's messages."""
    return [
        ("Opens and clicks", messaging.held_reactions(tx, atoms)),
        ("How often they were opened and clicked", records(tx, SQL.held, atoms=list(atoms))),
    ]


def forget(tx: Tx, before: datetime) -> int:
    """Delete what came back before an instant; gives how many reactions that were."""
    run(tx, SQL.forget_heard, before=before)
    return messaging.forget_reactions(tx, before)
