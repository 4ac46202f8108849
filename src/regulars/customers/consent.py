"""Consent, kept as it was said: append-only; the present state is the last word of all."""

from dataclasses import dataclass
from datetime import datetime

from regulars.customers.provenance import atoms_of
from regulars.db import Query, Statements, Tx, rows, run
from regulars.log import Span

HISTORY_MAX = 200


class Sql(Statements, file="consent.sql"):
    keep: Query
    present: Query
    history: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    channel: str
    topic: str  # Empty: the channel as a whole.
    given: bool
    source: str
    basis: str | None
    wording: str | None  # What they were shown.
    occurred_at: datetime
    position: int  # Of the event that told it.


def keep_consents(tx: Tx, span: Span) -> None:
    """Keep what a range of the log tells of consents."""
    run(tx, SQL.keep, after=span.after, to=span.to)


def consents(tx: Tx, customer_id: int) -> list[Consent]:
    """What a customer consents to now or no longer, by channel and topic."""
    return rows(tx, SQL.present, Consent, atoms=atoms_of(tx, customer_id))


def consent_history(tx: Tx, customer_id: int) -> list[Consent]:
    """Everything a customer said of consent, the latest first."""
    return rows(tx, SQL.history, Consent, atoms=atoms_of(tx, customer_id), limit=HISTORY_MAX)
