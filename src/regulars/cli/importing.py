"""`regulars import`: a file taken in from the command line, with its progress, without questions."""

import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import acting, working
from regulars.cli.report import EXIT_FOUND, counted, errors_told, say
from regulars.kernel import Invalid

if TYPE_CHECKING:
    from datetime import datetime

    from regulars.app import App
    from regulars.imports import Findings, Import

TELL_EVERY_S = 2.0
ALWAYS_PARTS = 2


@cli.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Excel, JSON Lines, JSON or Parquet.")],
    *,
    what: Annotated[
        str | None,
        typer.Option(
            help="customers, events, orders, products, stores, consents or balances; else as it looks."
        ),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="Key of a live import mapping; else remembered or suggested.")
    ] = None,
    always: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="The same for every row, as currency=EUR.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="What the events name as their source.")] = None,
    cut_over: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="What occurred before it is history; else now.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show; write nothing.")] = False,
    bad_rows: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write the rows that could not be used here.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Import a file as history. Ends with 0 when every row could be used, with 1 when not."""
    with errors_told():
        if not file.is_file():
            raise Invalid(f"There is no file {file}.")
        with working(workspace) as app:
            one = taken_in(app, file, by)
            chosen(
                app,
                one,
                what=what,
                mapping=mapping,
                always=always or (),
                source=source,
                cut_over=cut_over,
                by=by,
            )
            bad = checked(app, one) if dry_run else run(app, one, by)
            if bad_rows is not None and not dry_run:
                write_bad(app, one, bad_rows)
        raise typer.Exit(EXIT_FOUND if bad else 0)


def taken_in(app: "App", file: Path, by: str | None) -> "Import":
    from regulars import imports  # noqa: PLC0415 - it loads DuckDB.

    settings = app.settings
    with file.open("rb") as stream:
        kept = imports.keep(settings.imports, stream, name=file.name, bytes_max=settings.import_bytes_max)
    with app.database.transaction() as tx:
        one = imports.take_in(tx, acting(tx, by), kept, at=app.now(tx))
        for same in imports.same_content(tx, one)[:1]:
            say(f"The very same file was imported before, as {same.id} ({same.state}).")
    say(f"{file.name}: {counted(one.rows, 'row')} in {counted(len(one.columns.columns), 'column')}, {one.id}")
    return one


def chosen(
    app: "App",
    one: "Import",
    *,
    what: str | None,
    mapping: str | None,
    always: "list[str] | tuple[str, ...]",
    source: str | None,
    cut_over: str | None,
    by: str | None,
) -> None:
    from regulars import definitions, imports  # noqa: PLC0415

    known = next((kind for kind in imports.WHATS if kind == what), None)
    if what is not None and known is None:
        raise Invalid(f"Nothing is called {what!r}; import one of: {', '.join(imports.WHATS)}.")
    with app.database.transaction() as tx:
        if mapping is not None:
            found = imports.mapping_of(tx, mapping)
        else:
            suggested = imports.suggestion(tx, one, zone=app.zone, what=known)
            say(suggested.from_where)
            found = suggested.mapping
        plain: dict[str, Any] = definitions.canonical(found)
        plain["constants"] = {**plain.get("constants", {}), **dict(map(_always, always))}
        if source is not None:
            plain["source"] = source
        for column, field in plain["columns"].items():
            say(f"  {column} → {field}")
        instant = _instant(cut_over) if cut_over else None
        imports.choose(tx, acting(tx, by), one.import_id, plain, cut_over=instant)


def _always(text: str) -> tuple[str, str]:
    parts = text.split("=", 1)
    if len(parts) != ALWAYS_PARTS or not parts[0] or not parts[1]:
        raise Invalid(f"Write --always as field=value, such as currency=EUR; found {text!r}.")
    return parts[0], parts[1]


def _instant(text: str) -> "datetime":
    from datetime import datetime  # noqa: PLC0415

    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Invalid(f"Write the cut-over with its offset, as 2025-03-01T00:00:00+01:00; found {text!r}.")
    return read


def checked(app: "App", one: "Import") -> int:
    """The dry run, told; gives how many rows are bad."""
    from regulars import imports  # noqa: PLC0415

    with app.database.transaction() as tx:
        at = app.now(tx)
    home = app.settings.imports
    found = imports.check_import(app.database, home, one.import_id, Telling(), at=at, zone=app.zone)
    told(found)
    say("Nothing was written.")
    return found.bad


def told(found: "Findings") -> None:
    say(
        f"{counted(found.good, 'row')} can be used, {found.bad:,} cannot; {found.history:,} of "
        f"{found.units:,} is history."
    )
    say(f"{found.things - found.known:,} new {found.thing}, {found.known:,} known.")
    for kind in found.kinds:
        where = f"{kind.column}: " if kind.column else ""
        say(f"  {kind.rows:,} × {where}{kind.message} (row {kind.examples[0].row})")
    for line in found.sums[:31]:
        say(f"  {line.day} {line.orders:>7,} orders {line.total:>14} {line.currency}")


def run(app: "App", one: "Import", by: str | None) -> int:
    from regulars import imports  # noqa: PLC0415

    with app.database.transaction() as tx:
        at = app.now(tx)
        imports.ask_run(tx, acting(tx, by), one.import_id, at=at, job=False)
    began = monotonic()
    done = imports.run_import(app.database, app.settings.imports, one.import_id, Telling())
    seconds = max(0.01, monotonic() - began)
    say(
        f"{done.accepted:,} rows taken in, {done.bad:,} bad, {(done.accepted + done.bad) / seconds:,.0f} "
        "rows a second."
    )
    say("Profiles and orders follow…")
    app.catch_up(at)
    return done.bad


def write_bad(app: "App", one: "Import", into: Path) -> None:
    from regulars import imports  # noqa: PLC0415

    with app.database.transaction() as tx, into.open("w", encoding="utf-8", newline="") as written:
        for line in imports.as_csv(one.columns.names, imports.all_bad_rows(tx, one.import_id)):
            written.write(line)
    say(f"The rows that could not be used stand in {into}.")


class Telling:
    """Prints progress now and again."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._told = 0.0
        self._first: int | None = None

    def __call__(self, done: int, total: int, message: str, unit: str) -> None:
        now = monotonic()
        self._first = done if self._first is None else self._first
        if now - self._told < TELL_EVERY_S or not sys.stderr:
            return
        self._told = now
        rate = (done - self._first) / max(0.01, now - self._began)
        left = f", {(total - done) / rate:,.0f} s left" if rate > 0 else ""
        say(f"{message}: {done:,} of {total:,} {unit}{left}")
