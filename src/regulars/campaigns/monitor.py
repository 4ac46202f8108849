"""A send while it runs: how much left, what came back, how fast it goes and how long it will take."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from regulars.campaigns.launching import find, source_of
from regulars.campaigns.model import Run
from regulars.db import Query, Statements, Tx, rows, run, value
from regulars.kernel import NotFound
from regulars.messaging import ReactionKind, find_source

OPEN = ("queued", "claimed", "handed")


class Sql(Statements, file="monitor.sql"):
    progress: Query
    returned: Query
    beat: Query
    forget_beats: Query
    rate: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    run: Run
    queued: int  # Both arms; those of people held out are decided without a message.
    held: dict[str, int]  # Of the queued, those who wait for their hour or for another try, by reason.
    next_at: datetime | None  # When the next of those may go.
    sent: int
    held_out: int
    skipped: dict[str, int]  # By the code of the reason.
    failed: int
    in_doubt: int
    delivered: int
    deferred: int
    bounced_hard: int
    bounced_soft: int
    complained: int
    unsubscribed: int
    paused: bool  # By a person, or by itself.
    per_second: float

    @property
    def done(self) -> int:
        return self.sent + self.held_out + sum(self.skipped.values()) + self.failed + self.in_doubt

    @property
    def all(self) -> int:
        return self.done + self.queued

    @property
    def seconds_left(self) -> float | None:
        """Of what may go now; None while nothing moves."""
        going = self.queued - sum(self.held.values())
        return going / self.per_second if self.per_second > 0 and going else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    state: str
    reason: str | None
    people: int
    held: bool
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Returned:
    kind: ReactionKind
    hard: bool
    people: int


def monitor(tx: Tx, key: str, at: datetime, version: int | None = None) -> Monitor:
    """How a launched version stands at this moment."""
    found = find(tx, key, version)
    named = {"key": found.key, "version": found.version}
    states: Counter[str] = Counter()
    skipped: dict[str, int] = {}
    held: dict[str, int] = {}
    next_at: list[datetime] = []
    for row in rows(tx, SQL.progress, _Progress, at=at, **named):
        states["queued" if row.state in OPEN else row.state] += row.people
        if row.state == "skipped":
            skipped[row.reason or ""] = row.people
        if row.held:
            held[row.reason or "local_time"] = row.people
            next_at += [row.next_at] if row.next_at else []
    back: Counter[str] = Counter()
    for one in rows(tx, SQL.returned, _Returned, **named):
        back[f"{one.kind}_hard" if one.hard else one.kind] += one.people
    return Monitor(
        run=found,
        queued=states["queued"],
        held=held,
        next_at=min(next_at, default=None),
        sent=states["sent"],
        held_out=states["held_out"],
        skipped=skipped,
        failed=states["failed"],
        in_doubt=states["in_doubt"],
        delivered=back["delivered"],
        deferred=back["deferred"],
        bounced_hard=back["bounced_hard"],
        bounced_soft=back["bounced"],
        complained=back["complained"],
        unsubscribed=back["unsubscribed"],
        paused=_paused(tx, found),
        per_second=float(value(tx, SQL.rate, run_id=found.run_id)),
    )


def beat(tx: Tx, run_id: int, moved: int) -> None:
    """Note how much moved, for the rate."""
    run(tx, SQL.beat, run_id=run_id, moved=moved)
    run(tx, SQL.forget_beats, run_id=run_id)


def _paused(tx: Tx, found: Run) -> bool:
    if found.paused_at is not None:
        return True
    try:
        return found.state == "sending" and find_source(tx, source_of(found)).paused
    except NotFound:
        return False
