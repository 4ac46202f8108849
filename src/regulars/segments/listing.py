"""Lists: who stands on one was put there, by number or by an identifier, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from regulars import audit, customers, definitions
from regulars.access import Actor
from regulars.db import Tx, rows, value, values
from regulars.kernel import Finding, Invalid, NotFound, Page, decode_cursor, encode_cursor
from regulars.segments.bare_kinds import BARE_SEGMENT
from regulars.segments.recomputing import look_at
from regulars.segments.refused import forget_refused
from regulars.segments.statements import LISTS
from regulars.segments.writing import hold_state

PAGE_SIZE = 50
CHUNK = 5_000
CUSTOMER_ID = "customer_id"  # The kind of identifier that is our own number.


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    changed: int  # Put there, or taken off.
    unchanged: int  # Stood there already, or did not.
    unknown: tuple[str, ...] = ()  # Of nobody, as they were given.
    ambiguous: tuple[str, ...] = ()  # Of several people.
    members: int  # How many stand on it now.


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    customer_ids: dict[str, int]  # By identifier, as it was given.
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    customer_id: int
    added_at: datetime
    added_by: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    asked_id: int
    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    segment_key: str
    person_id: int


def add_to_list(
    tx: Tx,
    actor: Actor,
    key: str,
    customer_ids: Sequence[int],
    *,
    at: datetime,
    until: datetime | None = None,
) -> ListChange:
    """Put customers on a live list; membership follows at once. Numbers of nobody are reported."""
    _live_list(tx, key)
    if until is not None and until <= at:
        message = f"The time on the list ends at {until.isoformat()}, which is over; give a later instant."
        raise Invalid(message, [Finding(path="until", code="segments.over", message=message)])
    _take_turn(tx)
    people, unknown = _people(tx, customer_ids)
    there = set(values(tx, LISTS.standing, key=key, people=people))
    put = values(tx, LISTS.put, key=key, atoms=people, at=at, by=actor.name, until=until)
    _look(tx, key, put)
    change = ListChange(
        changed=len(set(people) - there), unchanged=len(there), unknown=unknown, members=_size(tx, key)
    )
    return _noted(tx, actor, key, "added", change, at)


def remove_from_list(
    tx: Tx, actor: Actor, key: str, customer_ids: Sequence[int], *, at: datetime
) -> ListChange:
    """Take customers off a live list; membership follows at once."""
    _live_list(tx, key)
    _take_turn(tx)
    people, unknown = _people(tx, customer_ids)
    taken = set(values(tx, LISTS.take, key=key, people=people))
    _look(tx, key, sorted(taken))
    change = ListChange(
        changed=len(taken), unchanged=len(people) - len(taken), unknown=unknown, members=_size(tx, key)
    )
    return _noted(tx, actor, key, "removed", change, at)


def add_identifiers(
    tx: Tx,
    actor: Actor,
    key: str,
    kind: str,
    identifiers: Sequence[str],
    *,
    at: datetime,
    until: datetime | None = None,
) -> ListChange:
    """The same by identifiers of a kind, such as email; those of nobody and of several are reported."""
    found = identify(tx, kind, identifiers)
    change = add_to_list(tx, actor, key, list(found.customer_ids.values()), at=at, until=until)
    return replace(change, unknown=found.unknown, ambiguous=found.ambiguous)


def remove_identifiers(
    tx: Tx, actor: Actor, key: str, kind: str, identifiers: Sequence[str], *, at: datetime
) -> ListChange:
    found = identify(tx, kind, identifiers)
    change = remove_from_list(tx, actor, key, list(found.customer_ids.values()), at=at)
    return replace(change, unknown=found.unknown, ambiguous=found.ambiguous)


def identify(tx: Tx, kind: str, identifiers: Sequence[str]) -> Identified:
    """The people behind identifiers, in any writing; raises Invalid for a kind that is not known."""
    given = list(dict.fromkeys(identifiers))
    found = customers.find_many(tx, kind, given)
    return Identified(
        customer_ids={one: ids[0] for one in given if len(ids := found.get(one, ())) == 1},
        unknown=tuple(one for one in given if not found.get(one)),
        ambiguous=tuple(one for one in given if len(found.get(one, ())) > 1),
    )


def list_entries(tx: Tx, key: str, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Entry]:
    """A page of who stands on a list, by customer."""
    _live_list(tx, key)
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    found = rows(tx, LISTS.entries, Entry, key=key, after=after, limit=limit + 1)
    more = encode_cursor(found[limit - 1].customer_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def end_due_entries(tx: Tx, at: datetime) -> int:
    """Take off whose time on a list is over, and forget refused snapshots; gives how many were taken off."""
    _take_turn(tx)
    gone: dict[str, set[int]] = {}
    for one in rows(tx, LISTS.ended, Ended, at=at):
        gone.setdefault(one.segment_key, set()).add(one.person_id)
    for key, people in gone.items():
        _look(tx, key, sorted(people))
    forget_refused(tx, at)
    return sum(len(people) for people in gone.values())


def _take_turn(tx: Tx) -> None:
    """Before entries are written: two who hold some and wait for those of the other would never end."""
    customers.hold(tx)
    hold_state(tx)


def _people(tx: Tx, customer_ids: Sequence[int]) -> tuple[list[int], tuple[str, ...]]:
    asked = sorted(set(customer_ids))
    known = {one.asked_id: one.person_id for one in rows(tx, LISTS.known_of, Known, ids=asked)}
    return sorted(set(known.values())), tuple(str(one) for one in asked if one not in known)


def _look(tx: Tx, key: str, people: Sequence[int]) -> None:
    for first in range(0, len(people), CHUNK):
        look_at(tx, people[first : first + CHUNK], {f"segment/{key}"})


def _size(tx: Tx, key: str) -> int:
    return int(value(tx, LISTS.entries_of, key=key))


def _live_list(tx: Tx, key: str) -> None:
    customers.hold(tx)
    found = definitions.live(tx, BARE_SEGMENT, key)
    if found is None:
        raise NotFound(f"There is no live list {key[:120]!r}; publish it first.")
    if not found.body.list:
        message = f"{found.title} is no list: its members are whom its condition holds of."
        raise Invalid(message, [Finding(path="key", code="segments.not_a_list", message=message)])


def _noted(tx: Tx, actor: Actor, key: str, deed: str, change: ListChange, at: datetime) -> ListChange:
    """How many, in the audit; whom, the entries say."""
    if change.changed:
        audit.record(
            tx,
            actor_id=actor.person_id,
            actor_name=actor.name,
            action=f"segments.list_{deed}",
            subject_kind="segment",
            subject=key,
            before=None,
            after={"customers": change.changed, "on_the_list": change.members},
            at=at,
            via=actor.via,
        )
    return change
