"""Putting in what a condition names: the conditions of segments and stages, before anything is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from regulars.conditions.nodes import (
    EVERYBODY,
    All,
    Any,
    Condition,
    HasBeen,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    NotFollowed,
    Sequence,
)
from regulars.conditions.parse import LEVELS_MAX, too_deep, too_many
from regulars.conditions.rules import at, finding
from regulars.conditions.touching import stays_named
from regulars.kernel import Finding, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What conditions may name: segments (None: a list) and approaches, with their stages in order."""

    segments: Mapping[str, Condition | None] = field(default_factory=dict)
    approaches: Mapping[str, tuple[tuple[str, Condition], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    """A condition with its size, so that what is named twice is neither walked nor counted twice."""

    condition: Condition
    leaves: int = 1
    levels: int = 1


NOTHING = _Grown(condition=EVERYBODY, leaves=0)


def expand(condition: Condition, book: Book, *, of: str = "") -> Condition:
    """The condition with what it names put in; `of` is what it belongs to, as segment/vip.

    Raises Invalid, with the path, for unknown keys, for circles, and past the limits of size.
    Inside has_been and of stays the names stay: there it is asked who has been in, not who is.
    """
    growing = _Growing(book)
    grown = growing.grown(condition, "", (of,) if of else ())
    findings = growing.findings or too_many(grown.leaves, "")
    if not findings and grown.levels > LEVELS_MAX:
        findings = [too_deep("")]
    if findings:
        raise Invalid("The condition cannot be put together.", findings)
    return grown.condition


class _Growing:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[str, _Grown] = {}
        self.findings: list[Finding] = []

    def grown(  # noqa: PLR0911 - one case a node
        self, node: Condition, path: str, trail: tuple[str, ...]
    ) -> _Grown:
        match node:
            case InSegment(segment=key):
                return self._segment(key, at(path, "segment"), trail)
            case InStage():
                return self._stages(node, path, trail)
            case HasBeen(condition=inner):
                self.grown(inner, at(path, "condition"), trail)
                return _Grown(condition=node, levels=2)
            case Measured() | Sequence() | NotFollowed():
                for named, place in stays_named(node, path):
                    self._been(named, place, trail)
                return _Grown(condition=node)
            case Not(condition=inner):
                grown = self.grown(inner, at(path, "condition"), trail)
                return _negated(grown)
            case All(conditions=several) | Any(conditions=several):
                place = at(path, "conditions")
                parts = [self.grown(one, f"{place}[{n}]", trail) for n, one in enumerate(several)]
                return _group(type(node), parts)
            case _:
                return _Grown(condition=node)

    def _been(self, named: InSegment | InStage, path: str, trail: tuple[str, ...]) -> None:
        """Finds circles; what is not live any more has had stays all the same."""
        if isinstance(named, InSegment) and named.segment in self._book.segments:
            found = self._book.segments[named.segment]
            if found is not None:
                self._named(f"segment/{named.segment}", (found,), path, trail)
        elif isinstance(named, InStage) and named.approach in self._book.approaches:
            stages = tuple(condition for _, condition in self._book.approaches[named.approach])
            self._named(f"segmentation/{named.approach}", stages, path, trail)

    def _segment(self, key: str, path: str, trail: tuple[str, ...]) -> _Grown:
        if key not in self._book.segments:
            return self._refused(path, "unknown", self._unknown("segment", key, self._book.segments))
        found = self._book.segments[key]
        if found is None:
            return _Grown(condition=Listed(segment=key))
        return self._named(f"segment/{key}", (found,), path, trail)[0]

    def _stages(self, node: InStage, path: str, trail: tuple[str, ...]) -> _Grown:
        key, place = node.approach, at(path, "approach")
        if key not in self._book.approaches:
            return self._refused(place, "unknown", self._unknown("approach", key, self._book.approaches))
        stages = self._book.approaches[key]
        names = [name for name, _ in stages]
        unknown = [one for one in node.stages if one not in names]
        for one in unknown:
            found = f"{key} has no stage {one[:80]!r}; it has {', '.join(names)}."
            self._refused(at(path, "stages"), "unknown", found)
        conditions = tuple(condition for _, condition in stages)
        grown = self._named(f"segmentation/{key}", conditions, place, trail)
        if unknown or len(grown) != len(names):
            return NOTHING
        chosen = [_stage(grown, names.index(one)) for one in dict.fromkeys(node.stages)]
        return chosen[0] if len(chosen) == 1 else _group(Any, chosen)

    def _named(
        self, name: str, conditions: tuple[Condition, ...], path: str, trail: tuple[str, ...]
    ) -> list[_Grown]:
        """What stands under a name, once; a finding at the place that names it when that leads in a circle.

        A segment and an approach may have the same key, so a name says which of them it is.
        """
        if name in trail:
            circle = " → ".join(_key(one) for one in (*trail[trail.index(name) :], name))
            return [self._refused(path, "circle", f"It includes itself: {circle}. Break the circle here.")]
        if len(trail) >= LEVELS_MAX:
            return [self._refused(path, "too_deep", f"Segments name each other at most {LEVELS_MAX} deep.")]
        told = [f"{name}/{number}" for number in range(len(conditions))]
        for each, condition in zip(told, conditions, strict=True):
            if each not in self._known:
                before = len(self.findings)
                grown = self.grown(condition, "", (*trail, name))
                self.findings[before:] = [
                    finding(path, one.code.removeprefix("conditions."), _by_way(one, _key(name)))
                    for one in self.findings[before:]
                ]
                self._known[each] = grown
        return [self._known[each] for each in told]

    def _refused(self, path: str, code: str, message: str) -> _Grown:
        self.findings.append(finding(path, code, message))
        return NOTHING

    def _unknown(self, kind: str, key: str, known: Mapping[str, object]) -> str:
        listed = ", ".join(sorted(known)[:20])
        more = f" Live are {listed}{' and more' if len(known) > 20 else ''}." if known else ""  # noqa: PLR2004
        return f"There is no live {kind} {key[:80]!r}.{more}"


def _key(name: str) -> str:
    return name.partition("/")[2]


def _by_way(one: Finding, key: str) -> str:
    return one.message if "→" in one.message else f"In {key}: {one.message}"


def _stage(stages: list[_Grown], place: int) -> _Grown:
    """Its condition, and none of those before it."""
    parts = [stages[place], *(_negated(one) for one in stages[:place])]
    parts = [one for one in parts if one.condition != EVERYBODY]
    return parts[0] if len(parts) == 1 else _group(All, parts)


def _negated(grown: _Grown) -> _Grown:
    return _Grown(condition=Not(condition=grown.condition), leaves=grown.leaves, levels=grown.levels + 1)


def _group(kind: type[All] | type[Any], parts: list[_Grown]) -> _Grown:
    return _Grown(
        condition=kind(conditions=tuple(one.condition for one in parts)),
        leaves=sum(one.leaves for one in parts),
        levels=1 + max((one.levels for one in parts), default=0),
    )
