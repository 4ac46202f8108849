"""Which pieces of the log were thinned: the rest of their events stands in the lake alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.analytics.lake import Keep
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
EVERY = "*"  # In what a piece keeps: events of every name.


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    first_position: int
    name: str


def needs_past(tx: Tx, keeps: Sequence[Keep]) -> dict[int, tuple[str, ...]]:
    """The names that are needed and not all there, by the first position of each thinned piece."""
    pieces = thinned(tx)
    if not pieces:
        return {}
    there: dict[int, set[str]] = {one.first_position: set() for one in pieces}
    for one in rows(tx, SQL.kept, _Kept):
        there[one.first_position].add(one.name)
    needed = _needed(tx, keeps)
    missing = {first: tuple(sorted(needed - known)) for first, known in there.items() if EVERY not in known}
    return {first: (EVERY,) if EVERY in names else names for first, names in missing.items() if names}


def _needed(tx: Tx, keeps: Sequence[Keep]) -> set[str]:
    found: set[str] = set()
    for keep in keeps:
        if keep.names is not None:
            names = keep.names(tx)
            found |= {EVERY} if names is None else set(names)
    return found
