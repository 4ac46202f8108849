"""The reader that keeps memberships with the log: who an event concerns is asked what it can touch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from regulars import customers, orders
from regulars.db import Tx, rows, run, value, values
from regulars.log import Reader, Span
from regulars.segments.concerning import EVERY, HOPS_MAX, STAYS
from regulars.segments.looking import differing
from regulars.segments.plan import Plan, Unit, plan_of
from regulars.segments.statements import FRESH
from regulars.segments.writing import Difference, Telling, hold_state, write

NAME = "segments"
# Of so many events to come, everybody is asked once at the end instead of those concerned on the way.
BACKLOG = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    customer_id: int
    names: list[str]
    hops_of_stays: int
    hops_of_others: int
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
    if plan.of_catalogue and value(tx, FRESH.catalogue_told, after=span.after, to=span.to):
        # Whoever asks everybody now begins anew, for the answer is of products as they were.
        run(tx, FRESH.set_due, ids=[one for unit in plan.of_catalogue for one in unit.segment_ids])
        run(tx, FRESH.begin_generation)
    at = state.not_before(span.booked_at)
    told = told_in(tx, plan, span)
    have = set(values(tx, orders.FACTS.touched, after=span.after, to=span.to)) if plan.of_orders else set()
    found: list[Difference] = []
    for units, people in _concerned(plan, told, have):
        found += differing(tx, plan, units, at, people)
    if found:
        people = sorted({one.customer_id for one in found})
        past = values(tx, FRESH.past_people, after=span.after, to=span.to, people=people)
        hops = _hops(plan, told, have, found)
        write(tx, _once(found), at, Telling(hops=hops, past=frozenset(past)))


def told_in(tx: Tx, plan: Plan, span: Span) -> list[Told]:
    names = sorted(plan.by_event.keys() - {EVERY})
    every = EVERY in plan.by_event
    return rows(
        tx,
        FRESH.told_in,
        Told,
        after=span.after,
        to=span.to,
        names=names,
        every=every,
        stays=sorted(STAYS),
        untold=sorted(STAYS.difference(names)),
    )


def _concerned(
    plan: Plan, told: Sequence[Told], have: Collection[int]
) -> Iterable[tuple[tuple[Unit, ...], list[int]]]:
    """What is to be asked of whom: those of whom the same is to be asked, together."""
    asked: dict[tuple[Unit, ...], set[int]] = {}
    units_of: dict[tuple[str, ...], tuple[Unit, ...]] = {}
    for one in told:
        # At the limit stays ask no more; what else was told does.
        names = tuple(name for name in one.names if name not in STAYS or one.hops_of_stays < HOPS_MAX)
        if names not in units_of:
            touched = {unit.name for name in names for unit in plan.by_event[name]}
            units_of[names] = tuple(unit for unit in plan.counted if unit.name in touched)
        units = plan.counted if one.is_new else units_of[names]
        if units:
            asked.setdefault(units, set()).add(one.customer_id)
    if have:
        asked.setdefault(plan.of_orders, set()).update(have)
    return [(units, sorted(people)) for units, people in asked.items()]


def _hops(
    plan: Plan, told: Sequence[Told], have: Collection[int], found: Sequence[Difference]
) -> Mapping[tuple[int, int], int]:
    """One more than what caused it; stays count only where nothing else asked, or traffic would add up."""
    told_of = {one.customer_id: one for one in told}
    unit_of = {segment_id: unit for unit in plan.counted for segment_id in unit.segment_ids}

    def before(one: Difference) -> int:
        unit, said = unit_of[one.segment_id], told_of.get(one.customer_id)
        if said is None:
            return 0
        is_ordered = unit.concern.orders and one.customer_id in have
        events = unit.concern.events & set(said.names)
        is_by_stays = bool(events) and events <= STAYS
        return said.hops_of_stays if is_by_stays and not is_ordered else said.hops_of_others

    return {(one.segment_id, one.customer_id): before(one) + 1 for one in found}


def _once(found: Iterable[Difference]) -> list[Difference]:
    return list(dict.fromkeys(found))


READER = Reader(
    name=NAME, apply=apply, after=("customers", "orders", "customers.computed", "loyalty"), batch=5_000
)
