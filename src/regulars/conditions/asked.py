"""Which sources a condition asks, and which of their properties."""

from collections.abc import Iterator

from regulars.conditions.nodes import Condition, Filter, Measured, NotFollowed, Reachable, Sequence, children
from regulars.conditions.source import SOURCES


def sources_of(condition: Condition) -> frozenset[str]:
    """The names of the sources it asks."""
    return frozenset(of for of, _ in _asked(condition))


def asks_catalogue(condition: Condition) -> bool:
    """Whether it asks what is told of products, which changes without any order that changes."""
    return any(
        name in source.columns and source.columns[name].of_catalogue
        for of, name in _asked(condition)
        if (source := SOURCES.get(of)) is not None
    )


def _asked(node: Condition) -> Iterator[tuple[str, str]]:
    match node:
        case Measured(of=of, where=where, property=name):
            yield from ((of, name), *_filtered(of, where))
        case Sequence(steps=steps):
            for step in steps:
                yield from ((step.of, ""), *_filtered(step.of, step.where))
        case NotFollowed(first=first, then=then):
            for step in (first, then):
                yield from ((step.of, ""), *_filtered(step.of, step.where))
        case Reachable():
            yield "reach", ""
        case _:
            for one in children(node):
                yield from _asked(one)


def _filtered(of: str, where: tuple[Filter, ...]) -> Iterator[tuple[str, str]]:
    return ((of, one.property) for one in where)
