"""Which pieces of the log were thinned: the rest of their events stands in the lake alone."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, rows, value


class Sql(Statements, file="thinning.sql"):
    thinned: Query
    thinned_to: Query
    note: Query
    note_kept: Query
    kept: Query
    brought: Query
    ask_nobody_to_erase: Query
    erased: Query
    figures: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    first_position: int
    end_position: int
    kept: int
    dropped: int
    thinned_at: datetime | None = None


def thinned(tx: Tx) -> list[Thinned]:
    return rows(tx, SQL.thinned, Thinned)


def whole_from(tx: Tx) -> int:
    """From this position on, PostgreSQL holds every event; what is older is whole in the lake only."""
    return int(value(tx, SQL.thinned_to))
