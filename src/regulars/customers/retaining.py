"""What is kept of customers for a time: former traits, proofs that no longer stand, the inactive."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, one, run, values


class Sql(Statements, file="retaining.sql"):
    old_traits: Query
    forget_traits: Query
    old_proofs: Query
    forget_proofs: Query
    old_people: Query
    inactive: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    rows: int
    oldest: datetime | None


def old_traits(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """How many former values of traits are from before an instant, or at all, and when the oldest was."""
    return _told(tx, SQL.old_traits, before)


def forget_traits(tx: Tx, before: datetime) -> int:
    return run(tx, SQL.forget_traits, before=before)


def old_proofs(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """The same of proofs of consents that no longer stand."""
    return _told(tx, SQL.old_proofs, before)


def forget_proofs(tx: Tx, before: datetime) -> int:
    return run(tx, SQL.forget_proofs, before=before)


def old_people(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    """How many customers were last seen before an instant, or at all, and when the first of them was."""
    return _told(tx, SQL.old_people, before)


def inactive(tx: Tx, before: datetime, limit: int) -> list[int]:
    """Customers who were not seen since an instant, the longest away first."""
    return values(tx, SQL.inactive, before=before, limit=limit)


def _told(tx: Tx, query: Query, before: datetime | None) -> tuple[int, datetime | None]:
    found = one(tx, query, Old, before=before)
    return found.rows, found.oldest
