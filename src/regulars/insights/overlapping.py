"""How segments overlap: how many people are in which of them together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from regulars import segments
from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Finding, Invalid, NotFound

KEYS_MIN, KEYS_MAX = 2, 30
COMBINED_MAX = 6  # Of more segments only pairs are given: 7 have 127 combinations.


class Sql(Statements, file="overlapping.sql"):
    together: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlapping:
    key: str
    title: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    one: str
    other: str
    both: int
    either: int
    jaccard: float  # both / either; 0 when both are empty.


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """People who are in exactly these of the segments asked about."""

    keys: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    segments: tuple[Overlapping, ...]
    pairs: tuple[Pair, ...]
    combinations: tuple[Combination, ...]  # The largest first; none of more than six segments.
    people: int  # In any of them.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    mask: int
    people: int


def overlap(tx: Tx, keys: Sequence[str]) -> Overlap:
    """Of two to thirty segments, lists or stages; raises NotFound for one that is not live."""
    keys = list(dict.fromkeys(keys))
    titles = {one.key: one.title for one in segments.sizes(tx)}
    _check(keys, titles)
    found = rows(tx, SQL.together, _Together, keys=keys)
    inside = {n: frozenset(i for i in range(len(keys)) if n >> i & 1) for n in {one.mask for one in found}}
    sizes: Counter[int] = Counter()
    both: Counter[tuple[int, int]] = Counter()
    for one in found:
        here = sorted(inside[one.mask])
        for place in here:
            sizes[place] += one.people
        for pair in combinations(here, 2):
            both[pair] += one.people
    return Overlap(
        segments=tuple(
            Overlapping(key=key, title=titles[key], members=sizes[place]) for place, key in enumerate(keys)
        ),
        pairs=tuple(
            _pair(keys[a], keys[b], both[a, b], sizes[a] + sizes[b] - both[a, b])
            for a, b in combinations(range(len(keys)), 2)
        ),
        combinations=tuple(
            Combination(keys=tuple(keys[place] for place in sorted(inside[one.mask])), people=one.people)
            for one in found
        )
        if len(keys) <= COMBINED_MAX
        else (),
        people=sum(one.people for one in found),
    )


def _pair(one: str, other: str, both: int, either: int) -> Pair:
    return Pair(one=one, other=other, both=both, either=either, jaccard=both / either if either else 0.0)


def _check(keys: Sequence[str], titles: dict[str, str]) -> None:
    if not KEYS_MIN <= len(keys) <= KEYS_MAX:
        message = f"Name {KEYS_MIN} to {KEYS_MAX} different segments; found {len(keys)}."
        raise Invalid(message, [Finding(path="keys", code="insights.overlap_keys", message=message)])
    unknown = [key for key in keys if key not in titles]
    if unknown:
        raise NotFound(f"There is no live segment {unknown[0][:80]!r}.")
