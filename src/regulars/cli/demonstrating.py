"""`regulars demo`: load the demonstration, then serve it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal, Self

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from regulars.cli.commands import cli, run_processes
from regulars.cli.opening import Place, opened, placed, prepare
from regulars.cli.port import check_port
from regulars.cli.report import OUT, errors_told, say
from regulars.settings import read_settings

if TYPE_CHECKING:
    from regulars.experiments import Comparison

WORKSPACE = "demo"
# A crash may then lose the last moments of the load, never half of one: it goes on from a little earlier.
SWIFT = "-c synchronous_commit=off"
PLAIN_STEP = 30  # Without a terminal, progress is a line now and then.


@cli.command()
def demo(
    *,
    serve: Annotated[bool, typer.Option(help="Serve the console on it when it is loaded.")] = True,
    report: Annotated[Literal["none", "json"], typer.Option(help="Print the figures as JSON.")] = "none",
) -> None:
    """Load a real grocer's year, run everything on it, and serve the console on that."""
    with errors_told():
        settings = read_settings(workspace=WORKSPACE)
        if serve:
            check_port(settings)
        with placed(settings) as place:
            figures = load(place)
            if report == "json":
                typer.echo(json.dumps(figures))
            if serve:
                raise typer.Exit(run_processes(place, greeting(place)))


def load(place: Place) -> dict[str, object]:
    """Bring the demonstration to its end; on one that is there already this takes a moment."""
    from regulars import demo as demonstration  # noqa: PLC0415 - reads the data's engine.

    prepare(place, up_to_date=True)
    with opened(place) as app:
        demonstration.found(app.database)
    with opened(place, options=SWIFT) as app:
        if not demonstration.is_finished(app.database):
            password = demonstration.password_of(place.settings.folder)
            with Telling() as telling:
                demonstration.load(app, password, telling.say)
                telling.say("The planted data set", 0, 1)
                with demonstration.timed(app.database, "planted"):
                    demonstration.keep_planted(app, load_planted(place, password))
            demonstration.finish(app.database)
        return demonstration.report(app)


def load_planted(place: Place, password: str) -> "Comparison":
    from regulars import demo as demonstration  # noqa: PLC0415

    settings = place.settings.model_copy(update={"workspace": demonstration.PLANTED_WORKSPACE})
    beside = replace(place, settings=settings)
    prepare(beside, up_to_date=True)
    with opened(beside) as app:
        demonstration.found(app.database)
    with opened(beside, options=SWIFT) as app:
        return demonstration.load_planted(app, password)


def greeting(place: Place) -> str:
    from regulars.demo import STAFF, password_of  # noqa: PLC0415

    lines = ["", f"The demonstration is at {place.settings.address}", "", "Sign in as"]
    lines += [f"  {who.email:22} {who.name}, {who.does}" for who in STAFF]
    lines += [f"with the password {password_of(place.settings.folder)}", "", "Ctrl-C stops it.", ""]
    return "\n".join(lines)


class Telling:
    """Progress: a bar on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} days"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=OUT,
            disable=not OUT.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("Loading", total=1)
        self._told = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)
        if not OUT.is_terminal and (done % PLAIN_STEP == 0 or done == total):
            line = f"{what} ({done} of {total})" if done else what
            if line != self._told:
                say(line)
                self._told = line
