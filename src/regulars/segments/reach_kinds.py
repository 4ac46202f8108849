"""Another consent policy changes whom a channel reaches: segments that look at reach are asked anew."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec

from regulars import customers
from regulars.access import Actor
from regulars.conditions import SOURCES
from regulars.db import Tx
from regulars.definitions import Definition, Kind
from regulars.segments.plan import plan_of
from regulars.segments.recomputing import changed
from regulars.segments.writing import hold_state

B = TypeVar("B", bound=msgspec.Struct)


def asked_by_policy(kind: Kind[B]) -> Kind[B]:
    """The kind of the consent policy, such that segments that look at reach are asked when it changes."""

    def launch(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> str:
        said = kind.launched(tx, definition, actor, at)
        _reach_changed(tx, at)
        return said

    def retire(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> None:
        kind.retire(tx, definition, actor, at)
        _reach_changed(tx, at)

    return replace(kind, launch=launch, retire=retire)


def _reach_changed(tx: Tx, at: datetime) -> None:
    reach = SOURCES.get("reach")
    if reach is None:
        return
    customers.hold(tx)
    plan = plan_of(tx, hold_state(tx).generation)
    looking = {unit.name for unit in plan.units if unit.concern.events.issuperset(reach.touched_by)}
    if looking:
        changed(tx, looking, at)
