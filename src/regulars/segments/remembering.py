"""Which events of the past segments and approaches look at: they stay in PostgreSQL, or come back."""

from collections.abc import Iterable

from regulars import analytics
from regulars.conditions import SOURCES, Condition, touches
from regulars.db import Tx
from regulars.segments.plan import live_definitions

EVERY = "*"
SHOWN = 3


def events_looked_at(tx: Tx) -> list[str] | None:
    """Names of events; None when one of the conditions asks for any event, whatever its name."""
    live = live_definitions(tx)
    conditions: list[Condition] = [
        one.condition for one in live.segments.values() if one.condition is not None
    ]
    conditions += [stage.condition for body in live.approaches.values() for stage in body.stages]
    names = _events(conditions)
    return None if EVERY in names else sorted(names)


def past_warnings(tx: Tx, conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Of conditions that are to go live: which events they look at left PostgreSQL."""
    names = _events(conditions)
    keep = analytics.Keep(why="", names=lambda _: None if EVERY in names else sorted(names))
    missing = {name for some in analytics.needs_past(tx, [keep]).values() for name in some}
    if not missing:
        return ()
    told = "all events" if EVERY in missing else ", ".join(f"“{name}”" for name in sorted(missing)[:SHOWN])
    said = (
        f"Of {told}, what happened long ago stands in the lake alone. It is brought back within minutes "
        "after this goes live, and who is in is counted again then."
    )
    return (said,)


def _events(conditions: Iterable[Condition]) -> set[str]:
    """What is asked of events themselves. Those that other sources are told by stay for their rooms' sake."""
    asked = {one.name for condition in conditions for one in touches(condition) if one.kind == "event"}
    return asked - {name for source in SOURCES.values() for name in source.touched_by if name != EVERY}
