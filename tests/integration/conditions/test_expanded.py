"""Putting in what a condition names changes its form and not its meaning."""

from random import Random

from regulars.conditions import EVERYBODY, All, Any, Book, Condition, Not, expand
from regulars.conditions.nodes import InSegment, InStage, children
from tests.integration.conditions import dice, drawn_conditions, drawn_people
from tests.integration.conditions.naive import holds

NAMED = ("one", "two", "three", "list-a", "list-b")


def nested(own: dice.Dice, segments: tuple[str, ...]) -> Condition:
    """A condition that also asks for what is named, of which it is not a part itself."""
    if segments and own.often(6):
        inner: Condition = InSegment(segment=own.one(segments))
    else:
        inner = InStage(approach="rings", stages=own.some(dice.STAGES))
    kind = own.one((All, Any))
    return kind(conditions=(inner, own.one((Not(condition=inner), drawn_conditions.condition(own, 1)))))


def book(own: dice.Dice) -> Book:
    """Each may name what stands before it; of the stages, people are in the first that holds, or in none."""
    segments: dict[str, Condition | None] = dict.fromkeys(dice.SEGMENTS, EVERYBODY)
    segments |= {"list-a": None, "list-b": None, "one": drawn_conditions.condition(own, 1)}
    stages = tuple(
        (stage, own.one((InSegment(segment="one"), drawn_conditions.condition(own, 1))))
        for stage in dice.STAGES
    )
    segments["two"] = nested(own, ("one", "list-a"))
    segments["three"] = nested(own, ("two", "one", "list-b"))
    return Book(segments=segments, approaches={"rings": stages})


def names_something(node: Condition) -> bool:
    return isinstance(node, InSegment | InStage) or any(
        names_something(one) for one in children(node) if not hasattr(node, "days")
    )


def test_an_expanded_condition_answers_as_the_nested_one_does() -> None:
    random = Random(11)
    world = drawn_people.world(random, 24)
    answers = set()
    for place in range(150):
        zone, at = dice.PLACES[place % len(dice.PLACES)]
        own = dice.Dice(random, zone, at)
        known = book(own)
        asked = nested(own, NAMED)

        expanded = expand(asked, known)

        assert not names_something(expanded)
        for one in world.people:
            wanted = holds(world, asked, one, at, zone, known)
            assert holds(world, expanded, one, at, zone) == wanted, (asked, known, world.people[one])
            answers.add((place, wanted))
    assert len(answers) > 180  # Most of them part people.
