"""An erasure as it stands: asked for, carried out step by step, and certified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PREFIX: Final = "ers"
PAGE_SIZE = 50
# In the counts, beside tables: how many were erased together, and what became of live definitions.
PEOPLE: Final = "people"
TAKEN_OUT: Final = "live definition without them: "
STAYED: Final = "live definition left as it is: "
State = Literal["asked", "waiting", "erasing", "erased", "done", "declined"]
AskedBy = Literal["customer", "staff", "restore", "retention"]
STATES: Final = {
    "asked": "waits for a decision",
    "waiting": "approved, not begun",
    "erasing": "being erased",
    "erased": "erased, bytes being written over",
    "done": "erased",
    "declined": "declined",
}
ASKED_BY: Final = {
    "customer": "the customer",
    "staff": "staff",
    "restore": "the list of the erased, after a restore",
    "retention": "retention",
}


class Sql(Statements, file="erasure.sql"):
    make: Query
    make_many: Query
    open_of: Query
    find: Query
    page: Query
    of_customer: Query
    hold: Query
    decide: Query
    set_job: Query
    set_approval: Query
    begin: Query
    step: Query
    finish: Query
    left: Query
    left_over: Query
    unfinished: Query
    fail: Query
    count: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    erasure_id: int
    customer_id: int
    atoms: list[int]
    state: State
    step: str
    asked_by: AskedBy
    requested_by: str
    decided_by: str | None
    approval_id: int | None
    job_id: int | None
    asked_at: datetime
    starts_at: datetime
    began_at: datetime | None
    erased_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, Any]
    left_over: list[str]
    problem: str | None

    @property
    def public_id(self) -> str:
        return public_id(PREFIX, self.erasure_id)

    @property
    def customer(self) -> str:
        return public_id("cus", self.customer_id)

    @property
    def approval(self) -> str | None:
        return public_id("apr", self.approval_id) if self.approval_id else None

    @property
    def words(self) -> str:
        return STATES[self.state]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows were emptied or deleted by place; of all who were erased together."""
        beside = (PEOPLE, TAKEN_OUT, STAYED)
        return {place: int(number) for place, number in self.counts.items() if not place.startswith(beside)}

    @property
    def places(self) -> list[tuple[str, int]]:
        """The certificate: where how many rows were emptied or deleted, the largest first."""
        told = [(place, number) for place, number in self.rows.items() if number]
        return sorted(told, key=lambda one: (-one[1], one[0]))

    @property
    def people(self) -> int:
        """How many were erased together."""
        return int(self.counts.get(PEOPLE, 1))

    @property
    def taken_out(self) -> list[str]:
        """Live definitions that named the person and no longer do, as kind/key."""
        return sorted(name.removeprefix(TAKEN_OUT) for name in self.counts if name.startswith(TAKEN_OUT))

    @property
    def stayed(self) -> list[str]:
        """Live definitions that name what the person was known by too, and were left as they are."""
        return sorted(name.removeprefix(STAYED) for name in self.counts if name.startswith(STAYED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """An erasure as its run holds it."""

    erasure_id: int
    customer_id: int
    atoms: list[int]
    state: State
    step: str
    asked_by: AskedBy
    began_at: datetime | None
    position: int | None
    known: list[str]
    sure: list[str]  # Of these what surely is theirs, and nobody else's.
    counts: dict[str, Any]
    left_over: list[str]

    @property
    def after(self) -> str:
        """The last whole step that is done."""
        return self.step.partition("/")[0]

    @property
    def place(self) -> str:
        """The last place of the step under way that is done."""
        return self.step.partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An erasure of which tables are still to be rewritten."""

    erasure_id: int
    left_over: list[str]


def erasure(tx: Tx, erasure_id: int) -> Erasure:
    found = maybe(tx, SQL.find, Erasure, erasure_id=erasure_id)
    if found is None:
        raise NotFound(f"There is no erasure {public_id(PREFIX, erasure_id)}.")
    return found


def erasures(tx: Tx, *, state: str | None = None, cursor: str | None = None) -> Page[Erasure]:
    """The latest first; `state` may be `open` for all that are not over."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.page, Erasure, state=state, before=before, limit=PAGE_SIZE + 1)
    shown = tuple(found[:PAGE_SIZE])
    return Page(shown, encode_cursor(shown[-1].erasure_id) if len(found) > PAGE_SIZE else None)


def erasures_of(tx: Tx, customer_id: int) -> list[Erasure]:
    return rows(tx, SQL.of_customer, Erasure, customer_id=customer_id)


def erasures_waiting(tx: Tx) -> int:
    """How many wait for somebody's decision."""
    return int(value(tx, SQL.count))


def held(tx: Tx, erasure_ids: Sequence[int]) -> list[Working]:
    """Erasures, held until the transaction ends, as their run needs them."""
    found = rows(tx, SQL.hold, Working, erasure_ids=list(erasure_ids))
    if missing := set(erasure_ids) - {one.erasure_id for one in found}:
        raise NotFound(f"There is no erasure {public_id(PREFIX, min(missing))}.")
    return found


def failed(tx: Tx, erasure_ids: Sequence[int], problem: str) -> None:
    run(tx, SQL.fail, erasure_ids=list(erasure_ids), problem=problem[:500])
