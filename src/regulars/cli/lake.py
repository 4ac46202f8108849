"""`regulars lake`: what is in it, bringing it up to date, and mending it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import working
from regulars.cli.report import EXIT_FOUND, counted, errors_told
from regulars.kernel import RegularsError

if TYPE_CHECKING:
    from regulars.analytics import LakeStatus

lake_cli = typer.Typer(no_args_is_help=True, help="The lake: the whole history as files any engine reads.")
cli.add_typer(lake_cli, name="lake")
UNITS = ("B", "kB", "MB", "GB", "TB")


@lake_cli.command()
def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    workspace: Workspace = None,
) -> None:
    """Say what is where, and look at every file. Ends with 1 when something is wrong."""
    from regulars import analytics  # noqa: PLC0415 - commands load what they need.

    with errors_told(), working(workspace) as app:
        try:
            analytics.check(app.lake)
        except RegularsError as cause:
            typer.echo(str(cause))
        with app.database.transaction() as tx:
            found = analytics.lake_status(app.lake, tx)
        if as_json:
            typer.echo(json.dumps(asdict(found), indent=2, default=str))
        else:
            told(found)
        raise typer.Exit(EXIT_FOUND if found.problems else 0)


def told(found: "LakeStatus") -> None:
    typer.echo(f"The lake stands in {found.place}")
    typer.echo(
        f"{found.watermark:,} of {found.head:,} events are in it; PostgreSQL holds every event from position "
        f"{found.whole_from:,} on ({size(found.postgresql_bytes)} in {counted(found.pieces, 'piece')})."
    )
    for one in found.tables:
        typer.echo(
            f"  {one.name:15} {one.rows:>13,} rows in {counted(one.files, 'file')}, {size(one.bytes)}; "
            f"waiting: {one.waiting}"
        )
        if one.problem:
            typer.echo(f"    {one.problem}")
    if found.open_erasures:
        typer.echo(f"{counted(found.open_erasures, 'erasure')} not done yet.")


def size(count: float) -> str:
    for unit in UNITS[:-1]:
        if count < 1000:  # noqa: PLR2004 - the step from unit to unit.
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} {UNITS[-1]}"


@lake_cli.command("export")
def export_lake(workspace: Workspace = None) -> None:
    """Bring every table of the lake up to date now, and carry out erasures that wait."""
    from regulars import analytics  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        analytics.erase(app.lake)
        for one in analytics.export(app.lake):
            typer.echo(f"{one.name}: {'somebody else writes it now' if one.busy else f'{one.rows:,} rows'}")
        analytics.export_person_map(app.lake)


@lake_cli.command()
def compact(workspace: Workspace = None) -> None:
    """Write small files together, and delete files that nobody has needed for a day."""
    from regulars import analytics  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        together = analytics.compact(app.lake)
        deleted = analytics.vacuum(app.lake)
        typer.echo(f"{counted(together, 'file')} written together, {counted(deleted, 'file')} deleted.")


@lake_cli.command()
def drop(
    *,
    keep_days: Annotated[
        int | None, typer.Option(min=1, help="Days that stay in PostgreSQL; else REGULARS_LAKE_KEEP_DAYS.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Let old events leave PostgreSQL that the lake holds for sure; says what still needs them."""
    from regulars import analytics  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        with app.database.transaction() as tx:
            now = app.now(tx)
        done = analytics.drop_old(app.lake, now, keep_days=keep_days)
        for one in done:
            typer.echo(
                f"Positions {one.first_position:,} to {one.end_position - 1:,}: {one.dropped:,} events left "
                f"PostgreSQL, {one.kept:,} stay."
            )
        if not done:
            typer.echo("No piece of the log is finished and old enough.")


@lake_cli.command()
def mend(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only said.")] = False,
    workspace: Workspace = None,
) -> None:
    """Say what is wrong between lake and database and what can be done; with --yes, do it."""
    from regulars import analytics  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        found = [analytics.mend(app.lake, table, do=yes) for table in app.lake.tables]
        for sentence in found:
            if sentence is not None:
                typer.echo(sentence)
        if not any(found):
            typer.echo("Lake and database agree.")
        elif not yes:
            typer.echo("Nothing was done; --yes does it.")
