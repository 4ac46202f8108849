"""The commands of `regulars`."""

import gc
import sys
import time
from threading import Thread
from typing import Annotated

import typer

from regulars import __version__
from regulars.cli.logs import print_log
from regulars.cli.opening import Place, checked, has_own_server, opened, placed, prepare
from regulars.cli.port import asked, check_port
from regulars.cli.report import errors_told, say
from regulars.cli.supervisor import Child, supervise
from regulars.kernel import WallClock
from regulars.settings import Settings, read_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Workspace = Annotated[str | None, typer.Option(help="Which workspace; REGULARS_WORKSPACE or main.")]
READY_WAIT_S = 60
COLLECT_EVERY = 50_000  # New objects: walking through what is imported takes 0.2 s of a start instead of 0.9.


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
        check_port(settings)
        say(f"Regulars {__version__}: {where(settings)}")
        with placed(settings) as place:
            done = prepare(place, up_to_date=place.server is not None)
            if done:
                say(f"The database was brought up to date ({len(done)} migrations).")
            raise typer.Exit(run_processes(place, welcome(place)))


def where(settings: Settings) -> str:
    """Which database is used, as a sentence's beginning."""
    if has_own_server(settings):
        return f"the workspace {settings.workspace} on the server of REGULARS_DATABASE_URL"
    return f"the workspace {settings.workspace} on the embedded PostgreSQL in {settings.folder}"


def run_processes(place: Place, greeting: str) -> int:
    """The web and the worker process, and a greeting when the console answers."""
    environment = place.environment()
    children = [
        Child(name=name, argv=[sys.executable, "-m", "regulars", name], env=environment)
        for name in ("web", "worker")
    ]
    Thread(target=greet, args=(place.settings, greeting), daemon=True).start()
    tend = place.server.revive if place.server is not None else None
    return supervise(children, stop_grace_s=place.settings.stop_grace_s, tend=tend)


def greet(settings: Settings, greeting: str) -> None:
    """Say where the console is, once it answers."""
    ends = time.monotonic() + READY_WAIT_S
    while time.monotonic() < ends:
        if asked(settings, "/health") is not None:
            say(greeting)
            return
        time.sleep(0.05)
    say(f"The console does not answer at {settings.address} yet; `regulars doctor` says more.")


def welcome(place: Place) -> str:
    """The address, and for a new workspace the set-up code that its first person needs."""
    from regulars import access  # noqa: PLC0415 - only a start needs it.

    settings = place.settings
    lines = ["", f"Regulars serves the workspace {settings.workspace} at {settings.address}"]
    with checked(place) as database, database.transaction() as tx:
        if not access.is_set_up(tx):
            code = access.set_up_code(tx, WallClock().now())
            lines += [
                f"It is new. Set up its first person at {settings.address}/set-up?code={code}",
                "The code in it is good for a day and for one person; the next start gives another.",
            ]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])


@cli.command()
def web(workspace: Workspace = None) -> None:
    """Serve the console and the API without a worker; `serve` does both."""
    with errors_told():
        settings = read_settings(workspace=workspace)
        check_port(settings)
        print_log(settings.log_level, "web")
        from regulars.cli.serving import serve_web  # noqa: PLC0415 - it takes a second to import.

        with placed(settings) as place, opened(place) as app:
            serve_web(app)


@cli.command()
def worker(workspace: Workspace = None) -> None:
    """Run the readers, the timers, the campaigns and the jobs without a console; `serve` does both."""
    with errors_told():
        settings = read_settings(workspace=workspace)
        print_log(settings.log_level, "worker")
        from regulars.cli.working import CONNECTIONS, until_told, work  # noqa: PLC0415

        stop = until_told()
        with placed(settings) as place, opened(place, connections=CONNECTIONS) as app:
            work(app, stop)


@cli.command()
def migrate(workspace: Workspace = None) -> None:
    """Make the workspace's database if needed and bring it up to this version."""
    with errors_told(), placed(read_settings(workspace=workspace)) as place:
        done = prepare(place, up_to_date=True)
        for migration in done:
            say(f"Applied {migration.number:04} {migration.name}")
        say(f"The workspace {place.settings.workspace} is as new as the code ({len(done)} applied).")


def main() -> None:
    gc.set_threshold(COLLECT_EVERY)
    from regulars.cli import (  # noqa: F401, PLC0415 - they add commands.
        backing_up,
        configuring,
        demonstrating,
        doctoring,
        exporting,
        importing,
        lake,
        ledger,
        privacy,
        restoring,
        sql,
        telling,
    )

    cli()
