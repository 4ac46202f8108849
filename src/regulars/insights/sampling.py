"""What stands in some objects of JSON: each path with its type, how many have it, its commonest values."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

PathType = Literal["text", "number", "boolean", "list", "date", "moment"]
LEVELS_MAX = 4
SEED = 20250101
VALUES_MAX = 20
TEXT_SIGNS_MAX = 100
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII)
Plain = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value one can choose, and how many of those looked at have it."""

    value: Plain
    count: int
    title: str = ""  # What people call it, where that is not the value.


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSeen:
    """A trait, or a property of an event, by its path as conditions write it."""

    name: str
    type: PathType
    count: int  # How many of those looked at have it.
    share: float  # Of those looked at.
    distinct: int  # Different values among them; of a list, different elements.
    values: tuple[Choice, ...]  # The commonest first; none where they are hidden or all too long.
    hidden: bool  # Whether values are left out, because whoever asks may not see contact details.


def numbers_drawn(last: int, wanted: int) -> list[int]:
    """So many of the numbers from 1 to the last, the same each time; drawn, since every n-th may be alike."""
    everybody = range(1, last + 1)
    if last <= wanted:
        return list(everybody)
    return sorted(random.Random(SEED).sample(everybody, wanted))  # noqa: S311 - no secret, a sample


def paths_seen(objects: Iterable[Mapping[str, Any]], shown: Iterable[Mapping[str, Any]]) -> list[PathSeen]:
    """Every path, the commonest first; `shown` are the same objects as whoever asks may see them."""
    types: dict[str, Counter[PathType]] = defaultdict(Counter)
    values: dict[str, Counter[tuple[str, Plain]]] = defaultdict(Counter)
    hidden: set[str] = set()
    looked_at = 0
    for one, other in zip(objects, shown, strict=True):
        looked_at += 1
        visible = dict(_flat(other))
        for path, value in _flat(one):
            types[path][_type(value)] += 1
            if visible.get(path) != value:
                hidden.add(path)
            values[path].update({(type(part).__name__, part) for part in _plain(value)})
    return sorted(
        (
            _seen(path, kinds, values[path], looked_at=looked_at, hidden=path in hidden)
            for path, kinds in types.items()
        ),
        key=lambda one: (-one.count, one.name),
    )


def _seen(
    path: str,
    kinds: Counter[PathType],
    values: Counter[tuple[str, Plain]],
    *,
    looked_at: int,
    hidden: bool,
) -> PathSeen:
    common = sorted(values.items(), key=lambda pair: (-pair[1], str(pair[0][1])))[:VALUES_MAX]
    count = kinds.total()
    return PathSeen(
        name=path,
        type=kinds.most_common(1)[0][0],
        count=count,
        share=count / looked_at,
        distinct=len(values),
        values=() if hidden else tuple(Choice(value=one, count=many) for (_, one), many in common),
        hidden=hidden,
    )


def _flat(value: Mapping[str, Any], before: str = "", level: int = 1) -> Iterator[tuple[str, Any]]:
    """Each value that is no object, with its path; a null is a value that is not there."""
    for name, one in value.items():
        if isinstance(one, dict):
            if level < LEVELS_MAX:
                yield from _flat(one, f"{before}{name}.", level + 1)
        elif one is not None:
            yield f"{before}{name}", one


def _type(value: Any) -> PathType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "list"
    if not isinstance(value, str):
        return "number"
    if DATE.fullmatch(value):
        return "date"
    return "moment" if MOMENT.fullmatch(value) else "text"


def _plain(value: Any) -> Iterator[Plain]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool | int | float) or (isinstance(one, str) and 0 < len(one) <= TEXT_SIGNS_MAX):
            yield one
