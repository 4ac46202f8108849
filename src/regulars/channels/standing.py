"""How providers do: who is left alone, what went wrong last, and the pace that all hosts share."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from regulars.channels.channel import Message, Receipt
from regulars.db import Query, Statements, Tx, one, rows, run

FAILURES_MAX = 3  # In a row; then a provider is left alone, at first for 30 s, then twice as long each time.
HOLD_S = 20.0  # So long a batch waits for its places; what has a later one is deferred.
DETAILS_MAX = 5
DETAIL_SIGNS = 300
KEPT_DAYS = 60
ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+|\+?[0-9][0-9 ()-]{6,}[0-9]")


class Sql(Statements, file="standing.sql"):
    pace: Query
    open_pace: Query
    health: Query
    note_health: Query
    open_at_once: Query
    close: Query
    add_problem: Query
    drop_problems: Query
    problems: Query
    tally_domains: Query
    domains: Query
    forget_tallies: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    provider: str
    failures: int
    trips: int
    open_until: datetime | None  # Left alone until then; past: one message is tried first.
    last_ok_at: datetime | None
    last_error_at: datetime | None
    last_error: str
    sent: int
    failed: int
    deferred: int
    in_doubt: int

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and self.open_until > now

    @property
    def is_on_trial(self) -> bool:
        """It was left alone; whether it does again is seen by one message."""
        return self.open_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    provider: str
    at: datetime
    outcome: str
    detail: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainTally:
    domain: str
    sent: int
    failed: int
    deferred: int
    in_doubt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    wait_s: float
    places: int


def state_of(stands: Health | None, now: datetime) -> str:
    """In a word: unasked, well, failing, left alone, or on trial once that is over."""
    if stands is None or (stands.last_ok_at is None and stands.last_error_at is None):
        return "unasked"
    if stands.is_open(now):
        return "left alone"
    if stands.is_on_trial:
        return "on trial"
    return "failing" if stands.failures else "well"


def places(tx: Tx, key: str, scope: str, rate: float, wanted: int) -> Places:
    """Take places in the row of a scope; who takes several scopes takes them in one order."""
    run(tx, SQL.open_pace, key=key, scope=scope)
    return one(tx, SQL.pace, Places, key=key, scope=scope, rate=rate, wanted=wanted, hold_s=HOLD_S)


def health(tx: Tx, key: str) -> dict[str, Health]:
    return {one.provider: one for one in rows(tx, SQL.health, Health, key=key)}


def note(
    tx: Tx, key: str, provider: str, receipts: Sequence[Receipt], *, downs: Sequence[str], now: datetime
) -> None:
    """Write down what came of asking a provider; it worked if it took or judged anything."""
    count = Counter(one.outcome for one in receipts)
    worked = bool(count["sent"] or count["failed"] or count["deferred"])
    amiss = [one for one in receipts if one.outcome != "sent"]
    told: Counter[tuple[str, str]] = Counter((one.outcome, cut(one.detail or "")) for one in amiss)
    told.update(("down", cut(why)) for why in downs)
    error = next((detail for (_, detail), _n in told.most_common(1)), "")
    run(
        tx,
        SQL.note_health,
        key=key,
        provider=provider,
        failures=0 if worked else len(downs),
        worked=worked,
        error=error,
        now=now,
        failures_max=FAILURES_MAX,
        **{name: count[name] for name in ("sent", "failed", "deferred", "in_doubt")},
    )
    if downs and not worked:
        run(tx, SQL.open_at_once, key=key, provider=provider, now=now, failures_max=FAILURES_MAX)
    if told:
        most = told.most_common(DETAILS_MAX)
        run(
            tx,
            SQL.add_problem,
            key=key,
            provider=provider,
            now=now,
            outcomes=[outcome for (outcome, _), _n in most],
            details=[detail for (_, detail), _n in most],
            counts=[number for _, number in most],
        )
        run(tx, SQL.drop_problems, key=key)


def cut(detail: str) -> str:
    """What a provider said, without whom it was about.

    >>> cut("550 no such user <ada@example.com>")
    '550 no such user <…>'
    """
    return ADDRESS.sub("…", detail)[:DETAIL_SIGNS]


def tally(
    tx: Tx, key: str, messages: Mapping[int, Message], receipts: Sequence[Receipt], *, now: datetime
) -> None:
    """Count by domain of the recipient."""
    found: dict[str, Counter[str]] = {}
    for receipt in receipts:
        domain = messages[receipt.send_id].address.rpartition("@")[2].lower()[:253]
        found.setdefault(domain, Counter())[receipt.outcome] += 1
    counted = list(found.values())
    run(
        tx,
        SQL.tally_domains,
        key=key,
        day=now.date(),
        domains=list(found),
        sents=[one["sent"] for one in counted],
        faileds=[one["failed"] for one in counted],
        deferreds=[one["deferred"] for one in counted],
        doubts=[one["in_doubt"] for one in counted],
    )


def problems(tx: Tx, key: str, *, limit: int = 20) -> list[Problem]:
    """Newest first, addresses cut out."""
    return rows(tx, SQL.problems, Problem, key=key, limit=limit)


def domains(tx: Tx, key: str, *, since: date, limit: int = 15) -> list[DomainTally]:
    return rows(tx, SQL.domains, DomainTally, key=key, since=since, limit=limit)


def ask_again(tx: Tx, key: str, provider: str) -> None:
    run(tx, SQL.close, key=key, provider=provider)


def forget_old(tx: Tx, now: datetime) -> int:
    return run(tx, SQL.forget_tallies, before=(now - timedelta(days=KEPT_DAYS)).date())
