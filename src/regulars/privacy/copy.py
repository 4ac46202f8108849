"""A copy of what is held of a person: asked for, made by a job, fetched until it expires."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from time import time
from typing import Final, Literal

from regulars import access, audit, customers, jobs
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, maybe, rows, run, value, values
from regulars.kernel import NotFound, Page, decode_cursor, encode_cursor, public_id

PREFIX: Final = "cpy"
COPY: Final = "privacy.copy"  # The permission, and the name of the job.
LASTS = timedelta(days=7)
PAGE_SIZE = 50
ARCHIVE = "copy.zip"
LOST_AFTER_S = 86_400


class Sql(Statements, file="copy.sql"):
    make: Query
    waiting_of: Query
    find: Query
    page: Query
    set_job: Query
    ready: Query
    fail: Query
    count_download: Query
    expire: Query
    kept: Query
    of_people: Query


SQL = Sql()


class CopyGone(NotFound):
    code = "privacy.copy_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    copy_id: int
    customer_id: int
    state: Literal["waiting", "ready", "failed", "expired"]
    asked_by: Literal["customer", "staff"]
    requested_by: str
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    job_id: int | None
    folder: str | None
    bytes: int | None
    tables: int | None
    rows: int | None
    downloads: int
    problem: str | None

    @property
    def public_id(self) -> str:
        return public_id(PREFIX, self.copy_id)

    @property
    def customer(self) -> str:
        return public_id("cus", self.customer_id)

    @property
    def file_name(self) -> str:
        return f"{self.customer}-{self.asked_at:%Y-%m-%d}.zip"


def ask_copy(
    tx: Tx, customer_id: int, *, asked_by: Literal["customer", "staff"], by: str, at: datetime
) -> Copy:
    """Have a copy made; one that is being made for the same asker is given again. The caller has judged."""
    person = customers.get(tx, customer_id).customer_id
    waiting = value(tx, SQL.waiting_of, customer_id=person, asked_by=asked_by)
    if waiting is not None:
        return copy_of(tx, waiting)
    made = value(tx, SQL.make, customer_id=person, asked_by=asked_by, by=by, at=at)
    job = jobs.defer(tx, COPY, {"copy": made}, requested_by=by, key=f"{COPY}:{made}")
    run(tx, SQL.set_job, copy_id=made, job_id=job)
    return copy_of(tx, made)


def order_copy(tx: Tx, actor: Actor, customer_id: int, *, at: datetime) -> Copy:
    """The same, asked for by staff: judged and audited."""
    access.require(actor, COPY, solo=access.solo(tx))
    made = ask_copy(tx, customer_id, asked_by="staff", by=actor.name, at=at)
    _tell(tx, actor, "privacy.copy", made, at)
    return made


def fetch_copy(tx: Tx, actor: Actor, copy_id: int, *, folder: Path, at: datetime) -> tuple[Copy, Path]:
    """The archive for staff, judged and audited."""
    access.require(actor, COPY, solo=access.solo(tx))
    found = copy_of(tx, copy_id)
    path = open_copy(folder, found)
    run(tx, SQL.count_download, copy_id=copy_id)
    _tell(tx, actor, "privacy.download", found, at)
    return found, path


def copy_of(tx: Tx, copy_id: int) -> Copy:
    found = maybe(tx, SQL.find, Copy, copy_id=copy_id)
    if found is None:
        raise NotFound(f"There is no copy {public_id(PREFIX, copy_id)}.")
    return found


def copies(tx: Tx, *, customer_id: int | None = None, cursor: str | None = None) -> Page[Copy]:
    """The latest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.page, Copy, customer_id=customer_id, before=before, limit=PAGE_SIZE + 1)
    shown = tuple(found[:PAGE_SIZE])
    return Page(shown, encode_cursor(shown[-1].copy_id) if len(found) > PAGE_SIZE else None)


def open_copy(folder: Path, copy: Copy) -> Path:
    """Where the archive lies; raises CopyGone when it is not made yet, or not there any more."""
    path = folder / (copy.folder or "-") / ARCHIVE
    if copy.state != "ready" or not path.is_file():
        told = {"waiting": "is being made", "failed": "could not be made"}.get(copy.state, "has expired")
        raise CopyGone(f"The copy {copy.public_id} {told}. Ask for another if it is wanted.")
    return path


def expire_copies(tx: Tx, at: datetime, *, folder: Path) -> int:
    """Delete what nobody may fetch any more; gives how many."""
    gone = _forget(folder, values(tx, SQL.expire, at=at))
    return gone + _forget(folder, _lost(folder, set(values(tx, SQL.kept))))


def _lost(folder: Path, known: set[str]) -> list[str | None]:
    """What a killed job has written and nobody noted; young ones may be noted yet."""
    found = [one for one in folder.iterdir() if one.name not in known] if folder.is_dir() else []
    return [one.name for one in found if time() - one.stat().st_mtime > LOST_AFTER_S]


def erase_copies(tx: Tx, atoms: list[int], *, folder: Path) -> dict[str, int]:
    """Delete the copies of people who are erased."""
    gone = values(tx, SQL.of_people, atoms=atoms)
    return {"copies for the person": _forget(folder, gone), "privacy.copy": 0}


def _forget(folder: Path, names: list[str | None]) -> int:
    for name in names:
        if name and "/" not in name and not name.startswith("."):
            rmtree(folder / name, ignore_errors=True)
    return len(names)


def _tell(tx: Tx, actor: Actor, action: str, made: Copy, at: datetime) -> None:
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        via=actor.via,
        action=action,
        subject_kind="customer",
        subject=made.customer,
        before=None,
        after={"copy": made.public_id},
        at=at,
    )
