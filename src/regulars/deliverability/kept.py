"""What was kept of what came in: what belongs to no message of ours, and how much came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Tx, rows, run
from regulars.deliverability.policy import bounce_policy
from regulars.deliverability.returned import WORDS
from regulars.deliverability.taking import SQL
from regulars.kernel import Page, decode_cursor, encode_cursor

KNOWN_DAYS = timedelta(days=90)  # So long the same mail is known again.
PAGE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """What nobody could be told of; it holds personal data."""

    mail_id: int
    via: str
    received_at: datetime
    outcome: str  # unmatched or set_aside.
    kind: str
    reason: str
    address: str
    excerpt: str

    @property
    def words(self) -> str:
        return WORDS.get(self.kind, "Could not be read")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    outcome: str
    mails: int


def unmatched(tx: Tx, *, cursor: str | None = None, limit: int = 50) -> Page[Unmatched]:
    """The latest first."""
    limit = max(1, min(limit, PAGE_MAX))
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.unmatched, Unmatched, before=before, limit=limit + 1)
    more = encode_cursor(found[limit - 1].mail_id) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


def drop_unmatched(tx: Tx, mail_id: int) -> bool:
    """Let one go before its days are over."""
    return run(tx, SQL.drop_unmatched, mail_id=mail_id) > 0


def outcomes(tx: Tx) -> dict[str, int]:
    """How much came in, by what became of it, as long as it is known."""
    return {one.outcome: one.mails for one in rows(tx, SQL.outcomes, _Count)}


def forget_old_mail(tx: Tx, now: datetime) -> int:
    """Let go what could not be matched after its days, by the wall clock."""
    keep = timedelta(days=bounce_policy(tx).keep_days)
    return run(tx, SQL.forget_old, unmatched_before=now - keep, before=now - KNOWN_DAYS)
