"""`regulars export`, `diff` and `apply`: definitions as files, between a folder and a workspace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regulars import access, definitions
from regulars.access import Actor
from regulars.cli.commands import Workspace, cli
from regulars.cli.opening import opened, placed, prepare
from regulars.cli.report import EXIT_FOUND, counted, errors_told
from regulars.db import Tx
from regulars.definitions import Applied, Change
from regulars.kernel import Invalid, NotFound
from regulars.settings import read_settings

if TYPE_CHECKING:
    from regulars.app import App

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one file per definition.")]
# Whoever may run commands on this machine can read its database too: no password is asked.
ON_THE_MACHINE = Actor(
    person_id=access.SYSTEM.person_id,
    name="Command line",
    level=access.SYSTEM.level,
    function=access.SYSTEM.function,
    scope=None,
    via="cli",
)


@cli.command()
def export(
    folder: Folder,
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Remove files of what is no more.")] = False,
    workspace: Workspace = None,
) -> None:
    """Write every definition of a workspace as a file, kind/key.yaml."""
    with errors_told(), working(workspace) as app:
        with app.database.transaction() as tx, written_to(folder):
            names = definitions.export(tx, app.kinds, folder, prune=prune)
        typer.echo(f"{counted(len(names), 'definition')} of {app.settings.workspace} in {folder}")


@cli.command()
def diff(
    folder: Folder,
    *,
    brief: Annotated[bool, typer.Option("--brief", help="Name what differs, without the lines.")] = False,
    workspace: Workspace = None,
) -> None:
    """Show how the files differ from a workspace. Ends with 0 when they are equal, with 1 when not."""
    with errors_told():
        with working(workspace) as app, app.database.transaction() as tx:
            changes = definitions.diff_files(tx, app.kinds, check_source(folder), publish=True)
        told(changes, brief=brief)
        typer.echo(summed(changes, of=app.settings.workspace))
        raise typer.Exit(EXIT_FOUND if changes else 0)


@cli.command()
def apply(
    folder: Folder,
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Publish, not only draft.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Archive what the files lack.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show; change nothing.")] = False,
    by: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Bring a workspace to what the files say: all of it or nothing, and twice is once."""
    with errors_told():
        source = check_source(folder)
        with working(workspace) as app, app.database.transaction() as tx:
            actor = acting(tx, by)
            access.require(actor, "definitions.apply")
            done = definitions.apply(
                tx, actor, app.kinds, source, at=app.now(tx), publish=publish, prune=prune, dry_run=dry_run
            )
        outcome(done, dry_run=dry_run, publish=publish)


@contextmanager
def working(workspace: str | None) -> Iterator["App"]:
    """The workspace, made if it is new and migrated if its server is ours."""
    with placed(read_settings(workspace=workspace)) as place:
        prepare(place, up_to_date=place.server is not None)
        with opened(place) as app:
            yield app


def acting(tx: Tx, email: str | None) -> Actor:
    if email is None:
        return ON_THE_MACHINE
    person = access.person_by_email(tx, email)
    if person is None or not person.active:
        raise NotFound(
            f"Nobody with the address {email} is active here. Name somebody who is, or leave --as out."
        )
    return access.actor_of(tx, person.person_id, "cli")


def check_source(folder: Path) -> Path:
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}. `regulars export {folder}` makes one from a workspace.")
    return folder


@contextmanager
def written_to(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as cause:
        where = cause.filename or folder
        raise Invalid(f"{where} cannot be written ({cause.strerror}). Name another folder.") from cause


def told(changes: Sequence[Change], *, brief: bool = False) -> None:
    for change in changes:
        typer.echo(f"{change.action:8} {change.kind}/{change.key}")
        if not brief and change.compared.text:
            typer.echo("".join(f"    {line}" for line in change.compared.text.splitlines(keepends=True)))


def summed(changes: Sequence[Change], *, of: str) -> str:
    if not changes:
        return f"The files and the workspace {of} say the same."
    return f"{counted(len(changes), 'definition')} differ{'s' if len(changes) == 1 else ''} from {of}."


def outcome(done: Applied, *, dry_run: bool, publish: bool) -> None:
    told(done.changes, brief=not dry_run)
    for sentence in done.published:
        typer.echo(sentence)
    for asked in done.requested:
        typer.echo(f"{asked.kind}/{asked.key} waits for an approval: {asked.reason}")
    for name in done.waiting:
        typer.echo(f"{name} is a draft and waits for what it uses.")
    typer.echo(said(done, dry_run=dry_run, publish=publish))


def said(done: Applied, *, dry_run: bool, publish: bool) -> str:
    if not done.changes:
        return "Nothing to do: the workspace says what the files say."
    if dry_run:
        return f"{counted(len(done.changes), 'change')} would be made; nothing was changed."
    drafts = "" if publish else " They are drafts: `regulars apply --publish` publishes them."
    return f"{counted(len(done.changes), 'change')} applied.{drafts}"
