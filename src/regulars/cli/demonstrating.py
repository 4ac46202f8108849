"""`regulars demo`: load the demonstration, then serve it."""

import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

import psycopg
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from regulars import __version__
from regulars.cli.commands import cli, run_processes, where
from regulars.cli.opening import Place, opened, placed, prepare
from regulars.cli.port import check_port
from regulars.cli.report import OUT, errors_told, say
from regulars.kernel import Unavailable
from regulars.settings import read_settings

if TYPE_CHECKING:
    from regulars.experiments import Comparison

T = TypeVar("T")
WORKSPACE = "demo"
# A crash may then lose the last moments of the load, never half of one: it goes on from a little earlier.
SWIFT = "-c synchronous_commit=off"
PLAIN_LINES = 12  # Without a terminal, progress is so many lines.
OWNERS_MAX = 3
TAKE_OVER_S = 15.0


@cli.command()
def demo(
    *,
    serve: Annotated[bool, typer.Option(help="Serve the console on it when it is loaded.")] = True,
    report: Annotated[Literal["none", "json"], typer.Option(help="Print the figures as JSON.")] = "none",
    days: Annotated[int | None, typer.Option(hidden=True, min=1, help="A shorter year, for tests.")] = None,
) -> None:
    """Load a real grocer's year, run everything on it, and serve the console on that."""
    with errors_told():
        settings = read_settings(workspace=WORKSPACE)
        if serve:
            check_port(settings)
        say(f"Regulars {__version__}: {where(settings)}")
        with placed(settings) as place:
            stay(place, lambda at: load(at, days))
            if report == "json":
                typer.echo(json.dumps(stay(place, figures)))
            if serve:
                check_port(settings)  # Another one that loaded meanwhile may serve by now.
                raise typer.Exit(run_processes(place, greeting(place)))


def stay(place: Place, act: Callable[[Place], T]) -> T:
    """Do it again when the embedded server went away with its owner; what was done is found done."""
    for _ in range(OWNERS_MAX):
        try:
            return act(place)
        except (psycopg.OperationalError, Unavailable):
            if not taken_over(place):
                raise
    return act(place)


def taken_over(place: Place) -> bool:
    """Whether the server of another process, which ended, runs again, now as ours."""
    if place.server is None or place.server.owned:
        return False
    ends = monotonic() + TAKE_OVER_S
    while monotonic() < ends:
        if place.server.revive():
            return True
        sleep(0.1)
    return False


def load(place: Place, days: int | None) -> None:
    """Bring the demonstration to its end; on one that is there already this takes a moment."""
    from regulars import demo as demonstration  # noqa: PLC0415 - reads the data's engine.

    prepare(place, up_to_date=True)
    with opened(place) as app, demonstration.alone(app.database, Waiting().say):
        if not demonstration.is_finished(app.database):
            demonstration.found(app.database)
            load_unfinished(place, days)


def load_unfinished(place: Place, days: int | None) -> None:
    from regulars import demo as demonstration  # noqa: PLC0415

    password = demonstration.password_of(place.settings.folder)
    with opened(place, options=SWIFT) as app, Telling() as telling:
        length = {} if days is None else {"days": days}
        demonstration.load(app, password, telling.say, **length)
        telling.say("The planted data set", 0, 1)
        with demonstration.timed(app.database, "planted"):
            demonstration.keep_planted(app, load_planted(place, password))
        demonstration.finish(app.database)


def figures(place: Place) -> dict[str, object]:
    from regulars import demo as demonstration  # noqa: PLC0415

    with opened(place) as app:
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


class Waiting:
    """Says once that somebody else is at work."""

    def __init__(self) -> None:
        self._said = False

    def say(self) -> None:
        if not self._said:
            say("Another process loads the demonstration; waiting for it.")
            self._said = True


class Telling:
    """Progress: a bar on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=OUT,
            disable=not OUT.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("Loading", total=1, count="")
        self._told = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, what: str, done: int, total: int) -> None:
        count = f"{done} of {total} days" if done else ""
        self._bar.update(self._task, description=what, completed=done, total=total, count=count)
        if not OUT.is_terminal and (done % max(1, total // PLAIN_LINES) == 0 or done == total):
            line = f"{what} ({count})" if done else what
            if line != self._told:
                say(line)
                self._told = line
