"""When time alone changes an answer: never before the instant that the statement gives."""

from datetime import datetime, timedelta
from random import Random

import pytest

from regulars.conditions import Condition, Last, OrderCount, Returned, compile_conditions, everybody
from tests.integration.conditions import dice, drawn_conditions
from tests.integration.conditions.agreeing import by_customer, concerned, rows_of
from tests.integration.conditions.conftest import Shop
from tests.integration.conditions.history import Person
from tests.integration.conditions.naive import holds

TICK = timedelta(microseconds=1)
CONDITIONS, FAR = 40, timedelta(days=800)
EDGES = [timedelta(**{unit: n}) for unit in ("minutes", "hours", "days") for n in (1, 2, 7, 12, 24, 30)]


def between(chance: Random, at: datetime, end: datetime) -> set[datetime]:
    """Instants before the end: the first, the last, and edges of windows among them."""
    found = {at + TICK, end - TICK, at + (end - at) / 2}
    found |= {
        at + chance.choice(EDGES) * chance.randint(1, 9) + chance.choice((TICK, -TICK)) for _ in range(4)
    }
    return {one for one in found if at < one < end}


def is_past(person: Person, condition: Condition, at: datetime) -> bool:
    """Of what has lasted, nothing may have been told in the future: no client says today what was told tomorrow."""
    if "HasBeen(" not in repr(condition):
        return True
    told = [one.at for one in (*person.told, *person.said)]
    return max([*told, *((one.left or one.entered) for one in person.stays)], default=at) <= at


@pytest.mark.parametrize(("zone", "at"), dice.PLACES)
def test_no_answer_changes_before_its_next_change_without_a_new_fact(
    shop: Shop, zone: str, at: datetime
) -> None:
    own, chance = dice.Dice(Random(2), zone, at), Random(3)
    asked = [drawn_conditions.leaf(own) for _ in range(CONDITIONS)] + [
        drawn_conditions.condition(own) for _ in range(10)
    ]

    compiled = compile_conditions(asked, at, zone=zone, next_change=True)
    with shop.database.transaction() as tx:
        found = by_customer(tx.execute(compiled.query, compiled.params))

    changing = 0
    for number, answers in found.items():
        person = shop.world.people[number]
        for condition, now, end in zip(asked, answers, answers[len(asked) :], strict=False):
            assert end is None or end > at
            changing += end is not None
            if is_past(person, condition, at):
                for later in between(chance, at, end or at + FAR):
                    same = holds(shop.world, condition, number, later, zone) == now
                    assert same, (
                        f"{condition} of {number} changes by {later}, not at {end}: {concerned(person, condition)}"
                    )
    # Who is never looked at again is most people: else this would prove nothing, and cost much.
    assert 0 < changing < 0.5 * len(found) * len(asked)


def test_orders_that_leave_a_window_say_nothing_before_the_one_the_answer_hangs_on(shop: Shop) -> None:
    zone, at = dice.PLACES[1]
    asked: list[Condition] = [
        OrderCount(comparison=comparison, number=number, window=Last(days=days))
        for comparison in ("at_least", "at_most")
        for number in (0, 1, 2, 3)
        for days in (14, 30, 90)
    ]
    asked += [
        Returned(within_days=within, after_days=after) for within, after in ((7, 7), (30, 30), (30, 60))
    ]

    compiled = compile_conditions(asked, at, zone=zone, next_change=True)
    with shop.database.transaction() as tx:
        found = by_customer(tx.execute(compiled.query, compiled.params))

    exact = 0
    for number, answers in found.items():
        person = shop.world.people[number]
        if all(one.at < at for one in person.orders):
            for condition, now, end in zip(asked, answers, answers[len(asked) :], strict=False):
                if end is not None:
                    assert holds(shop.world, condition, number, end, zone) != now, (
                        f"{condition} of {number} at {end}"
                    )
                    exact += 1
    assert exact > 0


def test_both_engines_say_the_same_next_change(shop: Shop) -> None:
    zone, at = dice.PLACES[1]
    own = dice.Dice(Random(4), zone, at)
    asked = [draw(own) for draw in drawn_conditions.LEAVES]

    compiled = compile_conditions(asked, at, zone=zone, next_change=True)
    with shop.database.transaction() as tx:
        wanted = by_customer(tx.execute(compiled.query, compiled.params))
    found = by_customer(rows_of(everybody(shop.lake, asked, at, zone=zone, next_change=True)))

    differing = {
        asked[n % len(asked)]
        for one in wanted
        for n, (a, b) in enumerate(zip(wanted[one], found[one], strict=True))
        if a != b
    }
    assert differing == set()
