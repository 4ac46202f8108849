"""Everybody of a tier set is put where the figures say now, down as well as up: only when asked for."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access, audit
from regulars.access import Actor
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, rows, value
from regulars.kernel import NotFound
from regulars.loyalty.posting import newest
from regulars.loyalty.scope import scope_of
from regulars.loyalty.tier_sets import Qualified, qualify

SHOWN = 100
ACTION = "programmes.publish"


class Sql(Statements, file="tier_refresh.sql"):
    tally: Query
    who: Query
    names: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    before: int  # Numbers of tiers; 1 is the first.
    after: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    member_id: int
    customer_id: int
    before: int
    after: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh would do now."""

    names: tuple[str, ...]
    shifts: tuple[Shift, ...]
    who: tuple[Shifted, ...]  # The first hundred, those who would be lowered first.

    @property
    def lifted(self) -> int:
        return sum(shift.members for shift in self.shifts if shift.after > shift.before)

    @property
    def lowered(self) -> int:
        return sum(shift.members for shift in self.shifts if shift.after < shift.before)


def foresee_refresh(tx: Tx, programme: str, tier_set: str, at: datetime) -> Refresh:
    """Who would move if everybody stood where the figures of this instant say; those held by hand stay."""
    place = {"programme_id": newest(tx, programme).programme_id, "tier_set": tier_set}
    names = _names(tx, programme, tier_set)
    return Refresh(
        names=tuple(names),
        shifts=tuple(rows(tx, SQL.tally, Shift, at=at, **place)),
        who=tuple(rows(tx, SQL.who, Shifted, at=at, limit=SHOWN, **place)),
    )


def refresh_tiers(
    tx: Tx, actor: Actor, programme: str, tier_set: str, *, reason: str, at: datetime
) -> Qualified:
    """Put everybody where the figures say; again, it changes nothing. Asks for the right to publish."""
    access.require(actor, ACTION, scope=scope_of(tx, programme))
    hold(tx)
    _names(tx, programme, tier_set)
    done = qualify(tx, newest(tx, programme).programme_id, tier_set, at, lower=True)
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action="loyalty.refresh_tiers",
        subject_kind="programme",
        subject=programme,
        before=None,
        after={"tier_set": tier_set, "lifted": done.lifted, "lowered": done.lowered},
        at=at,
        via=actor.via,
        reason=reason,
    )
    return done


def _names(tx: Tx, programme: str, tier_set: str) -> list[str]:
    place = {"programme_id": newest(tx, programme).programme_id, "tier_set": tier_set}
    found: list[str] | None = value(tx, SQL.names, **place)
    if found is None:
        raise NotFound(f"The programme {programme} has no tier set {tier_set[:80]!r} whose figures decide.")
    return found
