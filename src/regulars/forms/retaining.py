"""Answers whose retention ends: that somebody answered stays; what they told is in their profile."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, one, run


class Sql(Statements, file="retaining.sql"):
    old: Query
    forget: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    rows: int
    oldest: datetime | None


def old_answers(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """How many answers are from before an instant, or at all, and when the oldest was."""
    found = one(tx, SQL.old, Old, before=before)
    return found.rows, found.oldest


def forget_answers(tx: Tx, before: datetime) -> int:
    """Empty the answers from before an instant."""
    return run(tx, SQL.forget, before=before)
