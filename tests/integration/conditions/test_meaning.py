"""The compiled statement means what the plain evaluator means, at the edges of windows too."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars.conditions import (
    All,
    Between,
    Condition,
    DaysSinceLastOrder,
    Last,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    compile_conditions,
    explain,
    matching,
    matching_count,
)
from regulars.db import Database, Tx
from tests.integration.conditions.agreeing import check
from tests.integration.conditions.dice import CATALOGUE, PLACES, Dice
from tests.integration.conditions.drawn_conditions import condition
from tests.integration.conditions.drawn_people import person
from tests.integration.conditions.history import Order, Person, Told, World
from tests.integration.conditions.kept import keep, reached
from tests.integration.conditions.naive import holds

AT = datetime(2025, 11, 3, 5, tzinfo=UTC)  # The day after the clocks went back in New York.


def answers(tx: Tx, asked: list[Condition], at: datetime, zone: str) -> dict[int, list[bool]]:
    compiled = compile_conditions(asked, at, zone=zone)
    return {row[0]: list(row[1:]) for row in tx.execute(compiled.query, compiled.params)}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # What differs is said in few words anyway.
)
@given(dice=st.randoms(use_true_random=False))
def test_random_conditions_over_random_histories_match_the_plain_evaluator(
    database: Database, dice: Random
) -> None:
    zone, at = PLACES[dice.randrange(len(PLACES))]
    own = Dice(dice, zone, at)
    people = {number * 3 + 1: person(own) for number in range(dice.randint(1, 4))}
    world = World(people=people, products=CATALOGUE)
    asked = [condition(own) for _ in range(dice.randint(1, 4))]
    with database.transaction() as tx:
        keep(tx, world)
        world = reached(tx, world)

        check(world, asked, at, zone, lambda some: answers(tx, some, at, zone), "PostgreSQL")
        wanted = holds(world, asked[0], 1, at, zone)
        assert explain(tx, asked[0], 1, at, zone=zone).holds == wanted


def bought(*back: int) -> Person:
    return Person(orders=tuple(Order(at=AT - timedelta(days=n), total=100, currency="USD") for n in back))


def keep_all(tx: Tx, people: list[Person]) -> None:
    keep(tx, World(people=dict(enumerate(people, 1))))


def test_an_order_at_the_first_instant_of_a_window_counts_and_one_at_its_last_does_not(tx: Tx) -> None:
    keep_all(tx, [bought(7), bought(0), bought(14)])

    assert matching(tx, OrderCount(comparison="exactly", number=1, window=Last(days=7)), AT) == [1]
    assert matching(tx, OrderCount(comparison="exactly", number=1, window=Between(near=7, far=14)), AT) == [3]
    assert matching_count(tx, OrderCount(comparison="exactly", number=0), AT) == 1


def test_who_never_bought_is_neither_long_nor_short_since_the_last_order(tx: Tx) -> None:
    keep_all(tx, [bought()])

    assert matching(tx, DaysSinceLastOrder(comparison="at_least", days=1), AT) == []
    assert matching(tx, DaysSinceLastOrder(comparison="less_than", days=1), AT) == []


def test_somebody_who_came_back_is_so_for_the_whole_window_and_not_longer(tx: Tx) -> None:
    keep_all(tx, [bought(5, 3, 90), bought(27, 90), bought(29, 90), bought(28, 84), bought(28, 83)])

    assert matching(tx, Returned(within_days=28, after_days=56), AT) == [1, 2, 4]


def test_an_explanation_gives_the_figure_of_each_leaf(tx: Tx) -> None:
    lives = Told(at=AT, name="city", value="Oslo")
    keep_all(tx, [Person(orders=bought(3, 10).orders, told=(lives,))])
    asked = All(
        conditions=(
            OrderCount(comparison="at_least", number=2, window=Last(days=7)),
            OrderSum(comparison="at_least", minor=150, currency="USD"),
            DaysSinceLastOrder(comparison="less_than", days=4),
            Not(condition=TraitEquals(trait="city", value="Bergen")),
        )
    )

    told = explain(tx, asked, 1, AT)

    assert (told.holds, told.figure) == (False, None)
    assert [(part.holds, part.figure) for part in told.parts] == [
        (False, "1 order"),
        (True, "2.00 USD"),
        (True, "3.0 days ago"),
        (True, None),
    ]
    assert told.parts[3].parts[0].figure == "“Oslo”"
