"""The events this room appends to the log when people merge and split."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from regulars.customers.model import PREFIX
from regulars.kernel import public_id
from regulars.log import EventType, NewEvent

MERGED, SPLIT, POLICY = (
    "regulars.customers.merged",
    "regulars.customers.split",
    "regulars.customers.policy_changed",
)

EVENTS = (
    EventType(
        name=MERGED,
        description="Two records were found to be one person; the event stands with the one that stays.",
        properties={
            "from": "The customer that became part of this one.",
            "into": "The customer that stays.",
            "records": "How many records came over.",
            "by_hand": "Whether a person decided it; else a rule.",
        },
    ),
    EventType(
        name=SPLIT,
        description="Records left a person; the event stands with the person they make or join.",
        properties={
            "from": "The customer they left.",
            "into": "The customer they are now.",
            "records": "How many records left.",
            "by_hand": "Whether a person decided it; else a rule.",
        },
    ),
    EventType(
        name=POLICY,
        description="Another identity policy went live; whom it concerns is looked at anew.",
        properties={"version": "Its version; 0: the built-in one."},
    ),
)


def happened(
    groups: Mapping[tuple[int, int], Sequence[int]],
    gone: frozenset[int],
    *,
    at: datetime,
    first_moves: Mapping[tuple[int, int], int],
    by_hand: bool,
) -> list[NewEvent]:
    """An event for each two people between whom records moved; `gone` are people that are none any more."""
    return [
        NewEvent(
            message_id=f"customers.move:{first_moves[before, after]}",
            name=MERGED if before in gone else SPLIT,
            customer_id=after,
            occurred_at=at,
            properties={
                "from": public_id(PREFIX, before),
                "into": public_id(PREFIX, after),
                "records": len(atoms),
                "by_hand": by_hand,
            },
        )
        for (before, after), atoms in groups.items()
    ]
