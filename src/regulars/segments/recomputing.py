"""Asking everybody: what is new or edited, what lay behind, or everything when it is asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import customers, log
from regulars.db import Tx, rows, run, value, values
from regulars.segments.looking import differing
from regulars.segments.model import stage_key
from regulars.segments.plan import Live, Plan, Unit, live_definitions, made_plan, plan_of
from regulars.segments.reader import NAME
from regulars.segments.statements import FRESH, SQL
from regulars.segments.writing import Difference, State, Telling, Written, business_now, hold_state, write

# Of a longer log the lake is asked, outside the transaction that made it necessary.
LARGE = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    at: datetime
    entered: Mapping[str, int]  # By segment key, only where there were any.
    departed: Mapping[str, int]
    later: bool = False  # The log is long: everybody is asked by a worker, soon.


def refresh(tx: Tx, at: datetime) -> Changes:
    """Ask everybody everything at an instant, at once; entering and leaving are told to the log."""
    customers.hold(tx)
    state = hold_state(tx)
    plan = know(tx)
    changes = compute(tx, state, plan, plan.units, at)
    if len(plan.units) == len(plan.counted):
        run(tx, FRESH.set_fresh)
    return changes


def changed(tx: Tx, names: Collection[str], at: datetime) -> Changes:
    """What is live is another: ask everybody what is named, as segment/vip, and what asks it."""
    customers.hold(tx)
    state = hold_state(tx)
    plan = know(tx)
    touched = plan.touched(names)
    if is_large(tx):
        run(tx, FRESH.set_due, ids=_ids(touched))
        written = _end_gone(tx, at=state.not_before(at))
        return _changes(plan, written, state.not_before(at), later=bool(touched))
    return compute(tx, state, plan, touched, at)


def traits_changed(tx: Tx, name: str, at: datetime) -> None:
    """A trait is declared or worked out otherwise: ask everybody what looks at it."""
    customers.hold(tx)
    state = hold_state(tx)
    run(tx, FRESH.begin_generation)  # Which events concern whom depends on computed traits.
    trait = name.split(".", maxsplit=1)[0]
    plan = plan_of(tx, state.generation)
    looking = {unit.name for unit in plan.units if trait in unit.concern.traits}
    if looking:
        changed(tx, looking, at)


def sources_changed(tx: Tx, sources: Collection[str], at: datetime, names: Collection[str] = ()) -> None:
    """What sources tell is another, and no event says of whom: ask everybody what measures one of them."""
    customers.hold(tx)
    plan = plan_of(tx, hold_state(tx).generation)
    looking = {unit.name for unit in plan.units if unit.concern.sources & set(sources)}
    if looking or names:
        changed(tx, looking | set(names), at)


def compute(tx: Tx, state: State, plan: Plan, units: Sequence[Unit], at: datetime) -> Changes:
    """Ask everybody some of the plan; the caller holds the state."""
    at = state.not_before(at)
    found = differing(tx, plan, units, at) if units else []
    found += _gone(tx)
    past = past_of(tx, state, [one.customer_id for one in found])
    written = write(tx, found, at, Telling(past=past), whole=_ids(units))
    if not all(unit.is_counted for unit in units):
        run(tx, FRESH.begin_generation)  # What is counted now is kept with the log from here on.
    return _changes(plan, written, at)


def know(tx: Tx) -> Plan:
    """Make what is live known and begin a generation; raises Invalid for what asks itself."""
    live = live_definitions(tx)
    _know(tx, live)
    run(tx, FRESH.begin_generation)
    return made_plan(tx, live)


def look_at(tx: Tx, people: Sequence[int], names: Collection[str] | None = None) -> Written:
    """Ask some what is named, as segment/vip, and what asks it; everything without names."""
    if not people:
        return Written()
    customers.hold(tx)
    state = hold_state(tx)
    plan, at = plan_of(tx, state.generation), business_now(tx, state)
    units = plan.counted if names is None else [one for one in plan.touched(names) if one.is_counted]
    return write(tx, differing(tx, plan, units, at, people), at) if units else Written()


def past_of(tx: Tx, state: State, people: Sequence[int]) -> frozenset[int]:
    """Of some customers, those of whom history came that the reader has not applied."""
    if not people:
        return frozenset()
    after = cursor(tx) if state.stale_after is None else state.stale_after
    asked = {"after": after, "to": value(tx, FRESH.head), "people": sorted(set(people))}
    return frozenset(values(tx, FRESH.past_people, **asked))


def cursor(tx: Tx) -> int:
    """Up to which position of the log memberships are kept."""
    return next((one.position for one in log.status(tx) if one.name == NAME), 0)


def is_large(tx: Tx) -> bool:
    return int(value(tx, FRESH.head)) > LARGE


def _end_gone(tx: Tx, *, at: datetime) -> Written:
    return write(tx, _gone(tx), at)


def _gone(tx: Tx) -> list[Difference]:
    """Who is still in what is no longer live."""
    return rows(tx, FRESH.present_in, Difference, ids=values(tx, SQL.gone_segments))


def _ids(units: Iterable[Unit]) -> list[int]:
    return [segment_id for unit in units for segment_id in unit.segment_ids]


def _changes(plan: Plan, written: Written, at: datetime, *, later: bool = False) -> Changes:
    keys = plan.by_segment
    return Changes(
        at=at,
        entered={keys[number]: count for number, count in written.entered.items() if number in keys},
        departed={keys[number]: count for number, count in written.departed.items() if number in keys},
        later=later,
    )


def _know(tx: Tx, live: Live) -> None:
    """Give every live segment and stage its number."""
    told: list[tuple[str, str, str | None, str | None, int | None]] = [
        (key, body.name, None, None, None) for key, body in live.segments.items()
    ]
    told += [
        (stage_key(approach, stage.key), stage.name, approach, stage.key, place)
        for approach, body in live.approaches.items()
        for place, stage in enumerate(body.stages)
    ]
    named = [
        (key, stage_key(body.approach, body.stage))
        for key, body in live.segments.items()
        if body.approach is not None and body.stage is not None
    ]
    run(tx, SQL.know_approaches, keys=list(live.approaches))
    run(
        tx,
        SQL.know_segments,
        keys=[row[0] for row in told],
        titles=[row[1] for row in told],
        approaches=[row[2] for row in told],
        stages=[row[3] for row in told],
        places=[row[4] for row in told],
    )
    run(tx, SQL.name_stages, keys=[n[0] for n in named], stage_keys=[n[1] for n in named])
