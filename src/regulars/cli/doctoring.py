"""`regulars doctor`: what is wrong with an installation, and what to do about it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict

from regulars.cli import machine
from regulars.cli.commands import Workspace, cli
from regulars.cli.findings import Check, ok, problem, told, warning
from regulars.cli.opening import EMBEDDED_DATABASE, given_dsn, has_own_server
from regulars.cli.report import EXIT_FOUND, counted
from regulars.db import Database, Survey, start, survey, workspace_dsn
from regulars.kernel import Invalid
from regulars.settings import Settings, read_settings

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@cli.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
    workspace: Workspace = None,
) -> None:
    """Say what is wrong with this installation and what to do. Ends with 1 when there is a problem."""
    found = []
    for check in examined(workspace):
        found.append(check)
        if not as_json:
            show(check)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in found], indent=2))
    else:
        typer.echo(summed(found))
    raise typer.Exit(EXIT_FOUND if any(check.state == "problem" for check in found) else 0)


def examined(name: str | None) -> Iterator[Check]:
    """All checks, in the order in which one needs the other; it works beside a running `regulars serve`."""
    yield from machine.python()
    yield from machine.time_zones()
    try:
        settings = read_settings(workspace=name)
    except Invalid as wrong:
        for finding in wrong.findings:
            yield problem("settings", f"{finding.path}: {finding.message}", "Correct it, or unset it.")
        return
    yield from machine.variables()
    seen = survey(settings.folder)
    yield from machine.home(settings, seen)
    yield from told("port", lambda: machine.port(settings))
    if has_own_server(settings):
        yield from told("server", lambda: database(settings, given_dsn(settings)))
    else:
        yield from told("programs", lambda: machine.embedded(settings))
        yield from told("server", lambda: embedded(settings, seen))


def embedded(settings: Settings, seen: Survey) -> Iterator[Check]:
    """The home's own server: the running one, or one started for the moment."""
    if not seen.writable:
        return
    if not seen.has_database:
        yield ok("server", "no database yet: `regulars serve` makes one, `regulars demo` one with data")
        return
    if seen.refusal is not None and seen.held_by is not None:
        yield warning(
            "server", f"process {seen.held_by} has it, and it does not answer yet", "Wait a moment."
        )
    running = "runs" if seen.answers_as else "does not run now, and was started for this look"
    with start(settings.folder, binaries=settings.postgres_bin) as server:
        yield ok("embedded", f"the server in {seen.home} {running}")
        yield from database(settings, server.dsn(EMBEDDED_DATABASE))


def database(settings: Settings, dsn: str) -> Iterator[Check]:
    from regulars.cli import lake_check, segments_check, workspace  # noqa: PLC0415 - they load the rooms they ask.

    of_workspace = workspace_dsn(dsn, settings.workspace)
    name = conninfo_to_dict(of_workspace).get("dbname")
    try:
        Database(of_workspace).connect().close()
    except Exception as fault:
        if f'database "{name}" does not exist' not in str(fault):
            raise
        yield ok("server", "it answers")
        yield warning(
            "workspace", f"there is no database {name} for the workspace {settings.workspace}",
            f"`regulars migrate --workspace {settings.workspace}` makes it.",
        )  # fmt: skip
        return
    with Database(of_workspace, connections_max=2) as opened, opened.transaction() as tx:
        yield from workspace.server(tx)
        current = workspace.migrations(tx)
        yield current
        if current.state == "ok":
            yield from workspace.running(tx)
            yield from segments_check.fresh(tx)
            yield from lake_check.lake(settings, opened)


def show(check: Check) -> None:
    typer.secho(f"{check.state:8}", fg=COLOURS[check.state], bold=check.state == "problem", nl=False)
    typer.echo(f" {check.name}: {check.found}")
    if check.do:
        typer.echo(f"         {check.do}")


def summed(found: list[Check]) -> str:
    count = Counter(check.state for check in found)
    if not count["problem"] and not count["warning"]:
        return f"All {len(found)} checks are well."
    told = [counted(count[state], state) for state in ("problem", "warning") if count[state]]
    return f"{' and '.join(told)}; {count['ok']} checks are well."
