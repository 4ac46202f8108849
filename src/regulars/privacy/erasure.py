"""An erasure as it stands: asked for, carried out step by step, and certified."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PREFIX: Final = "ers"
PAGE_SIZE = 50
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
    def places(self) -> list[tuple[str, int]]:
        """The certificate: where how many rows were emptied or deleted, the largest first."""
        told = [(place, int(number)) for place, number in self.counts.items() if number]
        return sorted(told, key=lambda one: (-one[1], one[0]))


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
    counts: dict[str, Any]
    left_over: list[str]


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


def held(tx: Tx, erasure_id: int) -> Working:
    """The erasure, held until the transaction ends, as its run needs it."""
    found = maybe(tx, SQL.hold, Working, erasure_id=erasure_id)
    if found is None:
        raise NotFound(f"There is no erasure {public_id(PREFIX, erasure_id)}.")
    return found


def failed(tx: Tx, erasure_id: int, problem: str) -> None:
    run(tx, SQL.fail, erasure_id=erasure_id, problem=problem[:500])
