"""Files and bad rows go when their retention ends; that there was an import, and its figures, stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from regulars.db import Tx, rows, run
from regulars.imports.keeping import forget
from regulars.imports.statements import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    import_id: int
    folder: str


def expiry(home: Path, keep_days: int) -> Callable[[Tx, datetime], int]:
    """The daily timer for files below this folder."""

    def expire(tx: Tx, at: datetime) -> int:
        found = rows(tx, SQL.overdue, Overdue, before=at - timedelta(days=keep_days))
        ids = [one.import_id for one in found]
        run(tx, SQL.removed, import_ids=ids)
        run(tx, SQL.erase_bad, import_ids=ids)
        # Should this be rolled back, files are missing that a row still names; opening one says so.
        for one in found:
            forget(home, one.folder)
        return len(found)

    return expire
