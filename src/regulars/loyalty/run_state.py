"""How a programme stands: whether it earns, what holds for whom, what is planned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars.db import Query, Statements, Tx, maybe, rows
from regulars.loyalty.errors import NotRunning, UnknownProgramme
from regulars.loyalty.time_words import said_instant

State = Literal["running", "paused", "closed", "coming", "ended"]


class Sql(Statements, file="run_state.sql"):
    locked_programme: Query
    run_of: Query
    versions_of: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    programme_id: int
    name: str
    zone: str
    paused_at: datetime | None
    closing_at: datetime | None
    spend_until: datetime | None

    @property
    def standing(self) -> dict[str, datetime | None]:
        return {"paused_at": self.paused_at, "closing_at": self.closing_at, "spend_until": self.spend_until}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRun:
    version: int
    live_from: datetime
    stores: list[str] | None  # It holds in these alone; None: in all.
    percent: int | None  # For so many of the customers alone; None: for all.
    coming: bool  # It begins later.


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRun:
    """How a programme stands: whether it earns, what holds for whom, what is planned."""

    key: str
    name: str
    paused_at: datetime | None
    closing_at: datetime | None
    spend_until: datetime | None
    versions: tuple[VersionRun, ...]  # That which holds for all first, then for some, then to come.

    def state(self, at: datetime) -> State:
        if self.closing_at is not None and self.closing_at <= at:
            return "closed"
        if self.paused_at is not None:
            return "paused"
        if all(one.coming for one in self.versions):
            return "coming" if self.versions else "ended"
        return "running"


def programme_run(tx: Tx, key: str) -> ProgrammeRun:
    """How a programme stands; raises UnknownProgramme."""
    found = _known(maybe(tx, SQL.run_of, Running, key=key), key)
    versions = rows(tx, SQL.versions_of, VersionRun, programme_id=found.programme_id)
    return ProgrammeRun(key=key, name=found.name, versions=tuple(versions), **found.standing)


def refuse_closed(tx: Tx, key: str, at: datetime) -> None:
    """Raises NotRunning where the programme closed before."""
    found = maybe(tx, SQL.run_of, Running, key=key)
    if found is not None and found.closing_at is not None and found.closing_at <= at:
        when = said_instant(found.closing_at, found.zone)
        raise NotRunning(f"“{found.name}” closed on {when}; nobody joins any more.")


def locked(tx: Tx, key: str) -> Running:
    return _known(maybe(tx, SQL.locked_programme, Running, key=key), key)


def _known(found: Running | None, key: str) -> Running:
    if found is None:
        raise UnknownProgramme(f"No programme is called {key[:80]!r}; launch it first.")
    return found
