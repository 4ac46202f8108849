"""Paths into a payload: "$.customer.id", "$item.price", "$header.x-topic", "$.lines[*].total"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STEP = re.compile(
    r"\.(?P<name>[A-Za-z0-9_-]+)"
    r"|\[(?P<index>-?[0-9]{1,6})\]"
    r"|\[(?P<every>\*)\]"
    r"|\[\"(?P<quoted>[^\"]+)\"\]"
    r"|\[(?P<field>[A-Za-z0-9_-]+)=(?P<equals>[^\]]*)\]"
)
ROOT = re.compile(r"\$(item|header)?(?=$|[.\[])")
STEPS_MAX = 20
MEMBERS_MAX = 100_000


class Nothing:
    """The value of what is not there; null in a payload counts as not there, too."""

    def __repr__(self) -> str:
        return "nothing"

    def __bool__(self) -> bool:
        return False


NOTHING: Final = Nothing()


class BadPath(ValueError):
    """A path that cannot be read; never leaves the room."""


@dataclass(slots=True)
class Work:
    """How many members of lists one delivery may still be gone through: a list within itself has no end."""

    left: int = MEMBERS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What paths look into."""

    payload: Any
    headers: Mapping[str, str]  # Names in small letters.
    item: Any = NOTHING  # The present member of the list that is gone through.
    where: str = "$"  # Of the item, for findings.
    work: Work = field(default_factory=Work, repr=False, compare=False)

    def at(self, number: int, member: Any, where: str) -> "Scope":
        place = f"{where}[{number}]"
        return Scope(payload=self.payload, headers=self.headers, item=member, where=place, work=self.work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    name: str | None = None
    index: int | None = None
    every: bool = False
    match: tuple[str, str] | None = None  # The first member whose field equals a text.


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    root: str  # "", "item" or "header".
    steps: tuple[Step, ...]
    text: str = field(compare=False)

    def get(self, scope: Scope) -> Any:
        """The value, a list of values after [*], or NOTHING."""
        if self.root == "header":
            return scope.headers.get((self.steps[0].name or "").lower(), NOTHING)
        value = _walk(scope.item if self.root == "item" else scope.payload, self.steps)
        if isinstance(value, list):
            scope.work.left -= len(value)
        return value

    def shown(self, scope: Scope) -> str:
        """Where it looked, with the number of the present item."""
        if self.root == "item":
            return scope.where + self.text.removeprefix("$item")
        return self.text


def read_path(text: str) -> Path:
    """Raises BadPath with what is wrong and where."""
    head = ROOT.match(text)
    if head is None:
        raise BadPath(f"A path begins with $, $item or $header; found {text[:60]!r}.")
    steps, place = [], head.end()
    while place < len(text):
        found = STEP.match(text, place)
        if found is None:
            raise BadPath(f'At {text[place : place + 20]!r}: write .name, [0], [*], ["name"] or [name=text].')
        steps.append(_step(found))
        place = found.end()
    root = head[1] or ""
    if len(steps) > STEPS_MAX:
        raise BadPath(f"The path has {len(steps)} steps, at most {STEPS_MAX} are followed.")
    if root == "header" and (len(steps) != 1 or steps[0].name is None):
        raise BadPath("A header is named as $header.x-topic.")
    return Path(root=root, steps=tuple(steps), text=text)


def _step(found: re.Match[str]) -> Step:
    if found["index"]:
        return Step(index=int(found["index"]))
    if found["every"]:
        return Step(every=True)
    if found["field"]:
        return Step(match=(found["field"], found["equals"]))
    return Step(name=found["name"] or found["quoted"])


def _walk(value: Any, steps: tuple[Step, ...]) -> Any:
    for number, step in enumerate(steps):
        if step.every:
            members = value if isinstance(value, list) else []
            found = [_walk(member, steps[number + 1 :]) for member in members]
            return _flat([one for one in found if one is not NOTHING])
        value = _one(value, step)
        if value is NOTHING:
            return NOTHING
    return NOTHING if value is None else value


def _one(value: Any, step: Step) -> Any:
    if step.name is not None:
        found = value.get(step.name) if isinstance(value, dict) else None
    elif not isinstance(value, list):
        found = None
    elif step.match is not None:
        name, wanted = step.match
        found = next((m for m in value if isinstance(m, dict) and as_key(m.get(name)) == wanted), None)
    else:
        index = step.index or 0
        found = value[index] if -len(value) <= index < len(value) else None
    return NOTHING if found is None else found


def _flat(found: list[Any]) -> list[Any]:
    """A [*] after a [*] gives one list."""
    if found and all(isinstance(one, list) for one in found):
        return [inner for one in found for inner in one]
    return found


def as_key(value: object) -> str | None:
    """How a value of a payload is written where it is compared with a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
