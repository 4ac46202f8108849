"""Who came into a segment and who went out."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Tx, rows
from regulars.insights.statements import SQL

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    customer_id: int
    happened_at: datetime
    came: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageTotal:
    key: str
    came: int
    went: int


def passages(tx: Tx, key: str, since: datetime, limit: int = SHOWN) -> list[Passage]:
    """The latest to come into a segment or go out of it since an instant."""
    return rows(tx, SQL.passages, Passage, key=key, since=since, limit=limit)


def totals_since(tx: Tx, since: datetime) -> dict[str, PassageTotal]:
    """By segment, how many stays began and ended since an instant; who comes twice counts twice."""
    return {row.key: row for row in rows(tx, SQL.passage_totals, PassageTotal, since=since)}
