"""Asking: how large, who, since when, who was, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import access
from regulars.conditions import All, Condition, Explanation, Listed, expand, explain
from regulars.db import Tx, maybe, rows, value
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor
from regulars.segments.plan import live_definitions
from regulars.segments.statements import FRESH, SQL

PAGE_SIZE = 50


Way = Literal["entered", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    segment_key: str
    segment_id: int
    title: str
    approach_key: str | None
    stage: str | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    key: str
    title: str
    approach: str | None  # The approach it is a stage of, by its own key or by another name.
    stage: str | None
    names_stage: bool  # True for a segment that is another name of a stage.
    members: int
    entered: int  # In the day before it was last looked at.
    departed: int
    at: datetime | None  # When somebody last came or went, or everybody was asked; None before.


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAt:
    """How large it was at the last look of an hour, and who came and went in that hour."""

    at: datetime
    members: int
    entered: int
    departed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    customer_id: int
    at: datetime
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    customer_id: int
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    key: str
    title: str
    approach: str | None
    stage: str | None
    entered_at: datetime
    left_at: datetime | None  # None while it lasts.


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Whether the rules put a customer in at an instant, and each rule with its figures.

    For a stage the parts are the stages' rules in their order up to the first that holds.
    """

    key: str
    is_in: bool
    parts: tuple[Explanation, ...]


def sizes(tx: Tx) -> list[Size]:
    """Every live segment and stage with its size; stages in their order."""
    return rows(tx, SQL.sizes, Size)


def size_over_time(tx: Tx, key: str) -> list[SizeAt]:
    """The segment's size in every hour in which it was looked at whole or somebody moved, oldest first."""
    return rows(tx, SQL.size_over_time, SizeAt, segment_id=_find(tx, key).segment_id)


def members(tx: Tx, key: str, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Member]:
    """A page of the present members, by customer."""
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    found = rows(tx, SQL.members, Member, segment_id=_find(tx, key).segment_id, after=after, limit=limit + 1)
    more = encode_cursor(found[limit - 1].customer_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def movements(
    tx: Tx, key: str, cursor: str | None = None, limit: int = PAGE_SIZE, way: Way | None = None
) -> Page[Movement]:
    """A page of who came and who went and when, the latest first."""
    before, after_way, after = decode_cursor(cursor, (datetime, str, int)) if cursor else (None, "", 0)
    found = rows(
        tx,
        FRESH.movements,
        Movement,
        segment_id=_find(tx, key).segment_id,
        way=way,
        before=before,
        after_way=after_way,
        after=after,
        limit=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), encode_cursor(last.at, last.way, last.customer_id) if last else None)


def was_member(tx: Tx, key: str, customer_id: int, at: datetime) -> bool:
    """Whether the customer was in at an instant; the instant of entering counts, that of leaving does not."""
    segment_id = _find(tx, key).segment_id
    return bool(value(tx, SQL.was_member, segment_id=segment_id, customer_id=customer_id, at=at))


def stays(tx: Tx, customer_id: int) -> list[Stay]:
    """Every stay of one customer in a segment or stage, the latest first."""
    return rows(tx, SQL.stays, Stay, customer_id=customer_id)


def why(tx: Tx, key: str, customer_id: int, at: datetime) -> Why:
    """Why the live rules put a customer in or not; raises NotFound for an unknown segment or customer."""
    found = _find(tx, key)
    conditions, place = _rules(tx, found)
    told = explain(tx, All(conditions=conditions), customer_id, at, zone=access.zone(tx))
    first = next((n for n, part in enumerate(told.parts) if part.holds), None)
    shown = told.parts if first is None else told.parts[: first + 1]
    return Why(key=key, is_in=first == place, parts=shown)


def _rules(tx: Tx, found: Found) -> tuple[tuple[Condition, ...], int]:
    """The conditions asked in order, and the place of the one that puts a customer in."""
    live = live_definitions(tx)
    book = live.book()
    if found.approach_key is not None:
        stages = live.approaches[found.approach_key].stages
        asked = tuple(
            expand(stage.condition, book, of=f"segmentation/{found.approach_key}") for stage in stages
        )
        return asked, [stage.key for stage in stages].index(str(found.stage))
    condition = live.segments[found.segment_key].condition
    if condition is None:
        return (Listed(segment=found.segment_key),), 0
    return (expand(condition, book, of=f"segment/{found.segment_key}"),), 0


def find_live(tx: Tx, key: str) -> Found:
    """A live segment or stage by its key; raises NotFound."""
    return _find(tx, key)


def _find(tx: Tx, key: str) -> Found:
    found = maybe(tx, SQL.find, Found, key=key)
    if found is None:
        raise NotFound(f"There is no live segment {key[:120]!r}; publish it first.")
    return found
