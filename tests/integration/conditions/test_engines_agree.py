"""Random conditions over random histories: the plain evaluator, PostgreSQL and DuckDB give equal answers."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import pytest

from regulars.analytics.engine_spark import ON_THIS_MACHINE, session
from regulars.conditions import Condition, compile_conditions, everybody, parse, plain
from tests.integration.conditions import dice, drawn_conditions
from tests.integration.conditions.agreeing import by_customer, check, rows_of
from tests.integration.conditions.conftest import Shop

CONDITIONS = 50  # At each of the places, other ones.


def asked_at(zone: str, at: datetime, seed: int) -> list[Condition]:
    """Every leaf, and nested ones."""
    own = dice.Dice(Random(seed), zone, at)
    leaves = [draw(own) for draw in drawn_conditions.LEAVES]
    return leaves + [drawn_conditions.condition(own) for _ in range(CONDITIONS - len(leaves))]


@pytest.mark.parametrize(("zone", "at"), dice.PLACES)
def test_every_engine_answers_as_the_plain_evaluator(shop: Shop, zone: str, at: datetime) -> None:
    asked = asked_at(zone, at, seed=dice.PLACES.index((zone, at)))

    def postgresql(wanted: Sequence[Condition]) -> dict[int, list[bool]]:
        compiled = compile_conditions(wanted, at, zone=zone)
        with shop.database.transaction() as tx:
            return by_customer(tx.execute(compiled.query, compiled.params))

    def of_some(wanted: Sequence[Condition]) -> dict[int, list[bool]]:
        found, ids = {}, list(shop.world.people)
        with shop.database.transaction() as tx:
            for few in (ids[:1], [*ids[1:40], 10**12], ids[40:]):
                compiled = compile_conditions(wanted, at, few, zone=zone)
                found |= by_customer(tx.execute(compiled.query, compiled.params))
        return found

    def duckdb(wanted: Sequence[Condition]) -> dict[int, list[bool]]:
        return by_customer(rows_of(everybody(shop.lake, wanted, at, zone=zone)))

    for engine, ask in (("PostgreSQL", postgresql), ("PostgreSQL, of some", of_some), ("DuckDB", duckdb)):
        check(shop.world, asked, at, zone, ask, engine)


def test_what_is_drawn_is_what_people_can_write() -> None:
    """The dice know the language: what they draw is read without a finding, and comes back as it was."""
    for place in range(300):
        own = dice.Dice(Random(place), *dice.PLACES[place % len(dice.PLACES)])
        drawn = drawn_conditions.condition(own)
        if "Listed(" not in repr(drawn):  # Which nobody writes.
            assert parse(plain(drawn)) == drawn


# Spark's client leaves its sockets to the collector of garbage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(900)  # Twenty seconds on a quiet machine, minutes on a busy one.
def test_spark_answers_every_node_as_the_plain_evaluator(shop: Shop, monkeypatch) -> None:
    monkeypatch.setitem(ON_THIS_MACHINE, "spark.sql.shuffle.partitions", "1")  # Of so few rows.
    zone, at = dice.PLACES[0]
    own = dice.Dice(Random(17), zone, at)
    asked = [draw(own) for draw in drawn_conditions.LEAVES]

    with session("local[2]") as spark:
        spark.conf.set("spark.sql.codegen.wholeStage", "false")  # Compiling takes longer than so few rows.
        spark.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        spark.conf.set("spark.sql.adaptive.enabled", "false")
        table = everybody(shop.lake, asked, at, zone=zone, engine="spark", master="local[2]")

    found = by_customer(rows_of(table))
    check(shop.world, asked, at, zone, lambda _: found, "Spark")
