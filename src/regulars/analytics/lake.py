"""The lake of one workspace: its place, its tables, and the database whose history it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from regulars.analytics.place import Place
from regulars.analytics.table import EVENTS, Table
from regulars.db import Database, Tx
from regulars.kernel import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Events that a room goes on needing in PostgreSQL, however old; registered in the composition root."""

    why: str  # As in "orders are worked out anew from all that was told of them".
    types: tuple[str, ...] = ()
    # Of events; None means that every event is needed. What is set up now decides.
    names: Callable[[Tx], Sequence[str] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    database: Database
    place: Place
    tables: tuple[Table, ...] = (EVENTS,)
    keep_days: int | None = None  # Events older than that leave PostgreSQL; None: never.
    keeps: tuple[Keep, ...] = ()  # Except for these.

    def only(self, name: str) -> "Lake":
        """The same lake with one table to work on."""
        return replace(self, tables=(self.table(name),))

    def table(self, name: str) -> Table:
        for one in self.tables:
            if one.name == name:
                return one
        raise NotFound(
            f"The lake has no table {name!r}. There are: {', '.join(one.name for one in self.tables)}."
        )
