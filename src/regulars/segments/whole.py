"""Everybody asked at once in DuckDB, and what differs set right in steps that hold nobody up for long."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

import numpy as np

from regulars import customers
from regulars.analytics import Lake
from regulars.conditions import Listed
from regulars.db import Database, Tx, copy_rows, rows, run, value, values
from regulars.segments.looking import differing
from regulars.segments.plan import Plan, plan_of
from regulars.segments.recomputing import cursor, past_of
from regulars.segments.statements import FRESH, LISTS
from regulars.segments.sweeping import note, recounted
from regulars.segments.whole_answer import Numbers, WholeAnswer, whole_answer
from regulars.segments.writing import Difference, State, Telling, hold_state, write

STEP = 20_000  # Memberships written in one transaction.
LOOK = 1_000  # People asked in PostgreSQL in one.
ROUNDS = 3  # How often those are asked of whom something was told while others were.


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One look at everybody; `seen` is how far the log was applied when it began."""

    database: Database
    plan: Plan
    begun: State
    at: datetime
    seen: int
    answer: WholeAnswer

    def is_current(self, state: State) -> bool:
        return state.generation == self.begun.generation


def ask_everybody(database: Database, lake: Lake, at: datetime) -> bool:
    """Ask everybody everything; False when what is live changed meanwhile: then it is to be tried again.

    Members of what is new are written as DuckDB says. Of what is kept with the log already, those who
    differ are asked again in PostgreSQL, since much may have happened since; so are those of whom something
    was told.
    """
    began = monotonic()
    with database.transaction() as tx:
        state = hold_state(tx)
        plan, at, seen = plan_of(tx, state.generation), state.not_before(at), cursor(tx)
    answer = whole_answer(lake, plan, at)
    whole = Whole(database=database, plan=plan, begun=state, at=at, seen=seen, answer=answer)
    if not all(_write_new(whole, step) for step in _steps_of_new(whole)):
        return False
    right: Counter[str] = Counter()
    people = _differing_people(whole)
    for first in range(0, len(people), LOOK):
        right += _look_again(whole, people[first : first + LOOK])
    caught_up = _catch_up(whole)
    return caught_up is not None and _finish(caught_up, right, began)


def _steps_of_new(whole: Whole) -> Iterator[list[Difference]]:
    for unit in whole.plan.units:
        for segment_id in () if unit.is_counted else unit.segment_ids:
            members, present = whole.answer.members[segment_id], _present(whole, segment_id)
            for ids, came in (
                (np.setdiff1d(present, members), False),
                (np.setdiff1d(members, present), True),
            ):
                for first in range(0, len(ids), STEP):
                    yield [
                        Difference(segment_id=segment_id, customer_id=int(one), came=came)
                        for one in ids[first : first + STEP]
                    ]


def _present(whole: Whole, segment_id: int) -> Numbers:
    with whole.database.transaction() as tx:
        found = values(tx, FRESH.present_people, segment_id=segment_id)
    return np.array(found, dtype=np.int64)


def _write_new(whole: Whole, step: Sequence[Difference]) -> bool:
    """Before a segment is counted, nobody else writes its members; who is nobody meanwhile stays out."""
    with whole.database.transaction() as tx:
        customers.hold(tx)
        state = hold_state(tx)
        if not whole.is_current(state):
            return False
        there = set(values(tx, FRESH.existing, people=[one.customer_id for one in step]))
        found = [one for one in step if not one.came or one.customer_id in there]
        write(tx, found, state.not_before(whole.at))
    return True


def _differing_people(whole: Whole) -> list[int]:
    differing_ids: set[int] = set()
    for unit in whole.plan.counted:
        for segment_id in unit.segment_ids:
            other = np.setxor1d(_present(whole, segment_id), whole.answer.members[segment_id])
            differing_ids |= set(other.tolist())
    return sorted(differing_ids)


def _look_again(whole: Whole, people: Sequence[int]) -> Counter[str]:
    """Ask some what is kept with the log; gives how often by segment it was not as it should be."""
    with whole.database.transaction() as tx:
        customers.hold(tx)
        state = hold_state(tx)
        plan = plan_of(tx, state.generation)
        at = state.not_before(whole.at)
        found = differing(tx, plan, plan.counted, at, people)
        unread = set(values(tx, FRESH.unread_people, after=cursor(tx))) if found else set()
        past = past_of(tx, state, [one.customer_id for one in found])
        write(tx, found, at, Telling(past=past))
        keys = plan.by_segment
        return Counter(keys[one.segment_id] for one in found if one.customer_id not in unread)


def _catch_up(whole: Whole) -> Whole | None:
    """Ask those of whom something was told meanwhile in steps, so that few are left for the last."""
    for _ in range(ROUNDS):
        with whole.database.transaction() as tx:
            seen, told = cursor(tx), values(tx, FRESH.told_people, after=whole.seen)
        if len(told) <= LOOK:
            break
        for first in range(0, len(told), LOOK):
            with whole.database.transaction() as tx:
                customers.hold(tx)
                state = hold_state(tx)
                if not whole.is_current(state):
                    return None
                at = state.not_before(whole.at)
                _ask_all(tx, whole, state, at, told[first : first + LOOK])
        whole = replace(whole, seen=seen)
    return whole


def _ask_all(tx: Tx, whole: Whole, state: State, at: datetime, people: Sequence[int]) -> None:
    """What is new too, which nobody else asks before it is counted."""
    found = differing(tx, whole.plan, whole.plan.units, at, people)
    write(tx, found, at, Telling(past=past_of(tx, state, [one.customer_id for one in found])))


def _finish(whole: Whole, right: Counter[str], began: float) -> bool:
    """Note when time changes what, count what is new, and ask those of whom something was told meanwhile."""
    with whole.database.transaction() as tx:
        customers.hold(tx)
        state = hold_state(tx)
        if not whole.is_current(state):
            return False
        at = state.not_before(whole.at)
        _note_following(tx, whole.answer)
        listed = values(tx, LISTS.listed_otherwise, ids=_new_lists(whole.plan), at=at)
        told = sorted({*values(tx, FRESH.told_people, after=whole.seen), *listed})
        found = [
            one
            for first in range(0, len(told), LOOK)
            for one in differing(tx, whole.plan, whole.plan.units, at, told[first : first + LOOK])
        ]
        found += rows(tx, FRESH.nobody_in, Difference)
        ids = [segment_id for unit in whole.plan.units for segment_id in unit.segment_ids]
        past = past_of(tx, state, [one.customer_id for one in found])
        write(tx, found, at, Telling(past=past), whole=ids)
        right.update(recounted(tx, ids))
        people = value(tx, FRESH.people_known)
        note(tx, whole.plan, at, "duckdb", monotonic() - began, people, right)
        run(tx, FRESH.begin_generation)
    return True


def _new_lists(plan: Plan) -> list[int]:
    """Lists that are not counted yet: of what is put there or taken off meanwhile, no event tells."""
    return [
        segment_id
        for unit in plan.units
        if not unit.is_counted and unit.conditions == (Listed(segment=unit.keys[0]),)
        for segment_id in unit.segment_ids
    ]


def _note_following(tx: Tx, answer: WholeAnswer) -> None:
    """An instant that stands and comes earlier stays: at it everything is asked."""
    run(tx, FRESH.stage_following)
    ids, moments = answer.following["customer_id"].to_pylist(), answer.following["at"].to_pylist()
    copy_rows(tx, "segments_following", ("customer_id", "at"), zip(ids, moments, strict=True))
    run(tx, FRESH.note_following)
    run(tx, FRESH.unstage_following)
