"""`regulars export-data`: anything listed as a file, from the command line."""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import acting, working
from regulars.cli.report import counted, errors_told, say
from regulars.kernel import Invalid

if TYPE_CHECKING:
    from regulars.app import App

TELL_EVERY_S = 5.0
PARTS = 2


@cli.command("export-data")
def export_data(
    listing: Annotated[
        str, typer.Argument(metavar="LISTING", help="As orders; `list` prints what there is.")
    ] = "list",
    *,
    form: Annotated[str, typer.Option("--format", help="csv, csv-gzip, parquet or jsonl.")] = "csv",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; else LISTING.csv here.")
    ] = None,
    column: Annotated[list[str] | None, typer.Option(help="One column, several times; else all.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="FILTER=VALUE", help="Narrow it, as status=open or since=2026-03-01."),
    ] = None,
    masked: Annotated[bool, typer.Option("--masked", help="Mask contact details.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="In CSV, leave what a spreadsheet takes for a formula as it is.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Write a list as a file: customers, orders, events and everything else that is listed."""
    with errors_told(), working(workspace) as app:
        if listing == "list":
            print_listings(app)
            return
        write(
            app,
            listing,
            form=form,
            output=output,
            columns=tuple(column or ()),
            by_filter=dict(map(_pair, where or ())),
            contacts=not masked,
            guard=not plain,
            by=by,
        )


def print_listings(app: "App") -> None:
    for one in app.exports.listings:
        by = ", ".join(named.name for named in one.filters)
        typer.echo(f"{one.name:22} {one.text}{f' Narrowed by: {by}.' if by else ''}")


def write(
    app: "App",
    listing: str,
    *,
    form: str,
    output: Path | None,
    columns: tuple[str, ...],
    by_filter: dict[str, str],
    contacts: bool,
    guard: bool,
    by: str | None,
) -> None:
    from regulars import exports  # noqa: PLC0415 - it loads pyarrow.

    kind = next((one for one in exports.FORMATS if one == form), None)
    if kind is None:
        raise Invalid(f"Nothing is written as {form!r}; name one of: {', '.join(exports.FORMATS)}.")
    app.exports.listings.get(listing)
    into = output or Path(f"{listing}{exports.ENDINGS[kind]}")
    with app.database.transaction() as tx:
        actor = acting(tx, by)
    wanted = exports.Wanted(
        listing=listing, format=kind, columns=columns, filter=by_filter, contacts=contacts, guard=guard
    )
    begun = monotonic()
    try:
        made = exports.export_now(app.database, app.exports, actor, wanted, into, Telling())
    except OSError as cause:
        raise Invalid(f"{into} cannot be written ({cause.strerror}). Name another file.") from cause
    seconds = max(0.01, monotonic() - begun)
    speed = f"{made.rows / seconds:,.0f} rows a second"
    say(f"{counted(made.rows, 'row')} in {into}, {made.bytes:,} bytes, {speed}.")


def _pair(text: str) -> tuple[str, str]:
    parts = text.split("=", 1)
    if len(parts) != PARTS or not parts[0]:
        raise Invalid(f"Write --where as filter=value, such as status=open; found {text!r}.")
    return parts[0], parts[1]


class Telling:
    """Prints how many rows there are, now and again."""

    def __init__(self) -> None:
        self._told = monotonic()

    def __call__(self, rows: int) -> None:
        if monotonic() - self._told >= TELL_EVERY_S:
            self._told = monotonic()
            say(f"{rows:,} rows so far…")
