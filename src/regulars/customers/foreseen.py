"""What a merge by hand would give, before anybody does it: who stays, and which value of each trait."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.customers.model import Customer
from regulars.customers.profile import get
from regulars.db import Query, Statements, Tx, rows


class Sql(Statements, file="foreseen.sql"):
    standing: Query


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


def preview_merge(tx: Tx, one: int, other: int) -> MergePreview:
    """The two as they are, the one that stays first, and what wins of their traits."""
    first, second = get(tx, one), get(tx, other)
    stays, goes = sorted((first, second), key=lambda c: (c.user_id is None, c.customer_id))
    return MergePreview(stays=stays, goes=goes, contests=_contests(tx, stays, goes))


def _contests(tx: Tx, stays: Customer, goes: Customer) -> tuple[Contest, ...]:
    told = rows(tx, SQL.standing, Standing, people=[stays.customer_id, goes.customer_id])
    values = {(one.person_id, one.name): one for one in told}
    found = []
    for name in sorted({one.name for one in told}):
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
