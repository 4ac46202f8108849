"""`regulars backup`: every workspace of a server in one folder, as of one moment each."""

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars import __version__, analytics
from regulars.cli import backup_files, backup_lake
from regulars.cli.backup_files import Applied, Manifest, Saved, Table
from regulars.cli.commands import cli
from regulars.cli.opening import Place, placed
from regulars.cli.report import counted, errors_told, say
from regulars.db import (
    Database,
    Tx,
    applied,
    databases_of,
    dump,
    dump_programs,
    hold_snapshot,
    refuse_newer_server,
    tally_tables,
    workspace_dsn,
)
from regulars.kernel import NotFound, Unavailable
from regulars.settings import Settings, read_settings

TELL_EVERY_S = 2.0
NOTE = """A backup of Regulars {version}, made at {at}.

It is whole if manifest.json is here; `regulars restore --check {name}` proves every byte of it.
`regulars restore {name}` reads it back. It holds personal data: keep it as you keep the database, and no
longer than your written rule says.

Not in it: {not_in}.
"""

Several = Annotated[
    list[str] | None, typer.Option("--workspace", help="Which workspace, again for each; else all.")
]


@cli.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="A folder that is not there yet.")],
    *,
    workspace: Several = None,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the key that opens sealed secrets into it, too.")
    ] = False,
    without_lake: Annotated[
        bool, typer.Option("--without-lake", help="Leave the lake's files out; they are saved otherwise.")
    ] = False,
) -> None:
    """Save every workspace into a new folder; it has its name only when it is whole."""
    with errors_told():
        settings = read_settings()
        with placed(settings) as place, backup_files.drafted(to.absolute()) as draft:
            names = workspaces_of(place, workspace or ())
            saved = [save(place, name, draft, lake=not without_lake) for name in names]
            key = settings.folder / backup_files.KEY
            kept = with_key and key.is_file()
            if kept:
                shutil.copyfile(key, draft / backup_files.KEY)
                (draft / backup_files.KEY).chmod(0o600)
            write_note(draft, to.name, saved, with_key=kept)
            finish(draft, settings, saved)
        size = sum(file.stat().st_size for file in to.rglob("*") if file.is_file())
        told = _about_key(settings, with_key=with_key)
        say(f"{counted(len(saved), 'workspace')} in {to}, {size / 1e6:,.1f} MB. {told}")


def workspaces_of(place: Place, wanted: Sequence[str]) -> list[str]:
    """The workspaces on the server, main first; raises NotFound for one that is asked and not there."""
    base = str(conninfo_to_dict(place.dsn)["dbname"])
    dsn = make_conninfo(place.dsn, dbname="postgres") if place.server else place.dsn
    try:
        with psycopg.connect(dsn, connect_timeout=5) as tx:
            there = set(databases_of(tx))
    except psycopg.OperationalError as cause:
        raise Unavailable(
            f"The server does not answer ({str(cause).strip().splitlines()[-1]}). Start it."
        ) from cause
    found = ["main"] if base in there else []
    found += sorted(name.removeprefix(f"{base}_") for name in there if name.startswith(f"{base}_"))
    ours = [name for name in found if _is_ours(workspace_dsn_or_none(place.dsn, name))]
    missing = [name for name in wanted if name not in ours]
    if missing or not ours:
        told, others = ", ".join(missing) or "main", ", ".join(ours) or "none"
        raise NotFound(f"There is no workspace {told} on this server; there are: {others}.")
    return [name for name in ours if not wanted or name in wanted]


def workspace_dsn_or_none(dsn: str, name: str) -> str | None:
    """Databases beside ours may have names that no workspace can have, such as one half restored."""
    try:
        return None if name.endswith(("_restoring", "_replaced")) else workspace_dsn(dsn, name)
    except Exception:  # noqa: BLE001 - whatever is wrong with the name, it is none of ours.
        return None


def _is_ours(dsn: str | None) -> bool:
    if dsn is None:
        return False
    try:
        with psycopg.connect(dsn, connect_timeout=5) as tx:
            return bool(applied(tx))
    except psycopg.Error:
        return False


def save(place: Place, name: str, draft: Path, *, lake: bool) -> Saved:
    """One workspace: its dump, and what its tables held at that very moment."""
    programs = dump_programs(place.server.binaries if place.server else place.settings.postgres_bin)
    dsn = workspace_dsn(place.dsn, name)
    settings = place.settings.model_copy(update={"workspace": name})
    with Database(dsn, application="regulars backup") as database, database.connect() as tx:
        analytics.hold_files(tx)  # Before anything is seen: an erasure would delete what is copied.
        tx.isolation_level, tx.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        refuse_newer_server(programs, tx.info.server_version)
        migrations = applied(tx)
        snapshot = hold_snapshot(tx)
        taken = datetime.now(UTC).isoformat(timespec="seconds")
        known = backup_lake.known(tx)
        copied = lake and backup_lake.copy(settings, known, draft / "lake" / name)
        analytics.let_files_go(tx)
        tell = progress_told(name)
        dump(programs, dsn, draft / backup_files.dump_name(name), snapshot=snapshot, say=tell)
        tables = {one: Table(rows=t.rows, sum=t.sum) for one, t in tally_tables(tx).items()}
        rows = sum(table.rows for table in tables.values())
        say(f"{name}: {rows:,} rows of {counted(len(tables), 'table')} are saved.")
        return Saved(
            workspace=name,
            taken_at=taken,
            server=_version(tx),
            migrations=[Applied(number=m.number, name=m.name, checksum=m.checksum) for m in migrations],
            tables=tables,
            lake_place=backup_lake.where(settings),
            lake=backup_lake.told(known),
            lake_copied=copied,
        )


def _version(tx: Tx) -> str:
    return str(tx.info.parameter_status("server_version"))


def progress_told(name: str, doing: str = "saving") -> Callable[[str], None]:
    """Tells now and again which table is being worked on."""
    began = told = monotonic()
    count = 0

    def tell(table: str) -> None:
        nonlocal told, count
        count += 1
        if monotonic() - told >= TELL_EVERY_S:
            told = monotonic()
            say(f"{name}: {doing} table {count}, {table}, for {told - began:,.0f} s")

    return tell


def write_note(draft: Path, name: str, saved: Sequence[Saved], *, with_key: bool) -> None:
    missing = [] if with_key else ["the key that opens sealed secrets (secret-key or REGULARS_SECRET_KEY)"]
    missing += [
        f"the lake of {one.workspace} ({one.lake_place})" for one in saved if one.lake and not one.lake_copied
    ]
    missing += ["imported files", "files left in file drops", "the settings"]
    text = NOTE.format(
        version=__version__,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        name=name,
        not_in="; ".join(missing),
    )
    (draft / backup_files.NOTE).write_text(text, encoding="utf-8")


def finish(draft: Path, settings: Settings, saved: list[Saved]) -> None:
    from regulars import connections  # noqa: PLC0415 - it loads rooms.

    manifest = Manifest(
        form=backup_files.FORM,
        version=__version__,
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        key=connections.key_fingerprint(settings),
        workspaces=saved,
        files=backup_files.describe(draft),
    )
    backup_files.write_manifest(draft, manifest)


def _about_key(settings: Settings, *, with_key: bool) -> str:
    place = settings.folder / backup_files.KEY
    if settings.secret_key is not None:
        return "Keep REGULARS_SECRET_KEY elsewhere: it is not in it."
    if not place.is_file():
        return "No secret is sealed yet, so there is no key to keep."
    if with_key:
        return "The key is in it: keep it under lock."
    return f"Keep {place} elsewhere: it is not in it."
