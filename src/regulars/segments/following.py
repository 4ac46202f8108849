"""Memberships go along when it turns out who is which person: those concerned are asked again at once."""

from collections.abc import Sequence

from regulars import customers
from regulars.customers import Moved
from regulars.db import Tx, rows
from regulars.segments.concerning import HOPS_MAX
from regulars.segments.looking import differing
from regulars.segments.plan import plan_of
from regulars.segments.recomputing import past_of
from regulars.segments.statements import FRESH
from regulars.segments.writing import Difference, Telling, business_now, hold_state, write


def follow(tx: Tx, moved: Sequence[Moved]) -> None:
    """End the stays of people who are no more, and ask those who are; merge and split alike.

    Stays of the past stay with the profile that had them. Who was in by any of the profiles and still
    is has neither come nor gone, and nothing is told. After the rooms whose facts are asked.

    What asks of stays saw them as they were before, and no event tells of those that ended or began in
    silence: whose they are is asked that again, until nobody moves in silence.
    """
    if not moved:
        return
    customers.hold(tx)
    state = hold_state(tx)
    plan, at = plan_of(tx, state.generation), business_now(tx, state)
    if not plan.counted:
        return
    people = sorted({one.before for one in moved} | {one.after for one in moved})
    past, units, asked = past_of(tx, state, people), plan.counted, people
    for _ in range(HOPS_MAX):
        before = rows(tx, FRESH.present_of, Difference, people=people)
        found = differing(tx, plan, units, at, asked)
        silent = _silent(moved, before, found)
        write(tx, found, at, Telling(past=past, silent=silent))
        units, asked = plan.of_stays, sorted({customer for _, customer in silent})
        if not (units and asked):
            return


def _silent(
    moved: Sequence[Moved], before: Sequence[Difference], found: Sequence[Difference]
) -> set[tuple[int, int]]:
    """Who left as one and is in as another, and who is in as one and was in as another before."""
    was = {(one.segment_id, one.customer_id) for one in before}
    came = {(one.segment_id, one.customer_id) for one in found if one.came}
    left = {(one.segment_id, one.customer_id) for one in found if not one.came}
    present = (was - left) | came
    after = {one.before: one.after for one in moved}
    before_of: dict[int, set[int]] = {}
    for one in moved:
        before_of.setdefault(one.after, set()).add(one.before)
    silent = {(number, who) for number, who in left if (number, after.get(who, 0)) in present}
    return silent | {
        (number, who) for number, who in came if any((number, one) in was for one in before_of.get(who, ()))
    }
