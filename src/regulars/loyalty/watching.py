"""What looks unusual: more of one member in a span of hours than the programme lets pass without a look.

A review changes nothing by itself. A block stops spending: the points stay, and go on to be earned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import Conflict, NotFound
from regulars.log import Reader, Span
from regulars.loyalty.blocking import block, blocked, check_note, lift
from regulars.loyalty.policies import Velocity
from regulars.loyalty.policy_words import watched_text

State = Literal["open", "cleared", "confirmed"]
WORDS = {
    "earned_points": "points earned",
    "earning_orders": "orders that earned",
    "spent_points": "points spent",
    "redemptions": "redemptions",
    "returns": "orders returned",
}


class Sql(Statements, file="watching.sql"):
    watched: Query
    block_reviewed: Query
    watching: Query
    tells_points: Query
    reviews: Query
    review: Query
    locked: Query
    open_reviews: Query
    concerned: Query
    decide: Query


SQL = Sql()


class UnknownReview(NotFound):
    code = "loyalty.unknown_review"


class AlreadyDecided(Conflict):
    code = "loyalty.already_decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    programme_id: int
    key: str
    velocity: list[dict[str, Any]]
    currency_id: int
    scale: int

    @property
    def rules(self) -> tuple[Velocity, ...]:
        return msgspec.convert(self.velocity, tuple[Velocity, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    id: int
    programme: str
    customer_id: int
    rule: str
    watches: str
    figure: int
    more_than: int
    hours: int
    transfer_id: int
    happened_at: datetime
    state: State
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    scale: int  # Of the programme's first currency, which is what is watched.

    @property
    def words(self) -> str:
        """As in "612 points earned in 24 hours, more than 500"."""
        figure, most = (
            watched_text(number, self.watches, self.scale) for number in (self.figure, self.more_than)
        )
        return f"{figure} {WORDS[self.watches]} in {self.hours} hours, more than {most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """One of the transfers that made the figure of a review."""

    transfer_id: int
    kind: str
    amount: int  # In units of its currency.
    currency: str
    booked_at: datetime
    occurred_at: datetime
    order_id: int | None
    order_key: str | None
    reason: str | None
    actor: str | None


def watch(tx: Tx, span: Span) -> None:
    """Looks at what a range of the log tells of points; again, it finds nothing new."""
    if not value(tx, SQL.tells_points, after=span.after, to=span.to):
        return
    for programme in rows(tx, SQL.watching, Watching):
        for rule in programme.rules:
            _watch(tx, span, programme, rule)


WATCH = Reader(name="loyalty_watch", apply=watch, after=("loyalty",))


def _watch(tx: Tx, span: Span, programme: Watching, rule: Velocity) -> None:
    found = values(
        tx, SQL.watched, after=span.after, to=span.to, rule=rule.key, watches=rule.watches,
        more_than=rule.more_than, hours=rule.hours, programme_id=programme.programme_id,
        currency_id=programme.currency_id,
    )  # fmt: skip
    if found and rule.does == "block":
        most = watched_text(rule.more_than, rule.watches, programme.scale)
        why = f"More than {most} {WORDS[rule.watches]} in {rule.hours} hours"
        run(tx, SQL.block_reviewed, reviews=found, reason=why, by="Regulars")


def reviews(
    tx: Tx,
    programme: str | None = None,
    *,
    state: State | None = None,
    customer_ids: Sequence[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Review]:
    """The newest first; of one programme, or of all."""
    return rows(
        tx, SQL.reviews, Review, key=programme, state=state, before=before, limit=limit,
        customers=list(customer_ids) if customer_ids is not None else None,
    )  # fmt: skip


def review_by_id(tx: Tx, review_id: int) -> Review:
    found = maybe(tx, SQL.review, Review, review_id=review_id)
    if found is None:
        raise UnknownReview(f"There is no review {review_id}.")
    return found


def open_reviews(tx: Tx) -> int:
    """How many nobody has decided yet, over all programmes."""
    return int(value(tx, SQL.open_reviews))


def concerned(tx: Tx, review_id: int, *, limit: int = 100) -> list[Concerned]:
    """The transfers that a review's figure counted, the newest first."""
    return rows(tx, SQL.concerned, Concerned, review_id=review_id, limit=limit)


def decide_review(
    tx: Tx, review_id: int, state: Literal["cleared", "confirmed"], *, note: str, by: str, at: datetime
) -> Review:
    """Cleared: nothing was wrong, and a block of this rule ends. Confirmed: the member may not spend."""
    check_note("note", note)
    run(tx, SQL.locked, review_id=review_id)
    found = review_by_id(tx, review_id)
    if found.state != "open":
        raise AlreadyDecided(
            f"{found.decided_by} {found.state} this at {found.decided_at:%-d %B %Y, %H:%M} UTC."
        )
    run(tx, SQL.decide, review_id=review_id, state=state, note=note, by=by, at=at)
    standing = blocked(tx, found.programme, found.customer_id)
    if state == "confirmed":
        block(tx, found.programme, found.customer_id, reason=f"{found.words}: {note}", by=by, at=at)
    elif standing is not None and standing.rule == found.rule:
        lift(tx, found.programme, found.customer_id, by=by, at=at)
    return review_by_id(tx, review_id)
