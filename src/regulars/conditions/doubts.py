"""What is no error and perhaps a slip: traits, events and identifiers that nobody has seen yet."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches

from regulars.conditions.nodes import (
    All,
    Anniversary,
    Any,
    Condition,
    Identified,
    Measured,
    NotFollowed,
    OrderCount,
    OrderSum,
    Sequence,
    TraitLeaf,
    children,
)
from regulars.conditions.rules import at, finding
from regulars.conditions.windows import Since
from regulars.kernel import Finding

EVENT = "event"
LIKELY = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names that the data holds, as far as they were looked up; None: not looked up, so not doubted."""

    traits: AbstractSet[str] | None = None
    events: AbstractSet[str] | None = None
    identifiers: AbstractSet[str] | None = None


def warnings(condition: Condition, known: Known, path: str = "") -> list[Finding]:
    """Names that no data has yet, each with its place and the nearest known ones; data may come."""
    return [
        finding(place, f"unseen_{kind}", _message(kind, name, seen))
        for kind, name, place in _named(condition, path)
        if (seen := _seen(known, kind)) is not None and not _is_seen(kind, name, seen)
    ]


def _seen(known: Known, kind: str) -> AbstractSet[str] | None:
    return {"trait": known.traits, "event": known.events, "identifier": known.identifiers}[kind]


def _is_seen(kind: str, name: str, seen: AbstractSet[str]) -> bool:
    # address.city is also the place inside the trait address.
    return name in seen or (kind == "trait" and name.split(".", maxsplit=1)[0] in seen)


def _message(kind: str, name: str, seen: AbstractSet[str]) -> str:
    near = get_close_matches(name, sorted(seen), n=3, cutoff=LIKELY)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"No {kind} {name[:80]!r} has been seen yet.{meant} It is asked all the same: data may come."


def _named(  # noqa: C901, PLR0912 - one case a node
    node: Condition, path: str
) -> Iterator[tuple[str, str, str]]:
    match node:
        case Measured(of="event", name=name) if name:
            yield "event", name, at(path, "name")
        case Sequence(steps=steps):
            for number, step in enumerate(steps):
                if step.of == EVENT and step.name:
                    yield "event", step.name, f"{at(path, 'steps')}[{number}].name"
        case NotFollowed(first=first, then=then):
            for place, step in (("first", first), ("then", then)):
                if step.of == EVENT and step.name:
                    yield "event", step.name, at(path, f"{place}.name")
        case Identified(kind=kind):
            yield "identifier", kind, at(path, "kind")
        case All() | Any():
            for number, one in enumerate(node.conditions):
                yield from _named(one, f"{at(path, 'conditions')}[{number}]")
        case _ if isinstance(node, TraitLeaf | Anniversary):
            yield "trait", node.trait, at(path, "trait")
        case _:
            for one in children(node):
                yield from _named(one, at(path, "condition"))
    if isinstance(node, Measured | Sequence | NotFollowed | OrderCount | OrderSum) and isinstance(
        node.window, Since
    ):
        yield "trait", node.window.trait, at(path, "window.trait")
