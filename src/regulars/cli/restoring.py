"""`regulars restore`: workspaces read back from a backup, proved, and only then put in their place."""

from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars.cli import backup_files, backup_lake
from regulars.cli.backing_up import Several, progress_told
from regulars.cli.backup_files import Manifest, Saved, Table
from regulars.cli.commands import cli
from regulars.cli.opening import Place, opened, placed, prepare, versions_told
from regulars.cli.report import counted, errors_told, say
from regulars.db import (
    Database,
    create_database,
    databases_of,
    drop_database,
    dump_programs,
    known,
    load,
    rename_database,
    sessions_of,
    tally_tables,
    workspace_dsn,
)
from regulars.kernel import Conflict, Fault, NotFound
from regulars.settings import Settings, read_settings

DRAFT, FORMER = "_restoring", "_replaced"
TOLD_MAX = 5


@cli.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A folder that `regulars backup` made.")],
    *,
    workspace: Several = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there by what the backup holds.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only prove that the backup is whole and fits; change nothing.")
    ] = False,
) -> None:
    """Read workspaces back from a backup; what is there stays until the whole is read and proved."""
    with errors_told():
        settings = read_settings()
        manifest = backup_files.read_manifest(source)
        wanted = chosen(manifest, workspace)
        names = [name for name in manifest.files if _belongs(name, wanted)]
        backup_files.check_files(source, manifest, names)
        for saved in wanted:
            refuse_other_version(saved)
        say(f"The backup of {manifest.taken_at} is whole: {counted(len(names), 'file')} as written.")
        if check:
            return
        with placed(settings) as place:
            for saved in wanted:
                refuse_occupied(place, saved.workspace, force=force)
            for saved in wanted:
                restore_one(place, source, saved, force=force)
                settle(place, saved)
        say(about_key(settings, manifest, source))


def chosen(manifest: Manifest, wanted: list[str] | None) -> list[Saved]:
    there = [one.workspace for one in manifest.workspaces]
    missing = [name for name in wanted or () if name not in there]
    if missing:
        raise NotFound(f"The backup holds no workspace {', '.join(missing)}; it holds {', '.join(there)}.")
    return [one for one in manifest.workspaces if not wanted or one.workspace in wanted]


def _belongs(name: str, wanted: list[Saved]) -> bool:
    return any(
        name == backup_files.dump_name(one.workspace) or name.startswith(f"lake/{one.workspace}/")
        for one in wanted
    )


def refuse_other_version(saved: Saved) -> None:
    """Raise OtherVersion for a backup that this code could not work with."""
    carried = {one.number: one for one in known()}
    for one in saved.migrations:
        ours = carried.get(one.number)
        with versions_told():
            if ours is None:
                raise Conflict(
                    f"The backup has migration {one.number:04} ({one.name}), which this version of Regulars "
                    "does not know: it was made by a newer one. Install that version."
                )
            if ours.checksum != one.checksum:
                raise Conflict(
                    f"In the backup, migration {one.number:04} ({one.name}) was applied in another wording. "
                    "Install the version that made it."
                )


def refuse_occupied(place: Place, workspace: str, *, force: bool) -> None:
    """Raise Conflict while a workspace stands there, unless it may be replaced; never while it is in use."""
    dsn = workspace_dsn(place.dsn, workspace)
    name = str(conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(make_conninfo(dsn, dbname="postgres")) as tx:
        there, busy = name in databases_of(tx), sessions_of(tx, name)
    if there and not force:
        raise Conflict(
            f"The workspace {workspace} is there already (the database {name}). Restore into another home or "
            "server, or add --force to replace it by the backup."
        )
    if busy:
        raise Conflict(
            f"The database {name} is in use by {', '.join(sorted(set(busy)))}. Stop every web and worker "
            "process on it first: what they write meanwhile would be lost."
        )


def restore_one(place: Place, source: Path, saved: Saved, *, force: bool) -> None:
    """Read into a database beside, compare every table, then change the names."""
    programs = dump_programs(place.server.binaries if place.server else place.settings.postgres_bin)
    dsn = workspace_dsn(place.dsn, saved.workspace)
    name = str(conninfo_to_dict(dsn)["dbname"])
    draft, former = f"{name}{DRAFT}", f"{name}{FORMER}"
    drop_database(dsn, draft)
    create_database(dsn, draft)
    drafted = make_conninfo(dsn, dbname=draft)
    try:
        dumped = (source / backup_files.dump_name(saved.workspace)).absolute()
        load(programs, drafted, dumped, progress_told(saved.workspace, "restoring"))
        prove(drafted, saved)
    except BaseException:
        drop_database(dsn, draft)
        raise
    drop_database(dsn, former)
    settings = place.settings.model_copy(update={"workspace": saved.workspace})
    lake = source / "lake" / saved.workspace
    backup_lake.lay_beside(settings, lake, force=force)
    with psycopg.connect(make_conninfo(dsn, dbname="postgres")) as tx:
        there = name in databases_of(tx)
    if there:
        rename_database(dsn, name, former)
    rename_database(dsn, draft, name)
    done = backup_lake.put_in_place(settings, lake)
    drop_database(dsn, former)
    if done:
        say(done)


def prove(dsn: str, saved: Saved) -> None:
    """Raise Fault unless every table holds what it held when the backup was made."""
    with Database(dsn, application="regulars restore") as database, database.connect() as tx:
        found = {name: Table(rows=t.rows, sum=t.sum) for name, t in tally_tables(tx).items()}
        tx.rollback()
        tx.autocommit = True
        tx.execute("analyze")
    wrong = backup_files.differing(saved.tables, found)
    if wrong:
        raise Fault(
            f"What was restored of {saved.workspace} differs from the backup: {'; '.join(wrong[:TOLD_MAX])}. "
            "What stood here before is unchanged."
        )
    rows = sum(table.rows for table in found.values())
    say(f"{saved.workspace}: {rows:,} rows of {counted(len(found), 'table')} are as they were saved.")


def settle(place: Place, saved: Saved) -> None:
    """What must follow a restore: erasures of later days, and what is to be done next."""
    from regulars import privacy  # noqa: PLC0415 - it loads rooms.

    settings = place.settings.model_copy(update={"workspace": saved.workspace})
    here = Place(settings=settings, dsn=place.dsn, server=place.server)
    done = prepare(here, up_to_date=True)
    if done:
        say(f"{saved.workspace} was of an older version: {counted(len(done), 'migration')} applied.")
    with opened(here) as app, app.database.transaction() as tx:
        asked = privacy.replay_erasures(tx, settings.erasures, at=app.now(tx))
    if asked:
        say(f"{counted(asked, 'customer')} erased since this backup: erased again when a worker runs.")
    if saved.lake and not saved.lake_copied:
        say(
            f"The lake of {saved.workspace} is not in the backup ({saved.lake_place}); `regulars doctor` "
            "says whether it and the database agree."
        )


def about_key(settings: Settings, manifest: Manifest, source: Path) -> str:
    """Whether sealed secrets can be opened here."""
    from regulars import connections  # noqa: PLC0415 - it loads rooms.

    if manifest.key is None:
        return "No secret was sealed when the backup was made."
    if connections.key_fingerprint(settings) == manifest.key:
        return "The key that seals secrets is the one of the backup."
    kept = source / backup_files.KEY
    found = f"It is in {kept}: copy it to" if kept.is_file() else "It is not in the backup: put it into"
    return (
        f"Secrets of connections were sealed with another key than the one here. {found} "
        f"{settings.folder / backup_files.KEY}, or set REGULARS_SECRET_KEY; without it give them anew."
    )
