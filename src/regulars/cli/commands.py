"""The commands of `regulars`."""

import sys
import time
import urllib.request
from threading import Thread
from typing import Annotated

import typer

from regulars import __version__
from regulars.cli.opening import Place, opened, placed, prepare
from regulars.cli.report import errors_told, say
from regulars.cli.supervisor import Child, supervise
from regulars.settings import Settings, read_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Workspace = Annotated[str | None, typer.Option(help="Which workspace; REGULARS_WORKSPACE or main.")]
READY_WAIT_S = 60


@cli.callback(invoke_without_command=True)
def regulars(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Customer engagement and loyalty on your own PostgreSQL, honestly measured."""
    if version:
        typer.echo(f"regulars {__version__}")
        raise typer.Exit


@cli.command()
def serve(workspace: Workspace = None) -> None:
    """Serve the console and the API, with a worker beside, until Ctrl-C."""
    with errors_told():
        settings = read_settings(workspace=workspace)
        from regulars.cli.serving import check_port  # noqa: PLC0415 - only this command needs the server.

        check_port(settings)
        with placed(settings) as place:
            prepare(place, up_to_date=place.server is not None)
            raise typer.Exit(run_processes(place, welcome(place)))


def run_processes(place: Place, greeting: str) -> int:
    """The web and the worker process, and a greeting when the console answers."""
    settings = place.settings
    environment = place.environment()
    children = [
        Child(name=name, argv=[sys.executable, "-m", "regulars", name], env=environment)
        for name in ("web", "worker")
    ]
    Thread(target=greet, args=(settings, greeting), daemon=True).start()
    tend = place.server.revive if place.server is not None else None
    return supervise(children, stop_grace_s=settings.stop_grace_s, tend=tend)


def greet(settings: Settings, greeting: str) -> None:
    """Say where the console is, once it answers."""
    ends = time.monotonic() + READY_WAIT_S
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(f"http://{host}:{settings.port}/health", timeout=2):
                say(greeting)
                return
        except OSError:
            time.sleep(0.1)


def welcome(place: Place) -> str:
    """The address, and for a new workspace the set-up code that its first person needs."""
    from regulars import access  # noqa: PLC0415

    settings = place.settings
    lines = [f"\nRegulars serves the workspace {settings.workspace} at {settings.address}"]
    with opened(place) as app, app.database.transaction() as tx:
        if not access.is_set_up(tx):
            code = access.set_up_code(tx, app.wall.now())
            lines.append(f"It is new: open {settings.address}/set-up and use the set-up code {code}")
    lines.append("Ctrl-C stops it.\n")
    return "\n".join(lines)


@cli.command(hidden=True)
def web() -> None:
    """The web process; `serve` starts it, in production a service manager does."""
    with errors_told():
        from regulars.cli.serving import serve_web  # noqa: PLC0415

        with placed(read_settings()) as place, opened(place) as app:
            serve_web(app)


@cli.command()
def worker(workspace: Workspace = None) -> None:
    """Run the readers, the timers and the jobs until stopped; `serve` does it too."""
    with errors_told():
        from regulars.cli.working import until_told, work  # noqa: PLC0415

        stop = until_told()
        with placed(read_settings(workspace=workspace)) as place, opened(place) as app:
            work(app, stop)


@cli.command()
def migrate(workspace: Workspace = None) -> None:
    """Make the workspace's database if needed and bring it up to this version."""
    with errors_told(), placed(read_settings(workspace=workspace)) as place:
        done = prepare(place, up_to_date=True)
        for migration in done:
            say(f"Applied {migration.number:04} {migration.name}")
        say(f"The database is as new as the code ({len(done)} migrations applied now).")


def main() -> None:
    from regulars.cli import demonstrating  # noqa: F401, PLC0415 - they add commands.

    cli()
