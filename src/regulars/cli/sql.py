"""`regulars sql`: a shell that only reads, over the whole history, on DuckDB or Spark."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from regulars import access
from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import acting, working
from regulars.cli.report import EXIT_FOUND, errors_told, say
from regulars.cli.sql_output import Format, put_out
from regulars.cli.sql_shell import HELP, piped, run_shell, typed
from regulars.kernel import Invalid

if TYPE_CHECKING:
    from regulars.analytics import Engine
    from regulars.app import App

HISTORY = "sql-history"


@cli.command("sql")
def ask_in_sql(
    statement: Annotated[
        str | None, typer.Argument(metavar="STATEMENT", help="What to run; without one, a shell opens.")
    ] = None,
    *,
    command: Annotated[str | None, typer.Option("-c", "--command", help="The same as STATEMENT.")] = None,
    ask: Annotated[str | None, typer.Option(metavar="NAME", help="Run a ready statement.")] = None,
    asks: Annotated[bool, typer.Option("--asks", help="List the ready statements.")] = False,
    kind: Annotated[
        Format,
        typer.Option("--format", help="table (100 rows at most), csv, json (a row a line) or parquet."),
    ] = "table",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answer here.")] = None,
    engine: Annotated[
        Literal["duckdb", "spark"], typer.Option(help="duckdb; or spark, with the extra spark and Java.")
    ] = "duckdb",
    master: Annotated[
        str, typer.Option(help="Of Spark: this machine, or the address of one that reaches the lake's files.")
    ] = "local[*]",
    contacts: Annotated[
        bool, typer.Option("--contacts", help="Show contact details, which are masked otherwise; audited.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Ask the whole history in SQL: events, orders, order_lines, ledger_entries, messages, persons.

    It only reads. Statements may come from the standard input, too.
    """
    with errors_told():
        from regulars import analytics  # noqa: PLC0415 - what reads files takes a moment to load.

        if asks:
            say_ready()
            return
        ready = None if ask is None else analytics.ready(ask)
        given = [one for one in (statement, command, ready) if one is not None]
        check(given, kind, output)
        with working(workspace) as app:
            admit(app, by, contacts=contacts)
            texts = [one if isinstance(one, str) else one.of(app.zone) for one in given]
            failed = Desk(app, engine, master=master, contacts=contacts).run_all(texts, kind, output)
        raise typer.Exit(EXIT_FOUND if failed else 0)


def check(given: Sequence[object], kind: Format, output: Path | None) -> None:
    if len(given) > 1:
        raise Invalid("Give one statement: as argument, with --command or with --ask.")
    if output is not None and not given:
        raise Invalid("--output takes the answer of one statement; give the statement, too.")
    if kind == "parquet" and output is None:
        raise Invalid("Parquet is no text for a screen; name a file with --output.")


def say_ready() -> None:
    from regulars import analytics  # noqa: PLC0415

    for one in analytics.READY:
        typer.echo(f"{one.name:20} {one.about}")


def admit(app: "App", by: str | None, *, contacts: bool) -> None:
    """Let in who may; that somebody sees contact details is written into the audit."""
    with app.database.transaction() as tx:
        actor = acting(tx, by)
        access.require(actor, "events.export")
        if contacts:
            access.require(actor, "customers.view_contacts")
            access.recorded(
                tx,
                actor,
                "events.export",
                subject_kind="workspace",
                subject=app.settings.workspace,
                before=None,
                after={"contacts": True},
                at=app.now(tx),
            )


class Desk:
    """Runs statements over the history as of now.

    An open engine keeps files of the lake from being erased, so that none is held while somebody thinks.
    """

    def __init__(
        self, app: "App", engine: Literal["duckdb", "spark"], *, master: str, contacts: bool
    ) -> None:
        self._app = app
        self._name = engine
        self._master = master
        self._contacts = contacts
        self._held: Engine | None = None

    def run_all(self, given: Sequence[str], kind: Format, output: Path | None) -> int:
        """Run what is given, else what is typed or piped in; gives how many statements failed."""
        if given:
            self._put_out(given[0], kind, output)
            return 0
        if sys.stdin.isatty():
            say(f"Each answer is as of now, on {self._name}. A statement ends with a semicolon; see .help.")
            # What is typed about people who are shown is not kept.
            history = None if self._contacts else self._app.settings.folder / HISTORY
            run_shell(typed(history), lambda one: self._step(one, kind))
            return 0
        with self._engine() as self._held:
            return run_shell(piped(), lambda one: self._step(one, kind))

    @contextmanager
    def _engine(self) -> "Iterator[Engine]":
        from regulars import analytics  # noqa: PLC0415

        if self._held is not None:
            yield self._held
            return
        with analytics.open_engine(
            self._app.lake, self._name, contacts=self._contacts, master=self._master
        ) as engine:
            yield engine

    def _step(self, text: str, kind: Format) -> bool:
        """Run a statement or a command with a point; says whether the shell goes on."""
        if not text.startswith("."):
            self._put_out(text, kind, None)
            return True
        word, _, rest = text.rstrip(";").partition(" ")
        match word:
            case ".quit" | ".exit":
                return False
            case ".tables":
                say("\n".join([*(table.name for table in self._app.lake.tables), "persons"]))
            case ".columns" if rest.strip().isidentifier():
                self._say_columns(rest.strip())
            case ".asks":
                say_ready()
            case ".ask":
                self._ask(rest.strip(), kind)
            case _:
                say(HELP)
        return True

    def _ask(self, name: str, kind: Format) -> None:
        from regulars import analytics  # noqa: PLC0415

        self._put_out(analytics.ready(name).of(self._app.zone), kind, None)

    def _say_columns(self, table: str) -> None:
        from regulars import analytics  # noqa: PLC0415

        with self._engine() as engine:
            for field in engine.ask(f"select * from {table} limit 0").schema:  # noqa: S608
                say(
                    f"{field.name:24} {field.type!s:24} {analytics.meaning(table, field.name) or ''}".rstrip()
                )

    def _put_out(self, text: str, kind: Format, output: Path | None) -> None:
        with self._engine() as engine:
            put_out(engine.ask(text), kind, output)
