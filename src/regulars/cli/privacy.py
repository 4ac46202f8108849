"""`regulars privacy`: copies, erasures and the record of processing from the command line."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import acting, working
from regulars.cli.report import EXIT_FOUND, counted, errors_told, say
from regulars.kernel import Invalid, NotFound, parse_public_id

if TYPE_CHECKING:
    from regulars.app import App
    from regulars.db import Tx

group = typer.Typer(no_args_is_help=True, help="What customers may ask of their data.")
cli.add_typer(group, name="privacy")

Who = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="cus_…, or a user id, an e-mail address or a phone number.")
]
By = Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")]
KINDS = ("user_id", "email", "phone", "anonymous_id")


@group.command("export")
def export_copy(
    customer: Who,
    *,
    output: Annotated[Path | None, typer.Option(metavar="ZIP", help="Where to write; else here.")] = None,
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Write the archive of everything that is held of a customer: a page, JSON and tables."""
    from regulars import privacy  # noqa: PLC0415 - it takes a second to import.

    with errors_told(), working(workspace) as app:
        with app.database.transaction() as tx:
            actor, number = acting(tx, by), find(tx, customer)
            asked = privacy.order_copy(tx, actor, number, at=app.now(tx))
        made = app.copier.make(asked.copy_id, _say)
        with app.database.transaction() as tx:
            actor = acting(tx, by)
            found, path = privacy.fetch_copy(
                tx, actor, made.copy_id, folder=app.settings.copies, at=app.now(tx)
            )
        into = output or Path(found.file_name)
        shutil.copyfile(path, into)
        into.chmod(0o600)
        say(f"{into} holds {counted(found.rows or 0, 'entry').replace('entrys', 'entries')}.")


@group.command()
def erase(
    customer: Who,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Erase a customer from database, lake and files. Ends with 1 when something is still to be done."""
    from regulars import privacy  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        with app.database.transaction() as tx:
            actor, number = acting(tx, by), find(tx, customer)
            foreseen = privacy.foresee_erasure(tx, number)
        if not yes:
            say(f"{foreseen.profiles} profiles go, {foreseen.orders} orders stay as amounts.")
            for name in foreseen.taken_out:
                say(f"The live definition {name} will no longer name them.")
            for name in foreseen.stay:
                say(f"The live definition {name} stays as it is. {privacy.STAYS}")
            typer.confirm("Erase this customer? It cannot be undone.", abort=True)
        with app.database.transaction() as tx:
            asked = privacy.start_erasure(tx, actor, number, at=app.now(tx))
        app.eraser.run(asked.erasure_id, _say)
        if not show(app, asked.erasure_id):
            raise typer.Exit(EXIT_FOUND)


@group.command()
def status(
    erasure: Annotated[str | None, typer.Argument(metavar="ERASURE", help="ers_…; else all open.")] = None,
    *,
    workspace: Workspace = None,
) -> None:
    """Tell how erasures stand. Ends with 1 when one is not done."""
    from regulars import privacy  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        if erasure is not None:
            is_done = show(app, parse_public_id("ers", erasure))
        else:
            with app.database.transaction() as tx:
                waiting = privacy.erasures(tx, state="open").items
            for one in waiting:
                say(f"{one.public_id} {one.customer}: {one.words}, asked for by {one.requested_by}.")
            is_done = not waiting
            if is_done:
                say("No erasure is open.")
        if not is_done:
            raise typer.Exit(EXIT_FOUND)


@group.command()
def replay(workspace: Workspace = None) -> None:
    """Erase anew whom a database brought back that was restored by other means than `regulars restore`."""
    from regulars import privacy  # noqa: PLC0415

    with errors_told(), working(workspace) as app:
        file = app.settings.erasures
        if not file.is_file():
            raise NotFound(f"There is no list of the erased in {file}. Bring it there: no backup holds it.")
        with app.database.transaction() as tx:
            asked = privacy.replay_erasures(tx, file, at=app.now(tx))
        say(f"{counted(asked, 'customer')} who had been erased: erased again when a worker runs.")


@group.command("record")
def print_record(
    *,
    form: Annotated[str, typer.Option("--format", help="json, csv or html.")] = "json",
    workspace: Workspace = None,
) -> None:
    """Print the record of processing as the configuration has it now."""
    from regulars import privacy  # noqa: PLC0415

    forms: dict[str, Any] = {
        "json": lambda found: json.dumps(privacy.as_plain(found), default=str, indent=1),
        "csv": privacy.as_csv,
        "html": privacy.as_html,
    }
    with errors_told(), working(workspace) as app:
        if form not in forms:
            raise Invalid(f"The record is not written as {form!r}; name json, csv or html.")
        with app.database.transaction() as tx:
            found = app.processing(tx)
        typer.echo(forms[form](found), nl=form == "json")


def find(tx: "Tx", named: str) -> int:
    """The customer behind whatever they are known by; raises NotFound, also when it is several."""
    from regulars import customers  # noqa: PLC0415

    if named.startswith("cus_"):
        return customers.get(tx, parse_public_id("cus", named)).customer_id
    for kind in KINDS:
        found = customers.find(tx, kind, named)
        if found is not None:
            return found
    raise NotFound(f"Nobody, or more than one, is known by {named!r}. Name the customer as cus_….")


def show(app: "App", erasure_id: int) -> bool:
    """Print the certificate; whether it is done."""
    from regulars import privacy  # noqa: PLC0415

    with app.database.transaction() as tx:
        one = privacy.erasure(tx, erasure_id)
    say(f"{one.public_id} {one.customer}: {one.words}.")
    for place, number in one.places:
        say(f"  {place}: {number:,}")
    if one.people > 1:
        say(f"  The rows are of all {one.people:,} who were erased together.")
    for name in one.taken_out:
        say(f"  The live definition {name} no longer names them.")
    for name in one.stayed:
        say(f"  The live definition {name} names what they were known by too, and was left as it is.")
    if one.left_over:
        say(f"  Rewritten at night: {', '.join(one.left_over)}")
    if one.problem:
        say(f"  The last run stopped: {one.problem}")
    return one.state == "done"


def _say(done: int, total: int, message: str, _unit: str) -> None:
    say(f"{done + 1}/{total} {message}")
