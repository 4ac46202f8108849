"""Which events of the past live segments and approaches look at, so that they stay in PostgreSQL."""

from regulars.conditions import Condition, touches
from regulars.db import Tx
from regulars.segments.plan import live_definitions

EVERY = "*"


def events_looked_at(tx: Tx) -> list[str] | None:
    """Names of events; None when one of the conditions asks for any event, whatever its name."""
    live = live_definitions(tx)
    conditions: list[Condition] = [
        one.condition for one in live.segments.values() if one.condition is not None
    ]
    conditions += [stage.condition for body in live.approaches.values() for stage in body.stages]
    names = {one.name for condition in conditions for one in touches(condition) if one.kind == "event"}
    return None if EVERY in names else sorted(names)
