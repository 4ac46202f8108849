"""Each written rule on each engine, in one statement for all that is asked at one instant in one zone."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from regulars.conditions import Condition, compile_conditions
from regulars.db import Database, drop_database
from tests.integration.conditions import kept
from tests.integration.conditions.agreeing import by_customer
from tests.integration.conditions.history import Person, Product, World
from tests.integration.conditions.naive import holds
from tests.integration.conditions.rules import RULES, Rule

Answers = dict[str, set[str]]  # The names of who fits, by rule.
FIRST, STEP = 10, 10
PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "conditions.md"


def numbered() -> Iterator[tuple[int, Rule, str, Person]]:
    place = FIRST
    for rule in RULES:
        for name, person in rule.people.items():
            yield place, rule, name, person
            place += STEP


WORLD = World(people={number: person for number, _, _, person in numbered()}, products={"tea": Product()})


def fitting(ask: Callable[[Sequence[Condition], datetime, str], dict[int, list[bool]]]) -> Answers:
    """What is asked at one instant in one zone, is asked at once."""
    groups: dict[tuple[datetime, str], list[Rule]] = defaultdict(list)
    for rule in RULES:
        groups[rule.at, rule.zone].append(rule)
    found: Answers = {rule.name: set() for rule in RULES}
    for (at, zone), rules in groups.items():
        answers = ask([rule.asked for rule in rules], at, zone)
        for number, rule, name, _ in numbered():
            if rule in rules and answers[number][rules.index(rule)]:
                found[rule.name].add(name)
    return found


@pytest.fixture(scope="module")
def answers(server) -> Iterator[dict[str, Answers]]:
    dsn = server.clone()
    with Database(dsn) as database:
        with database.transaction() as tx:
            kept.keep(tx, WORLD)

        def postgresql(asked: Sequence[Condition], at: datetime, zone: str) -> dict[int, list[bool]]:
            compiled = compile_conditions(asked, at, zone=zone)
            with database.transaction() as tx:
                return by_customer(tx.execute(compiled.query, compiled.params))

        def plainly(asked: Sequence[Condition], at: datetime, zone: str) -> dict[int, list[bool]]:
            return {one: [holds(WORLD, each, one, at, zone) for each in asked] for one in WORLD.people}

        yield {"PostgreSQL": fitting(postgresql), "plain": fitting(plainly)}
    drop_database(server.dsn, conninfo_to_dict(dsn)["dbname"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule(answers: dict[str, Answers], rule: Rule) -> None:
    assert set(rule.true.split()) <= set(rule.people)
    for engine, found in answers.items():
        assert found[rule.name] == set(rule.true.split()), engine


def test_the_page_that_explains_conditions_names_each_rule() -> None:
    words = " ".join(PAGE.read_text(encoding="utf-8").split()).lower()

    assert [rule.name for rule in RULES if f"*{rule.name.lower()}*" not in words] == []
