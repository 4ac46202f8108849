"""The lake of one workspace: its place, its tables, and the database whose history it holds."""

from dataclasses import dataclass

from regulars.analytics.place import Place
from regulars.analytics.table import EVENTS, Table
from regulars.db import Database
from regulars.kernel import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    database: Database
    place: Place
    tables: tuple[Table, ...] = (EVENTS,)
    keep_days: int | None = None  # Events older than that leave PostgreSQL; None: never.

    def table(self, name: str) -> Table:
        for one in self.tables:
            if one.name == name:
                return one
        raise NotFound(
            f"The lake has no table {name!r}. There are: {', '.join(one.name for one in self.tables)}."
        )
