"""How the page is used: visits, changes, and who withdrew which topic, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regulars.db import Tx, rows, run
from regulars.preferences.statements import SQL

SEEN, SAVED, EVERYTHING, ONE_CLICK, LINK = "seen", "saved", "everything", "unsubscribed", "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    what: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOuts:
    week: date  # Its Monday.
    channel: str
    topic: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    about: str
    given: bool
    times: int
    people: int


def count_visit(tx: Tx, what: str, day: date) -> None:
    """Count one more; of whom is not kept. Programs that open links are counted too."""
    run(tx, SQL.visit, what=what, day=day)


def visits(tx: Tx, since: date) -> dict[str, int]:
    return {one.what: one.times for one in rows(tx, SQL.visits, Visits, since=since)}


def opt_outs(tx: Tx, since: datetime, zone: str) -> Sequence[OptOuts]:
    """How many people withdrew each topic in each week."""
    return rows(tx, SQL.opt_outs, OptOuts, since=since, zone=zone)


def changes(tx: Tx, since: datetime) -> Sequence[Changes]:
    return rows(tx, SQL.changes, Changes, since=since)
