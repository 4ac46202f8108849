"""An approval as a value, and the pure rules of who may decide it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.access.levels import level_words
from regulars.access.permissions import PERMISSIONS
from regulars.access.person import Person
from regulars.kernel import public_id

State = Literal["pending", "approved", "declined", "expired", "withdrawn", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    approval_id: int
    action: str  # The row of the permission table.
    subject_kind: str
    subject: str
    version: int | None  # Exactly this one, of what has versions.
    scope: str | None
    amount: int | None
    requested_by: int
    requested_by_name: str
    requested_via: str
    reason: str
    preview: dict[str, Any]  # What will happen: who, how many, cost, liability, conflicts.
    needed_level: int
    people_needed: int  # Besides who asked.
    approvals: int  # How many have said yes so far.
    state: str
    requested_at: datetime
    expires_at: datetime  # By the business clock, not counted.
    closed_at: datetime | None  # When it was decided, expired or withdrawn.
    done_at: datetime | None

    @property
    def public_id(self) -> str:
        return public_id("apr", self.approval_id)

    @property
    def deed(self) -> str:
        return PERMISSIONS[self.action].deed

    @property
    def needed_words(self) -> str:
        """Who decides, as in "somebody who enables"."""
        return f"somebody who {level_words(self.needed_level)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    approval_id: int
    person_id: int
    person_name: str
    authority_id: int  # The person themselves, or whom they stand in for.
    authority_name: str
    approve: bool
    comment: str
    at: datetime


def authority(asked: Approval, candidates: Sequence[Person], used: Collection[int]) -> Person | None:
    """The first of those somebody may speak for who can decide this and has not yet, or None.

    Who asked is never one of them, neither in person nor through a deputy.
    """
    row = PERMISSIONS[asked.action]
    level = max(asked.needed_level, PERMISSIONS["approvals.decide"].level)
    for candidate in candidates:
        scoped = row.scoped and candidate.scope not in (None, asked.scope)
        able = candidate.level >= level and candidate.function in row.functions and not scoped
        if able and candidate.active and candidate.person_id not in {asked.requested_by, *used}:
            return candidate
    return None
