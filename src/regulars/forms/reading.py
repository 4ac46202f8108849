"""What came of the forms: answers, counts by state, and what was refused."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Tx, rows
from regulars.forms.model import Submission
from regulars.forms.statements import SQL
from regulars.kernel import Page, decode_cursor, encode_cursor

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    form_key: str
    state: str
    submissions: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCount:
    reason: str
    refusals: int


def submissions(tx: Tx, form_key: str, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Submission]:
    """A page of the answers to a form, the latest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.page, Submission, form_key=form_key, before=before, limit=limit + 1)
    more = encode_cursor(found[limit - 1].submission_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def counts(tx: Tx) -> list[StateCount]:
    """How many answers each form has in each state."""
    return rows(tx, SQL.counts, StateCount)


def refusals(tx: Tx, form_key: str) -> list[RefusalCount]:
    """How many tries of machines a form has refused, by reason."""
    return rows(tx, SQL.refusals, RefusalCount, form_key=form_key)
