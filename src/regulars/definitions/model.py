"""The values of definitions: a version, a reference, a preview, a difference, and the errors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

import msgspec

from regulars.kernel import Conflict, Fault, Money

B = TypeVar("B", bound=msgspec.Struct)

State = Literal["draft", "live", "superseded", "archived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Generic[B]):
    """One version of one definition."""

    kind: str
    key: str
    version: int
    body: B
    state: State
    scope: str | None  # Brand, market or programme; None for the whole company.
    etag: str
    title: str
    author_id: int | None
    author: str
    assisted: bool  # Prepared by somebody who assists; to be taken on before it is published.
    note: str | None
    created_at: datetime
    published_at: datetime | None
    published_by: str | None
    recorded_at: datetime  # The wall clock's.

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """That a body uses another definition."""

    kind: str
    key: str
    path: str = ""  # Where in the body it says so.


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A definition that uses another."""

    kind: str
    key: str
    version: int
    state: State
    title: str

    @property
    def name(self) -> str:
        """The very version, as in segment/vip@3."""
        return f"{self.kind}/{self.key}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What publishing would do, for the person who decides."""

    headline: str
    facts: tuple[tuple[str, str], ...] = ()  # Label and value, in the order to be read.
    warnings: tuple[str, ...] = ()
    reversible: bool = True
    cost: Money | None = None

    def plain(self) -> dict[str, Any]:
        """For the approval and the audit, as JSON holds it."""
        cost = self.cost and {"minor": self.cost.minor, "currency": self.cost.currency}
        return {
            "headline": self.headline,
            "facts": [list(fact) for fact in self.facts],
            "warnings": list(self.warnings),
            "reversible": self.reversible,
            "cost": cost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    path: str
    before: object  # None also where there was nothing.
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    differences: tuple[Difference, ...]
    text: str  # A unified difference of the two bodies as YAML; empty when they are equal.


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Generic[B]):
    definition: Definition[B]
    sentence: str  # What happened.


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    kind: str
    key: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """It is above the person's level: somebody is asked instead."""

    kind: str
    key: str
    version: int
    approval_id: int
    reason: str
    preview: Preview


class Keep(Enum):
    """Says "as it is now" where None means something."""

    SCOPE = "scope"


class InUse(Conflict):
    """Live definitions use it; `users` lists them."""

    code = "definitions.in_use"

    def __init__(self, message: str, users: Iterable[User]) -> None:
        super().__init__(message)
        self.users = tuple(users)


class NotTakenOn(Conflict):
    """Prepared by somebody who assists, and not taken on yet by somebody who applies."""

    code = "definitions.not_taken_on"


class ChangedSinceRequest(Conflict):
    """The approval was for another version."""

    code = "definitions.changed_since_request"


class Unreadable(Fault):
    """A stored body no longer fits the kind of this version of the code."""

    code = "definitions.unreadable"
