"""What differs between two values, field by field, as in `tiers[1].from`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from typing import Literal


class Nothing(Enum):
    """Stands where a side has no such field, which is not the same as a field that holds null."""

    HERE = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    path: str
    before: object  # None too when there was no such field; `what` tells the two apart.
    after: object
    what: Literal["added", "removed", "changed"]


def changes(before: Mapping[str, object] | None, after: Mapping[str, object] | None) -> tuple[Changed, ...]:
    """Every field that differs, in the order of the paths; an empty tuple for equal values.

    >>> [change.path for change in changes({"name": "Ann", "level": 3}, {"name": "Ann", "level": 4})]
    ['level']
    """
    return tuple(sorted(_walk("", before or {}, after or {}), key=lambda change: change.path))


def _walk(path: str, before: object, after: object) -> Iterator[Changed]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before.keys() | after.keys():
            inner = f"{path}.{name}" if path else str(name)
            yield from _walk(inner, before.get(name, Nothing.HERE), after.get(name, Nothing.HERE))
    elif _is_list(before) and _is_list(after):
        pairs = zip_longest(before, after, fillvalue=Nothing.HERE)  # type: ignore[call-overload]
        for index, (old, new) in enumerate(pairs):
            yield from _walk(f"{path}[{index}]", old, new)
    elif not _same(before, after):
        yield _changed(path, before, after)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _same(before: object, after: object) -> bool:
    """Equal and of one kind: 1 and true are equal in Python and are not the same value here."""
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _changed(path: str, before: object, after: object) -> Changed:
    if before is Nothing.HERE:
        return Changed(path=path, before=None, after=after, what="added")
    if after is Nothing.HERE:
        return Changed(path=path, before=before, after=None, what="removed")
    return Changed(path=path, before=before, after=after, what="changed")
