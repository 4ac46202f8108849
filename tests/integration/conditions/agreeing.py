"""Comparing what an engine answers with the plain evaluator, and saying in a few lines where they differ."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.conditions import Condition
from regulars.conditions.nodes import All, Not, children
from regulars.conditions.nodes import Any as AnyOf
from tests.integration.conditions.history import Person, World
from tests.integration.conditions.naive import holds

# Answers of an engine: for each customer one answer a condition.
Ask = Callable[[Sequence[Condition]], Mapping[int, Sequence[bool]]]
SHOWN = 6


def check(world: World, asked: Sequence[Condition], at: datetime, zone: str, ask: Ask, engine: str) -> None:
    """Fails with the innermost nodes of which engine and plain evaluator think differently."""
    found = ask(asked)
    assert set(found) == set(world.people), f"{engine} answers of others than everybody"
    wrong = [
        (condition, number)
        for place, condition in enumerate(asked)
        for number, answers in found.items()
        if answers[place] != holds(world, condition, number, at, zone)
    ]
    if wrong:
        lines = [_told(world, one, at, zone, ask) for one in wrong[:SHOWN]]
        raise AssertionError(f"{engine} at {at} in {zone}: {len(wrong)} answers differ\n" + "\n".join(lines))


def _told(world: World, wrong: tuple[Condition, int], at: datetime, zone: str, ask: Ask) -> str:
    condition, number = wrong
    node = innermost(condition, lambda one: ask([one])[number][0] != holds(world, one, number, at, zone))
    wanted = holds(world, node, number, at, zone)
    return f"- {node}\n  should be {wanted} of {number}: {concerned(world.people[number], node)}"


def innermost(node: Condition, differs: Callable[[Condition], bool]) -> Condition:
    if isinstance(node, All | AnyOf | Not):
        for one in children(node):
            if differs(one):
                return innermost(one, differs)
    return node


def concerned(person: Person, node: Condition) -> Person:
    """The part of a history that a leaf can be about, so that it can be read."""
    kind = str(node.__struct_config__.tag)
    kept: dict[str, Any] = {}
    told = repr(node)
    if kind.startswith("trait") or "trait=" in told:
        kept["told"] = person.told
    if "segment=" in told or "stages=" in told:
        kept |= {"stays": person.stays, "lists": person.lists}
    if "channel=" in told or kind == "wished":
        kept["said"] = person.said
    if kind in ("measured", "sequence", "not_followed"):
        kept |= {"events": person.events if "'event'" in told else (), "facts": person.facts}
    if "order" in told or kind in ("returned", "off_rhythm"):
        kept["orders"] = person.orders
    if kind == "identified":
        kept["identifiers"] = person.identifiers
    return replace(Person(atoms=person.atoms), **kept)


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def by_customer(rows: Iterable[Sequence[Any]]) -> dict[int, list[bool]]:
    return {row[0]: list(row[1:]) for row in rows}
