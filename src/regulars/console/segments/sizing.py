"""How many a condition would find and reach before it is saved, while one builds it and before publishing."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from regulars import access, customers, insights
from regulars.conditions import Condition
from regulars.console.landmarks import chip
from regulars.console.parts import Chip
from regulars.console.visit import Visit
from regulars.insights import Editing, Estimate, Replaced
from regulars.kernel import Invalid, Unavailable

CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push", "post": "Post", "phone": "Phone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    title: str
    reachable: int
    remain: int  # After the holdout, each address once.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    matching: int
    people: int
    asked: int
    entering: int
    leaving: int
    held_out_percent: float
    channels: tuple[Channel, ...]
    sample: tuple[Chip, ...]
    problem: str = ""  # Why it could not be counted.


def sized(visit: Visit, condition: Condition, *, key: str, editing: str = "") -> Sized:
    """A later count of the same page cancels the earlier one."""
    may = access.allows(visit.actor, "customers.view")
    if may.outcome != "yes":
        return _not_sized(may.reason)
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
    turn = Editing(token=editing, person=visit.actor.person_id or 0, turn=time.time_ns() // 1_000_000)
    try:
        found = insights.estimate(
            visit.app.database,
            condition,
            at,
            zone=visit.app.zone,
            key=key,
            editing=turn if editing else None,
            sees_contacts=access.allows(visit.actor, "customers.view_contacts").outcome == "yes",
        )
    except (Invalid, Replaced, Unavailable) as error:
        return _not_sized(str(error))
    return Sized(
        matching=found.matching,
        people=found.people,
        asked=found.asked,
        entering=found.entering,
        leaving=found.leaving,
        held_out_percent=found.held_out_percent,
        channels=_channels(found),
        sample=_sample(visit, found.sample),
    )


def _channels(found: Estimate) -> tuple[Channel, ...]:
    return tuple(
        Channel(title=CHANNELS.get(name, name), reachable=many, remain=found.after_holdout[name])
        for name, many in found.reachable.items()
        if many
    )


def _sample(visit: Visit, ids: Sequence[int]) -> tuple[Chip, ...]:
    with visit.app.database.transaction() as tx:
        known = customers.by_ids(tx, list(ids))
    return tuple(chip(known[one]) for one in ids if one in known)


def _not_sized(problem: str) -> Sized:
    return Sized(
        matching=0,
        people=0,
        asked=0,
        entering=0,
        leaving=0,
        held_out_percent=0,
        channels=(),
        sample=(),
        problem=problem,
    )
