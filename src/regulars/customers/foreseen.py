"""What a merge or split by hand would give, before anybody does it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.customers.model import Customer
from regulars.customers.profile import get
from regulars.customers.suggesting import Record, records
from regulars.db import Query, Statements, Tx, one, rows


class Sql(Statements, file="foreseen.sql"):
    standing: Query
    weigh: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    person_id: int
    name: str
    value: Any
    occurred_at: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A trait of two people, and whose value stands once they are one."""

    name: str
    stays: Any
    goes: Any
    winner: Literal["stays", "goes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    stays: Customer  # Whose number the person goes by.
    goes: Customer
    contests: tuple[Contest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What happened under some records."""

    events: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPreview:
    staying: tuple[Record, ...]
    leaving: tuple[Record, ...]
    stays: Weight
    leaves: Weight


def preview_merge(tx: Tx, first_id: int, second_id: int) -> MergePreview:
    """The two as they are, the one that stays first, and what wins of their traits."""
    first, second = get(tx, first_id), get(tx, second_id)
    stays, goes = sorted((first, second), key=lambda c: (c.user_id is None, c.customer_id))
    return MergePreview(stays=stays, goes=goes, contests=_contests(tx, stays, goes))


def preview_split(tx: Tx, person: int, leaving: Collection[int]) -> SplitPreview:
    """The records of a person in two, and what happened under each part."""
    every = records(tx, person)
    gone = tuple(one for one in every if one.customer_id in leaving)
    rest = tuple(one for one in every if one.customer_id not in leaving)
    return SplitPreview(staying=rest, leaving=gone, stays=_weigh(tx, rest), leaves=_weigh(tx, gone))


def _weigh(tx: Tx, every: Sequence[Record]) -> Weight:
    return one(tx, SQL.weigh, Weight, atoms=[record.customer_id for record in every])


def _contests(tx: Tx, stays: Customer, goes: Customer) -> tuple[Contest, ...]:
    told = rows(tx, SQL.standing, Standing, people=[stays.customer_id, goes.customer_id])
    values = {(each.person_id, each.name): each for each in told}
    found = []
    for name in sorted({each.name for each in told}):
        mine, theirs = values.get((stays.customer_id, name)), values.get((goes.customer_id, name))
        last = max((x for x in (mine, theirs) if x), key=lambda x: (x.occurred_at, x.position))
        found.append(
            Contest(
                name=name,
                stays=mine.value if mine else None,
                goes=theirs.value if theirs else None,
                winner="stays" if last is mine else "goes",
            )
        )
    return tuple(found)
