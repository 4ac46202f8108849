"""Asking for a dry run or a run, by hand or by what picks files up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars import access, audit, definitions, jobs
from regulars.access import Actor
from regulars.db import Tx, run
from regulars.imports.choosing import choose, mapping_of, permission, remember, suggestion
from regulars.imports.errors import NotMapped, NotNow
from regulars.imports.keeping import Kept
from regulars.imports.mapping import MappingBody
from regulars.imports.record import Import, get, held, record
from regulars.imports.statements import SQL
from regulars.imports.target import What

RUN, CHECK = "imports.run", "imports.check"  # Jobs: {"import": id}, and of the check {"at": an instant}.


def ask_check(tx: Tx, actor: Actor, import_id: int, *, at: datetime) -> Import:
    """Ask for a dry run: what would happen, without writing anything."""
    one = _mapped(held(tx, import_id))
    access.require(actor, permission(one.what))
    job_id = jobs.defer(tx, CHECK, {"import": import_id, "at": at.isoformat()}, requested_by=actor.name)
    run(tx, SQL.set_job, import_id=import_id, job_id=job_id)
    return get(tx, import_id)


def ask_run(tx: Tx, actor: Actor, import_id: int, *, at: datetime, job: bool = True) -> Import:
    """Ask for the run; one that failed or was cancelled goes on where it stood. Twice is once.

    Without a job, whoever asks runs it: `run_import`.
    """
    one = _mapped(held(tx, import_id))
    access.require(actor, permission(one.what))
    if one.state in ("waiting", "running"):
        return one
    if one.state == "done":
        raise NotNow(f"The import {one.id} is done. Upload the file again to import it again.")
    key = remember(tx, actor, one, at=at)
    job_id = jobs.defer(tx, RUN, {"import": import_id}, requested_by=actor.name) if job else None
    run(tx, SQL.wait, import_id=import_id, job_id=job_id, at=at)
    _tell(tx, actor, one, "imports.run", at=at, after={"what": one.what, "rows": one.rows, "mapping": key})
    return get(tx, import_id)


def cancel(tx: Tx, actor: Actor, import_id: int, *, at: datetime) -> Import:
    """Stop a run at its next part; what is in stays in, and it can go on later."""
    one = held(tx, import_id)
    access.require(actor, permission(one.what))
    if one.state not in ("waiting", "running") or one.job_id is None:
        raise NotNow(f"The import {one.id} is {one.state}; there is nothing to cancel.")
    job = jobs.get(tx, one.job_id)
    if job.state in ("waiting", "running"):
        job = jobs.cancel(tx, one.job_id)
    if job.state != "running":
        run(tx, SQL.finish, import_id=import_id, state="cancelled", error=None)
    _tell(tx, actor, one, "imports.cancel", at=at)
    return get(tx, import_id)


def start_file(
    tx: Tx,
    kept: Kept,
    *,
    source: str,
    actor: Actor,
    at: datetime,
    zone: str,
    what: What | None = None,
    mapping: str | MappingBody | Mapping[str, Any] | None = None,
    key: str | None = None,
    cut_over: datetime | None = None,
) -> int:
    """Import a file that nobody sits before; gives the import, which runs as a job once this commits.

    `kept` comes from `imports.keep(settings.imports, stream, name=…, bytes_max=…)`, called before and outside
    a transaction. `mapping` is the key of a live import-mapping, a body, or None: then the one remembered for
    files with these columns, else the suggested one. `source` replaces the mapping's. The same `key` gives
    the first import again and starts nothing; forget the second `kept` then (`imports.forget`). What occurred
    before `cut_over` (else `at`) is history. Raises NotMapped, with findings, when no mapping fits: then the
    import is not made either, if the caller lets the error end the transaction.
    """
    import_id = record(tx, kept, actor, at=at, key=key)
    one = held(tx, import_id)
    if one.mapping is not None or one.state != "uploaded" or one.folder != kept.folder:
        return import_id
    body: MappingBody | Mapping[str, Any]
    if isinstance(mapping, str):
        body = mapping_of(tx, mapping)
    else:
        body = mapping or suggestion(tx, one, zone=zone, what=what).mapping
    plain = body if isinstance(body, Mapping) else definitions.canonical(body)
    choose(tx, actor, import_id, {**plain, "source": source}, cut_over=cut_over)
    job_id = jobs.defer(tx, RUN, {"import": import_id}, requested_by=actor.name)
    run(tx, SQL.wait, import_id=import_id, job_id=job_id, at=at)
    _tell(tx, actor, one, "imports.run", at=at, after={"rows": one.rows, "source": source})
    return import_id


def take_in(tx: Tx, actor: Actor, kept: Kept, *, at: datetime) -> Import:
    """Note an uploaded file; nothing is read into the workspace yet."""
    import_id = record(tx, kept, actor, at=at)
    one = get(tx, import_id)
    _tell(tx, actor, one, "imports.upload", at=at, after={"name": one.name, "rows": one.rows})
    return one


def _mapped(one: Import) -> Import:
    if one.mapping is None:
        raise NotMapped(f"The import {one.id} has no mapping yet; say first which column is what.")
    return one


def _tell(
    tx: Tx, actor: Actor, one: Import, action: str, *, at: datetime, after: dict[str, Any] | None = None
) -> None:
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action=action,
        subject_kind="import",
        subject=one.id,
        before=None,
        after=after,
        at=at,
        via=actor.via,
    )
