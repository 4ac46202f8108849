"""What a condition names, and what can change its answer: segments, events, traits, consents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from regulars.conditions.nodes import (
    All,
    Anniversary,
    Any,
    Condition,
    Consented,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Listed,
    Measured,
    NotFollowed,
    OrderLeaf,
    Reachable,
    Sequence,
    TraitLeaf,
    Wished,
    children,
)
from regulars.conditions.rules import at
from regulars.conditions.source import SOURCES
from regulars.conditions.windows import Since, Window

# The name of every tracked event in a source's `touched_by`.
EVERY = "*"
OF_ORDERS = ("order", "order_line")
STAY = "stay"  # Whose names are keys of segments, or of an approach and a stage with a point between.


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A place of a condition that names a definition."""

    kind: Literal["segment", "segmentation"]
    key: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Something whose change can change the answer.

    Of an event `name` is its name in the log, or * for every tracked one; of a trait its name; of a consent
    the channel; of an identity the kind; of a segment, an approach or a list its key. Orders and wishes have
    none.
    """

    kind: Literal[
        "event", "order", "trait", "consent", "wish", "identity", "segment", "approach", "list", "reach"
    ]
    name: str = ""


def uses(condition: Condition, path: str = "") -> tuple[Use, ...]:
    """The segments, lists and approaches it names, each with its place."""
    return tuple(_uses(condition, path))


def _uses(node: Condition, path: str) -> Iterator[Use]:
    match node:
        case InSegment(segment=key) | Listed(segment=key):
            yield Use(kind="segment", key=key, path=at(path, "segment"))
        case InStage(approach=key):
            yield Use(kind="segmentation", key=key, path=at(path, "approach"))
        case Measured() | Sequence() | NotFollowed():
            for named, place in stays_named(node, path):
                if isinstance(named, InSegment):
                    yield Use(kind="segment", key=named.segment, path=place)
                else:
                    yield Use(kind="segmentation", key=named.approach, path=place)
        case All() | Any():
            for number, one in enumerate(node.conditions):
                yield from _uses(one, f"{at(path, 'conditions')}[{number}]")
        case _:
            for one in children(node):
                yield from _uses(one, at(path, "condition"))


def stays_named(
    node: Measured | Sequence | NotFollowed, path: str
) -> Iterator[tuple[InSegment | InStage, str]]:
    """The segments and stages whose stays are measured or followed, each with its place."""
    for of, name, place in _facts_named(node, path):
        approach, point, stage = name.partition(".")
        if of == STAY and point:
            yield InStage(approach=approach, stages=(stage,)), place
        elif of == STAY and name:
            yield InSegment(segment=name), place


def _facts_named(node: Measured | Sequence | NotFollowed, path: str) -> Iterator[tuple[str, str, str]]:
    match node:
        case Measured(of=of, name=name):
            yield of, name, at(path, "name")
        case Sequence(steps=steps):
            for number, step in enumerate(steps):
                yield step.of, step.name, f"{at(path, 'steps')}[{number}].name"
        case NotFollowed(first=first, then=then):
            yield first.of, first.name, at(path, "first.name")
            yield then.of, then.name, at(path, "then.name")


def touches(condition: Condition) -> frozenset[Touch]:
    """What of the log can change its answer; the passing of time is not among it."""
    return frozenset(_touches(condition))


def _touches(node: Condition) -> Iterator[Touch]:  # noqa: C901, PLR0912 - one case a node
    match node:
        case Measured(of=of, name=name, window=window):
            yield from (*_facts(of, name), *_since(window))
        case Sequence(steps=steps, window=window):
            for step in steps:
                yield from _facts(step.of, step.name)
            yield from _since(window)
        case NotFollowed(first=first, then=then, window=window):
            yield from (*_facts(first.of, first.name), *_facts(then.of, then.name), *_since(window))
        case Anniversary(trait=trait):
            yield Touch(kind="trait", name=trait)
        case Identified(kind=kind):
            yield Touch(kind="identity", name=kind)
        case Consented(channel=channel):
            yield Touch(kind="consent", name=channel)
        case Wished():
            yield Touch(kind="wish")
        case Reachable(channel=channel):
            yield Touch(kind="reach", name=channel)
            yield from _facts("reach", "")
        case InSegment(segment=key):
            yield Touch(kind="segment", name=key)
        case InStage(approach=key):
            yield Touch(kind="approach", name=key)
        case Listed(segment=key):
            yield Touch(kind="list", name=key)
        case _ if isinstance(node, TraitLeaf):
            yield Touch(kind="trait", name=node.trait)
        case _ if isinstance(node, OrderLeaf):
            yield Touch(kind="order")
            yield from _since(getattr(node, "window", None))
        case All() | Any() | HasBeen() | _:
            for one in children(node):
                yield from _touches(one)


def _facts(of: str, name: str) -> Iterator[Touch]:
    if of in OF_ORDERS:
        yield Touch(kind="order")
        return
    source = SOURCES.get(of)
    for told in source.touched_by if source else (EVERY,):
        yield Touch(kind="event", name=(name or EVERY) if told == EVERY else told)


def _since(window: Window | None) -> Iterator[Touch]:
    if isinstance(window, Since):
        yield Touch(kind="trait", name=window.trait)
