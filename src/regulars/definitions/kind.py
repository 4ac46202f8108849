"""A kind of definition: what its bodies look like, what they mean, and what publishing one does."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions.model import Definition, Preview, Ref
from regulars.kernel import Fault, Finding, Invalid, NotFound

B = TypeVar("B", bound=msgspec.Struct)
C = TypeVar("C", bound=msgspec.Struct)


class Lookup(Protocol):
    """What a body may refer to: the live definitions, and those that are applied together with it."""

    def live(self, kind: "Kind[C]", key: str) -> C | None: ...

    def has(self, ref: Ref) -> bool: ...


def no_findings(_body: Any, _lookup: Lookup) -> list[Finding]:
    return []


def uses_nothing(_body: Any) -> list[Ref]:
    return []


def nothing_follows(_tx: Tx, _definition: Definition[Any], _actor: Actor, _at: datetime) -> None:
    return None


def nothing_goes(_tx: Tx, _definition: Definition[Any]) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[B]):
    """Declared by the room that owns it, registered in the composition root.

    Who may draft, publish and archive it stands in the permission table of access, by the kind's name.
    """

    name: str  # The folder of its files and the word in the API, as in "segment".
    title: str  # For people, as in "Segment".
    plural: str  # As in "Segments".
    body: type[B]  # A frozen Struct that forbids unknown fields.
    sentence: Callable[[B], str]  # The whole body in one sentence, the same in list, page, API and approval.
    validate: Callable[[B, Lookup], list[Finding]] = no_findings
    uses: Callable[[B], list[Ref]] = uses_nothing
    # What would happen if it were published at that instant; it changes nothing.
    preview: Callable[[Tx, Definition[B], datetime], Preview] | None = None
    # What happens when it is published, inside the publishing transaction; gives a sentence for the person.
    launch: Callable[[Tx, Definition[B], Actor, datetime], str] | None = None
    # What happens when its live version is archived, inside that transaction.
    retire: Callable[[Tx, Definition[B], Actor, datetime], None] = nothing_follows

    # Of a body before and after an erasure wrote over it: with the names by which others refer to its parts.
    names_kept: Callable[[B, B], B] | None = None
    # What happens when a draft is discarded, inside that transaction.
    discarded: Callable[[Tx, Definition[B]], None] = nothing_goes

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its bodies."""
        return msgspec.json.schema(self.body)

    def said(self, body: B) -> str:
        """The sentence of any body: a draft may hold values of which nothing can be said yet."""
        try:
            return self.sentence(body)
        except (ArithmeticError, LookupError, ValueError, Invalid):
            return "It cannot be said in words yet: values are missing or wrong, as its findings tell."

    def previewed(self, tx: Tx, definition: Definition[B], at: datetime) -> Preview:
        if self.preview is not None:
            return self.preview(tx, definition, at)
        return Preview(headline=self.sentence(definition.body))

    def launched(self, tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> str:
        if self.launch is not None:
            return self.launch(tx, definition, actor, at)
        return f"{self.title} “{definition.title}” is live."


class Registry:
    """The kinds this installation knows; built once by the composition root."""

    def __init__(self, kinds: Iterable[Kind[Any]] = ()) -> None:
        self._kinds: dict[str, Kind[Any]] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind[Any]) -> None:
        if kind.name in self._kinds:
            raise Fault(f"The kind {kind.name!r} is registered twice; each name is given once.")
        if not kind.body.__struct_config__.forbid_unknown_fields:
            raise Fault(
                f"The body of {kind.name!r} must forbid unknown fields: a misspelt one would be lost."
            )
        self._kinds[kind.name] = kind

    def kind(self, name: str) -> Kind[Any]:
        try:
            return self._kinds[name]
        except KeyError:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise NotFound(f"No kind of definition is called {name[:80]!r}; known are: {known}.") from None

    def __iter__(self) -> Iterator[Kind[Any]]:
        return iter(sorted(self._kinds.values(), key=lambda kind: kind.name))

    def __contains__(self, name: str) -> bool:
        return name in self._kinds
