"""Which processes run on a workspace, on whatever host: each gives a sign now and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, rows, run

SIGN_EVERY_S = 15.0
SILENT_S = 60.0  # After so long without a sign it is taken to be gone.


class Sql(Statements, file="processes.sql"):
    announce: Query
    leave: Query
    processes: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    process_id: UUID
    kind: str  # web or worker.
    host: str
    pid: int
    version: str
    shares: dict[str, Any]  # What all hosts must have in common, as marks by name.
    started_at: datetime
    seen_at: datetime


def announce(
    tx: Tx, process_id: UUID, *, kind: str, host: str, pid: int, version: str, shares: Mapping[str, Any]
) -> None:
    """Say that a process runs; again before SILENT_S are over."""
    told = {"kind": kind, "host": host, "pid": pid, "version": version}
    run(tx, SQL.announce, process_id=process_id, shares=Jsonb(dict(shares)), **told)


def leave(tx: Tx, process_id: UUID) -> None:
    """Say that it ends in good order."""
    run(tx, SQL.leave, process_id=process_id)


def processes(tx: Tx, *, within_s: float = SILENT_S) -> list[Process]:
    """Those that gave a sign just now."""
    return rows(tx, SQL.processes, Process, within_s=within_s)
