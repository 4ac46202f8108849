"""The windows a condition looks through: which span of time, seen from the instant it is asked at.

Every window is half-open, [start, end): what happened at its first instant counts, at its last does not. None
reaches past the instant itself, but for `ahead`. Days are spans of 24 hours back from the instant; calendar
days, weeks (from Monday), months, quarters and years are those of the workspace's zone.
"""

from typing import Literal, TypeAlias

import msgspec

Unit = Literal["day", "week", "month", "quarter", "year"]


class Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is"):
    pass


class Ever(Node, frozen=True, kw_only=True, tag="ever"):
    """Everything before the instant."""


class Last(Node, frozen=True, kw_only=True, tag="last"):
    """The last `days` days: [instant - days, instant)."""

    days: int


class LastHours(Node, frozen=True, kw_only=True, tag="last_hours"):
    """The last `hours` hours: [instant - hours, instant)."""

    hours: int


class Between(Node, frozen=True, kw_only=True, tag="between"):
    """Between `near` and `far` days ago: [instant - far, instant - near)."""

    near: int
    far: int


class Calendar(Node, frozen=True, kw_only=True, tag="calendar"):
    """A calendar unit: this one with `back` 0, as far as it has come; the last one with 1."""

    unit: Unit
    back: int = 0


class Dates(Node, frozen=True, kw_only=True, tag="dates"):
    """From the beginning of one local day to the end of another, as 2026-03-01; either may be open."""

    first: str = ""
    last: str = ""


class Since(Node, frozen=True, kw_only=True, tag="since"):
    """Since the day or moment that a trait tells, that moment included; without one, nothing counts."""

    trait: str


class Ahead(Node, frozen=True, kw_only=True, tag="ahead"):
    """The next `days` days, [instant, instant + days), of what has its moment still to come."""

    days: int


Window: TypeAlias = Ever | Last | LastHours | Between | Calendar | Dates | Since | Ahead
