"""What is kept for a time: how much there is of it, what goes next, and letting it go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from regulars import analytics, audit, customers, forms, log, messaging, responses
from regulars.db import Query, Statements, Tx, rows, run
from regulars.privacy.erasure import SQL as ERASURES

PEOPLE_A_NIGHT = 10_000
SOON = timedelta(days=30)
FAR = datetime(9000, 1, 1, tzinfo=UTC)


class Sql(Statements, file="retention.sql"):
    note: Query
    removed: Query


SQL = Sql()
# How many there are from before an instant (None: at all), and when the oldest is from.
Count = Callable[[Tx, datetime | None], tuple[int, datetime | None]]
Forget = Callable[[Tx, datetime, datetime], int]  # What is from before the first instant, at the second.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    title: str
    what: str  # What goes, and what stays.
    old: Count
    forget: Forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One kind of data as it stands under the policy."""

    kind: str
    title: str
    what: str
    days: int | None  # None: for ever.
    rows: int
    oldest: datetime | None
    next_at: datetime | None  # When the oldest goes.
    due: int  # How many are past it already, and go tonight.
    soon: int  # How many more go within 30 days.


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    kind: str
    day: date
    removed: int


def _old_events(tx: Tx, before: datetime | None) -> tuple[int, datetime | None]:
    return log.old_events(tx, before or FAR)


def _forget_events(tx: Tx, before: datetime, _at: datetime) -> int:
    """From the database now; from the lake by its own wish, which the next erasing carries out."""
    analytics.ask_expiry(tx, before)
    return log.forget_events(tx, before)


def _forget_people(tx: Tx, before: datetime, at: datetime) -> int:
    """Ask for the erasure of the longest away, a bounded number a night."""
    away = customers.inactive(tx, before, PEOPLE_A_NIGHT)
    return run(tx, ERASURES.make_many, customer_ids=away, asked_by="retention", by="Retention", at=at)


def _plain(forget: Callable[[Tx, datetime], int]) -> Forget:
    return lambda tx, before, _at: forget(tx, before)


KEPT: Final[Mapping[str, Kept]] = {
    "events": Kept(
        title="Events",
        what="Events with their content, in the database and the lake; orders, points and profiles stay.",
        old=_old_events,
        forget=_forget_events,
    ),
    "messages": Kept(
        title="Messages",
        what="What messages said and where to; that they were sent stays.",
        old=messaging.old_messages,
        forget=_plain(messaging.forget_messages),
    ),
    "opens_and_clicks": Kept(
        title="Opens and clicks",
        what="What came back of messages: opens, clicks, bounces; figures of that time become smaller.",
        old=messaging.old_reactions,
        forget=_plain(responses.forget),
    ),
    "form_answers": Kept(
        title="Form answers",
        what="Answers as they were sent in; what they brought into profiles stays.",
        old=forms.old_answers,
        forget=_plain(forms.forget_answers),
    ),
    "former_traits": Kept(
        title="Former values of traits",
        what="Values that no longer stand; present ones stay.",
        old=customers.old_traits,
        forget=_plain(customers.forget_traits),
    ),
    "consent_proofs": Kept(
        title="Proofs of consent",
        what="Address, wording and source of what was said and no longer stands; that it was said stays.",
        old=customers.old_proofs,
        forget=_plain(customers.forget_proofs),
    ),
    "audit_values": Kept(
        title="Values in the audit",
        what="What was before and after a change; who did what and when stays.",
        old=audit.old_values,
        forget=_plain(audit.forget_values),
    ),
    "inactive_customers": Kept(
        title="Inactive customers",
        what="Customers not seen for so long are erased; amounts of orders and points stay.",
        old=customers.old_people,
        forget=_forget_people,
    ),
}


def overdue(tx: Tx, kind: str, days: int, at: datetime) -> int:
    """How many would go if this period held now."""
    return KEPT[kind].old(tx, at - timedelta(days=days))[0]


def standings(tx: Tx, days: Mapping[str, int], at: datetime) -> list[Standing]:
    """Every kind of data: how much, since when, and what goes next."""
    return [_standing(tx, kind, kept, days.get(kind), at) for kind, kept in KEPT.items()]


def _standing(tx: Tx, kind: str, kept: Kept, days: int | None, at: datetime) -> Standing:
    rows_now, oldest = kept.old(tx, None)
    due = soon = 0
    if days is not None:
        due = kept.old(tx, at - timedelta(days=days))[0]
        soon = kept.old(tx, at - timedelta(days=days) + SOON)[0] - due
    return Standing(
        kind=kind,
        title=kept.title,
        what=kept.what,
        days=days,
        rows=rows_now,
        oldest=oldest,
        next_at=oldest + timedelta(days=days) if oldest is not None and days is not None else None,
        due=due,
        soon=soon,
    )


def retain(tx: Tx, days: Mapping[str, int], at: datetime) -> dict[str, int]:
    """Let go what is past its period, and note how much; what stands in the way waits for tomorrow."""
    gone = {}
    for kind, period in days.items():
        if kind in KEPT:
            before = at - timedelta(days=period)
            gone[kind] = KEPT[kind].forget(tx, before, at)
            run(tx, SQL.note, kind=kind, day=at.date(), before=before, removed=gone[kind])
    return gone


def removed_since(tx: Tx, since: date) -> list[Removed]:
    """What retention took, by day and kind."""
    return rows(tx, SQL.removed, Removed, since=since)
