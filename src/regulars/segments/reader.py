"""The reader that keeps memberships with the log: who an event concerns is asked what it can touch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regulars import customers, orders
from regulars.db import Tx, rows, run, value, values
from regulars.log import Reader, Span
from regulars.segments.concerning import EVERY
from regulars.segments.looking import differing
from regulars.segments.plan import Plan, Unit, plan_of
from regulars.segments.statements import FRESH
from regulars.segments.writing import Difference, Telling, hold_state, write

NAME = "segments"
# Of so many events to come, everybody is asked once at the end instead of those concerned on the way.
BACKLOG = 50_000
# A chain of segments that ask each other's stays is as long as they are nested; more is a mistake of ours.
HOPS_MAX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    customer_id: int
    names: list[str]
    hops: int
    is_new: bool  # Nobody looked at them before.


def apply(tx: Tx, span: Span) -> None:
    """Ask of whom a range of the log tells what it can touch, and write who came and went."""
    customers.hold(tx)
    state = hold_state(tx)
    plan = plan_of(tx, state.generation)
    if not plan.counted:
        return
    if value(tx, FRESH.head) - span.to > BACKLOG:
        run(tx, FRESH.set_stale, after=span.after)
        return
    at = state.not_before(span.booked_at)
    told = told_in(tx, plan, span)
    found: list[Difference] = []
    for units, people in _concerned(tx, plan, told, span):
        found += differing(tx, plan, units, at, people)
    if found:
        hops = max((one.hops for one in told), default=0) + 1
        people = sorted({one.customer_id for one in found})
        past = values(tx, FRESH.past_people, after=span.after, to=span.to, people=people)
        write(tx, _once(found), at, Telling(hops=hops, past=frozenset(past)))


def told_in(tx: Tx, plan: Plan, span: Span) -> list[Told]:
    names = sorted(plan.by_event.keys() - {EVERY})
    every = EVERY in plan.by_event
    return rows(tx, FRESH.told_in, Told, after=span.after, to=span.to, names=names, every=every)


def _concerned(
    tx: Tx, plan: Plan, told: Sequence[Told], span: Span
) -> Iterable[tuple[tuple[Unit, ...], list[int]]]:
    """What is to be asked of whom: those of whom the same is to be asked, together."""
    asked: dict[tuple[Unit, ...], set[int]] = {}
    units_of: dict[tuple[str, ...], tuple[Unit, ...]] = {}
    for one in told:
        names = tuple(one.names) if one.hops < HOPS_MAX else ()
        if names not in units_of:
            touched = {unit.name for name in names for unit in plan.by_event[name]}
            units_of[names] = tuple(unit for unit in plan.counted if unit.name in touched)
        units = plan.counted if one.is_new else units_of[names]
        if units:
            asked.setdefault(units, set()).add(one.customer_id)
    if plan.of_orders:
        have = values(tx, orders.FACTS.touched, after=span.after, to=span.to)
        if have:
            asked.setdefault(plan.of_orders, set()).update(have)
    return [(units, sorted(people)) for units, people in asked.items()]


def _once(found: Iterable[Difference]) -> list[Difference]:
    return list(dict.fromkeys(found))


READER = Reader(
    name=NAME, apply=apply, after=("customers", "orders", "customers.computed", "loyalty"), batch=5_000
)
