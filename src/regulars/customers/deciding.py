"""Who is one person, decided by hand: merge, split, decline a suggestion, and undo any of them.

A decision wins over every rule and stands until another deed takes it back. Each deed takes the turn of the
reader of customers, so that two deeds, or a deed and the reader, never see each other half done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import access, audit
from regulars.access import Actor
from regulars.customers import identity
from regulars.customers.holding import take_turn
from regulars.customers.merging import settle
from regulars.customers.model import PREFIX
from regulars.customers.moving import Follow
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import Conflict, Fault, Finding, Invalid, NotFound, public_id

ACTION = "customers.merge"
DEED = "ded"
REASON_SIGNS_MAX = 500


class Sql(Statements, file="deciding.sql"):
    persons: Query
    members: Query
    make_deed: Query
    end_between: Query
    decide: Query
    take_back: Query
    put_back: Query
    atoms_of_deed: Query
    deed: Query
    deeds: Query


SQL = Sql()
DeedName = Literal["merge", "split", "decline", "undo"]


class AlreadyOne(Conflict):
    """The two are one person already."""

    code = "customers.already_one"


class AlreadyUndone(Conflict):
    code = "customers.already_undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDeed:
    """What somebody decided by hand."""

    deed_id: int
    deed: DeedName
    made_at: datetime
    actor_id: int | None
    actor_name: str
    reason: str | None
    undoes_id: int | None
    undone: bool

    @property
    def id(self) -> str:
        return public_id(DEED, self.deed_id)

    @property
    def can_be_undone(self) -> bool:
        return not self.undone and self.deed != "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Who decides, when, why, and who follows when people change."""

    actor: Actor
    at: datetime
    follow: Sequence[Follow]
    reason: str | None = None


def merge(tx: Tx, by: Deciding, one: int, other: int) -> IdentityDeed:
    """Make two people one; raises AlreadyOne, also when somebody else was faster."""
    first, second = _two_people(tx, by, one, other)
    deed_id = _make(tx, by, "merge")
    some, others = members(tx, first), members(tx, second)
    run(tx, SQL.end_between, deed_id=deed_id, same=False, some=some, others=others)
    _decide(tx, deed_id, [(first, second, True)])
    _settle(tx, by, [first, second], deed_id)
    if len(set(persons_of(tx, [first, second]))) != 1:
        raise Fault("A merge by hand left two people; nothing was changed.")
    return _done(tx, by, deed_id, subject=persons_of(tx, [first])[0], before=[first, second])


def split(tx: Tx, by: Deciding, person: int, leaving: Sequence[int]) -> IdentityDeed:
    """Let some records leave a person, together; they and those who stay are decided to be different."""
    access.require(by.actor, ACTION)
    take_turn(tx)
    whole = members(tx, _person(tx, person))
    gone = sorted(set(leaving))
    staying = [atom for atom in whole if atom not in gone]
    if not gone or not staying or not set(gone) <= set(whole):
        raise _unfit(whole, gone)
    deed_id = _make(tx, by, "split")
    run(tx, SQL.end_between, deed_id=deed_id, same=True, some=gone, others=staying)
    together = [(group[0], atom, True) for group in (gone, staying) for atom in group[1:]]
    _decide(tx, deed_id, [*together, (gone[0], staying[0], False)])
    _settle(tx, by, whole, deed_id)
    if set(persons_of(tx, gone)) & set(persons_of(tx, staying)):
        raise Fault("A split by hand left one person; nothing was changed.")
    return _done(
        tx, by, deed_id, subject=persons_of(tx, staying[:1])[0], before=[persons_of(tx, gone[:1])[0]]
    )


def decline(tx: Tx, by: Deciding, one: int, other: int) -> IdentityDeed:
    """Say that two people are two: no rule merges them, and no suggestion comes again."""
    first, second = _two_people(tx, by, one, other)
    deed_id = _make(tx, by, "decline")
    _decide(tx, deed_id, [(first, second, False)])
    return _done(tx, by, deed_id, subject=first, before=[first, second])


def undo(tx: Tx, by: Deciding, deed_id: int) -> IdentityDeed:
    """Take back what a deed decided, and what it had ended stands again; raises AlreadyUndone."""
    access.require(by.actor, ACTION)
    take_turn(tx)
    undone = deed(tx, deed_id)
    if not undone.can_be_undone:
        what = "was undone before" if undone.undone else "is itself an undoing; do the deed again instead"
        raise AlreadyUndone(f"{undone.id} {what}.")
    atoms = atoms_of_deed(tx, deed_id)
    made = _make(tx, by, "undo", undoes_id=deed_id)
    run(tx, SQL.take_back, deed_id=made, undone_id=deed_id)
    run(tx, SQL.put_back, deed_id=made, undone_id=deed_id)
    _settle(tx, by, atoms, made)
    return _done(tx, by, made, subject=persons_of(tx, atoms[:1])[0], before=sorted(set(atoms)))


