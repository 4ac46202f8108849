"""Small files written together, and files that nobody needs any more deleted."""

from regulars.analytics.agreeing import agreed, note
from regulars.analytics.delta import FILE_BYTES, KEPT_HOURS, Delta
from regulars.analytics.exporting import Step, nothing
from regulars.analytics.lake import Lake
from regulars.analytics.state import SQL, intend, leased
from regulars.analytics.table import Table
from regulars.db import run

SMALL_FILES_MAX = 12
SMALL_BYTES = FILE_BYTES // 4


def compact(lake: Lake, *, small_files: int = 2, step: Step = nothing) -> int:
    """Write small files of the log together where there are so many; gives how many files went.

    The other tables are rewritten by chunks and keep a file for each.
    """
    return sum(
        _compact(lake, table, small_files=small_files, step=step) for table in lake.tables if table.is_log
    )


def _compact(lake: Lake, table: Table, *, small_files: int, step: Step) -> int:
    with leased(lake.database, table.name) as free:
        delta = agreed(lake, table)[1] if free else None
        if delta is None or small(delta) < max(2, small_files):
            return 0
        intent = intend(lake.database, table.name, "compact")
        step("intended")
        removed = delta.compact(intent=intent)
        step("compacted")
        _settle(lake, table, delta, "compact", changed=removed > 0)
        step("noted")
        return removed


def small(delta: Delta) -> int:
    return sum(one.size < SMALL_BYTES for one in delta.files())


def vacuum(lake: Lake, *, hours: int = KEPT_HOURS) -> int:
    """Delete files that no version of the last hours needs, orphans of killed writers too; gives how many."""
    return sum(_vacuum(lake, table, hours) for table in lake.tables)


def _vacuum(lake: Lake, table: Table, hours: int) -> int:
    with leased(lake.database, table.name) as free:
        delta = agreed(lake, table)[1] if free else None
        if delta is None:
            return 0
        intent = intend(lake.database, table.name, "vacuum")
        deleted = delta.vacuum(hours=hours, intent=intent)
        delta.forget_old_lines()
        note(lake, table, delta, kind="vacuum")
        return deleted


def _settle(lake: Lake, table: Table, delta: Delta, kind: str, *, changed: bool) -> None:
    if changed:
        note(lake, table, delta, kind=kind)
        return
    with lake.database.transaction() as tx:
        run(tx, SQL.forget_intent, name=table.name)
