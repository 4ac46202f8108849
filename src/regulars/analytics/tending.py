"""What the worker does for the lake by itself, now and again; when it was last done stands in the database.

So any number of workers may run: who comes second finds nothing due, or the table held.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from regulars.analytics.checking import check
from regulars.analytics.compacting import SMALL_FILES_MAX, compact, vacuum
from regulars.analytics.erasing import erase
from regulars.analytics.exporting import Exported, export_table
from regulars.analytics.faults import LakeDamaged, NotDroppable
from regulars.analytics.lake import Lake
from regulars.analytics.person_map import export_person_map
from regulars.analytics.state import State, states
from regulars.analytics.table import EVENTS
from regulars.analytics.thinning import drop_old

EXPORT_EVERY = timedelta(minutes=15)
EXPORT_ROWS = 50_000  # So many events waiting are exported before that.
VACUUM_EVERY = timedelta(days=1)
LOGGER = logging.getLogger("regulars.lake")


def tend(lake: Lake, now: datetime) -> None:
    """Do what is due; `now` is the business instant, by which events grow old.

    Raises LakeUnavailable when the store does not answer. A table that does not agree with the database
    stands until it is mended, and says so in the state; the others go on.
    """
    _if_whole(lambda: erase(lake))
    with lake.database.transaction() as tx:
        known = {one.name: one for one in states(tx)}
    due = _is_due(known.get(EVENTS.name))
    moved = _export(lake) if due else _export(lake.only(EVENTS.name), at_least=EXPORT_ROWS)
    if due:
        export_person_map(lake)
    if any(one.rows for one in moved):
        _if_whole(lambda: compact(lake, small_files=SMALL_FILES_MAX))
    if due and _vacuum_due(known.get(EVENTS.name)):
        check(lake)
        vacuum(lake)
        _drop_old(lake, now)


def _if_whole(act: Callable[[], object]) -> None:
    """A damaged table is told in the log and in the state; what comes after goes on."""
    try:
        act()
    except LakeDamaged as differing:
        LOGGER.warning("%s", differing)


def _export(lake: Lake, *, at_least: int = 1) -> list[Exported]:
    """Each table; one that does not agree with the database keeps none of the others back."""
    moved = []
    for table in lake.tables:
        try:
            moved.append(export_table(lake, table, at_least=at_least))
        except LakeDamaged as differing:
            LOGGER.warning("%s", differing)
    return moved


def _is_due(state: State | None) -> bool:
    return state is None or state.looked_at is None or datetime.now(UTC) - state.looked_at > EXPORT_EVERY


def _vacuum_due(state: State | None) -> bool:
    done = state.vacuumed_at if state is not None else None
    return done is None or datetime.now(UTC) - done > VACUUM_EVERY


def _drop_old(lake: Lake, now: datetime) -> None:
    try:
        drop_old(lake, now)
    except NotDroppable as needed:
        LOGGER.warning("%s", needed)
