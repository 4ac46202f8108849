"""The sweep: everybody asked everything, compared with what was kept with the log, and set right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from psycopg.types.json import Jsonb

from regulars import customers, log
from regulars.db import Tx, one, rows, run, value, values
from regulars.segments.looking import differing
from regulars.segments.plan import Plan, Unit, plan_of
from regulars.segments.recomputing import cursor, is_large, past_of
from regulars.segments.statements import FRESH
from regulars.segments.waking import BATCH, wake_some
from regulars.segments.writing import Difference, State, Telling, hold_state, write

SIMULATED_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    at: datetime
    engine: str
    seconds: float
    customers: int
    segments: int
    differences: int  # Memberships that were not as a full computation has them, and were set right.
    by_segment: dict[str, int]
    swept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far memberships lie behind, and what the last sweep found."""

    due: int  # People whose time has come and who were not asked yet.
    waiting: int  # Segments and stages of which everybody is still to be asked.
    is_stale: bool  # A long backlog was passed over; everybody is to be asked.
    last_sweep: Sweep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    due: int
    waiting: int
    is_stale: bool


def sweep(tx: Tx, at: datetime) -> int | None:
    """Compare with a full computation and set right; gives how many differed, None when a worker does it.

    Who was told of since the reader's last step differs by right, and is not counted; neither is what time
    or the night's work on traits has changed by this instant.
    """
    if is_large(tx):
        run(tx, FRESH.ask_sweep, due=True)
        return None
    began = monotonic()
    if swept_lately(tx, at):
        customers.hold(tx)
        state = hold_state(tx)
        ask_nightly(tx, state, plan_of(tx, state.generation), at)
        return 0
    while wake_some(tx, at) >= BATCH:
        pass
    customers.hold(tx)
    state = hold_state(tx)
    plan = plan_of(tx, state.generation)
    units = plan.counted
    if not units:
        return 0
    at = state.not_before(at)
    ask_nightly(tx, state, plan, at)
    found = differing(tx, plan, units, at)
    count = set_right(tx, state, plan, units, found, at)
    people = value(tx, FRESH.people_known)
    note(tx, plan, at, "postgresql", monotonic() - began, people, count)
    return sum(count.values())


def swept_lately(tx: Tx, at: datetime) -> bool:
    """Whether a clock advanced by hand passed a sweep in the week before: a year passes in a minute."""
    last = next(iter(sweeps(tx, 1)), None)
    return last is not None and log.clock(tx).mode == "standing" and at - last.at < SIMULATED_EVERY


def ask_nightly(tx: Tx, state: State, plan: Plan, at: datetime) -> None:
    """Ask what looks at traits that the night has worked out anew: no event told of that."""
    _ask(tx, state, plan, [unit for unit in plan.counted if unit.concern.nightly], at)


def ask_traits(tx: Tx, at: datetime) -> None:
    """Ask what looks at any trait, after values have expired: no event told of that either."""
    customers.hold(tx)
    state = hold_state(tx)
    plan = plan_of(tx, state.generation)
    _ask(tx, state, plan, [unit for unit in plan.counted if unit.concern.traits], state.not_before(at))


def _ask(tx: Tx, state: State, plan: Plan, units: Sequence[Unit], at: datetime) -> None:
    if units:
        found = differing(tx, plan, units, at)
        past = past_of(tx, state, [one.customer_id for one in found])
        write(tx, found, at, Telling(past=past))


def set_right(
    tx: Tx, state: State, plan: Plan, units: Sequence[Unit], found: Sequence[Difference], at: datetime
) -> Counter[str]:
    """Write what differs; gives how often by segment, those left out that differ by right."""
    past = past_of(tx, state, [one.customer_id for one in found])
    ids = [segment_id for unit in units for segment_id in unit.segment_ids]
    write(tx, found, at, Telling(past=past), whole=ids)
    unread = set(values(tx, FRESH.unread_people, after=cursor(tx))) if found else set()
    keys = plan.by_segment
    count = Counter(keys[one.segment_id] for one in found if one.customer_id not in unread)
    count.update(recounted(tx, ids))
    return count


def recounted(tx: Tx, ids: Sequence[int]) -> list[str]:
    """Set right how many are in; gives the keys of those that were counted wrong."""
    return values(tx, FRESH.recount, ids=list(ids))


def note(
    tx: Tx, plan: Plan, at: datetime, engine: str, seconds: float, people: int, count: Counter[str]
) -> None:
    run(
        tx,
        FRESH.note_sweep,
        at=at,
        engine=engine,
        seconds=seconds,
        customers=people,
        segments=sum(len(unit.segment_ids) for unit in plan.counted),
        differences=sum(count.values()),
        by_segment=Jsonb(dict(count)),
    )
    run(tx, FRESH.ask_sweep, due=False)
    run(tx, FRESH.set_fresh)
    run(tx, FRESH.forget_sweeps, at=at)


def sweeps(tx: Tx, limit: int = 20) -> list[Sweep]:
    """What the last sweeps found, the latest first."""
    return rows(tx, FRESH.sweeps, Sweep, limit=limit)


def freshness(tx: Tx, now: datetime) -> Freshness:
    """How far memberships lie behind at a business instant."""
    behind = one(tx, FRESH.behind, Behind, now=now)
    last: Any = next(iter(sweeps(tx, 1)), None)
    return Freshness(due=behind.due, waiting=behind.waiting, is_stale=behind.is_stale, last_sweep=last)


def freshness_sentence(found: Freshness) -> str:
    """As in "Kept with the log; the last sweep, of 3 March 2026, looked at 2,469 customers and found …"."""
    if found.waiting or found.is_stale:
        return "Everybody is being asked anew; figures follow within minutes."
    last = found.last_sweep
    if last is None:
        return "Kept with the log as things happen and time passes; no sweep has compared it yet."
    said = "nothing to set right" if not last.differences else f"{last.differences:,} to set right, and did"
    return (
        f"Kept with the log as things happen and time passes. The sweep of {last.at:%-d %B %Y} asked "
        f"{last.customers:,} customers everything and found {said}."
    )