def deed(tx: Tx, deed_id: int) -> IdentityDeed:
    found = maybe(tx, SQL.deed, IdentityDeed, deed_id=deed_id)
    if found is None:
        raise NotFound(f"There is no deed {public_id(DEED, deed_id)}; the profile lists what was decided.")
    return found


def deeds_of(tx: Tx, person: int, *, limit: int = 20) -> list[IdentityDeed]:
    """What was decided about any record of a person, the latest first."""
    return rows(tx, SQL.deeds, IdentityDeed, person=person, limit=limit)


def atoms_of_deed(tx: Tx, deed_id: int) -> list[int]:
    """Every record that a deed decided about."""
    return values(tx, SQL.atoms_of_deed, deed_id=deed_id)


def members(tx: Tx, person: int) -> list[int]:
    """The atoms of a person."""
    return values(tx, SQL.members, person=person)


def persons_of(tx: Tx, atoms: Sequence[int]) -> list[int]:
    """Whose atoms they are, in the order asked."""
    return values(tx, SQL.persons, atoms=list(atoms))


def _person(tx: Tx, customer_id: int) -> int:
    found = persons_of(tx, [customer_id])
    if not found:
        raise NotFound(f"There is no customer {public_id(PREFIX, customer_id)}; search by name or id.")
    return found[0]


def _two_people(tx: Tx, by: Deciding, one: int, other: int) -> tuple[int, int]:
    access.require(by.actor, ACTION)
    take_turn(tx)
    first, second = sorted((_person(tx, one), _person(tx, other)))
    if first == second:
        shown = " and ".join(public_id(PREFIX, customer_id) for customer_id in (one, other))
        raise AlreadyOne(f"{shown} are one person already.")
    return first, second


def _make(tx: Tx, by: Deciding, name: DeedName, *, undoes_id: int | None = None) -> int:
    reason = (by.reason or "").strip() or None
    if reason and len(reason) > REASON_SIGNS_MAX:
        message = f"The reason has {len(reason)} signs; write at most {REASON_SIGNS_MAX}."
        raise Invalid(message, [Finding(path="reason", code="customers.long_reason", message=message)])
    made: int = value(
        tx,
        SQL.make_deed,
        deed=name,
        at=by.at,
        actor_id=by.actor.person_id,
        actor_name=by.actor.name,
        reason=reason,
        undoes_id=undoes_id,
    )
    return made


def _decide(tx: Tx, deed_id: int, pairs: Sequence[tuple[int, int, bool]]) -> None:
    ones, others, sames = ([pair[n] for pair in pairs] for n in range(3))
    run(tx, SQL.decide, deed_id=deed_id, ones=ones, others=others, sames=sames)


def _settle(tx: Tx, by: Deciding, atoms: Sequence[int], deed_id: int) -> None:
    settle(tx, atoms, identity.rules(tx), at=by.at, follow=by.follow, deed_id=deed_id)


def _done(tx: Tx, by: Deciding, deed_id: int, *, subject: int, before: Sequence[int]) -> IdentityDeed:
    made, after = deed(tx, deed_id), sorted(set(persons_of(tx, before)))
    audit.record(
        tx,
        actor_id=by.actor.person_id,
        actor_name=by.actor.name,
        action=f"customers.{made.deed}",
        subject_kind="customer",
        subject=public_id(PREFIX, subject),
        before={"customers": [public_id(PREFIX, one) for one in before]},
        after={"deed": made.id, "customers": [public_id(PREFIX, one) for one in after]},
        at=by.at,
        via=by.actor.via,
        reason=made.reason,
    )
    return made


def _unfit(whole: Sequence[int], gone: Sequence[int]) -> Invalid:
    strange = [public_id(PREFIX, atom) for atom in gone if atom not in whole]
    if strange:
        message = f"{', '.join(strange[:5])} does not belong to this person; look at the profile again."
    elif not gone:
        message = "Nothing leaves: choose the records that belong to somebody else."
    else:
        message = f"All {len(whole)} records would leave; at least one stays."
    return Invalid(message, [Finding(path="leaving", code="customers.unfit_split", message=message)])
