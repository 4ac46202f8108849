"""`regulars webhooks list` and `replay`: how webhooks stand, and sending again."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from regulars.access import Actor
from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import acting, working
from regulars.cli.report import counted, errors_told
from regulars.db import Tx
from regulars.kernel import Invalid, parse_public_id, public_id

if TYPE_CHECKING:
    from regulars.app import App

group = typer.Typer(no_args_is_help=True, help="Webhooks: how they stand, and sending again.")
cli.add_typer(group, name="webhooks")
DAY = timedelta(days=1)


@group.command("list")
def list_webhooks(workspace: Workspace = None) -> None:
    """Show every webhook: how it stands, what waits, what failed, and the last 24 hours."""
    from regulars import definitions, webhooks  # noqa: PLC0415 - loading them takes a while.

    with errors_told(), working(workspace) as app, app.database.transaction() as tx:
        standing, counts = webhooks.endpoints(tx), webhooks.open_counts(tx)
        tallies = webhooks.tallies(tx, app.wall.now() - DAY)
        heads = definitions.heads(tx, kind=webhooks.WEBHOOK.name, limit=200).items
        for head in heads:
            stands, count, tally = standing.get(head.key), counts.get(head.key), tallies.get(head.key)
            state = stands.state if stands and head.live else "draft" if not head.live else "active"
            arrived, failed = (tally.delivered, tally.failed) if tally else (0, 0)
            waiting, lost = (count.waiting, count.failed) if count else (0, 0)
            typer.echo(
                f"{head.key:32} {state:8} {waiting:>8,} waiting {lost:>8,} failed for good; "
                f"in 24 hours {arrived:,} arrived, {failed:,} attempts did not"
            )
        if not heads:
            typer.echo("There is no webhook yet; one is made under Data, Webhooks in the console.")


@group.command("replay")
def replay(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Of the webhook.")],
    *,
    delivery: Annotated[str | None, typer.Option(metavar="ID", help="One delivery, as whd_z8.")] = None,
    failed_since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="What was written down since then and failed.")
    ] = None,
    failed_until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="And before then; else up to now.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Everything booked from then on.")
    ] = None,
    position: Annotated[
        int | None, typer.Option(min=1, help="Everything from this position of the log on.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="As whom; their level counts.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Send again with the same webhook-id: one delivery, what failed, or everything since a point."""
    with errors_told():
        if sum(one is not None for one in (delivery, failed_since, since, position)) != 1:
            raise Invalid("Say what: one of --delivery, --failed-since, --since and --position.")
        with working(workspace) as app, app.database.transaction() as tx:
            actor = acting(tx, by)
            if delivery is not None:
                told = _one(app, tx, actor, key, delivery)
            elif failed_since is not None:
                told = _failed(app, tx, actor, key, instant(failed_since), failed_until)
            else:
                told = _since(app, tx, actor, key, instant(since) if since else None, position)
        typer.echo(told)


def _one(app: "App", tx: Tx, actor: Actor, key: str, delivery: str) -> str:
    from regulars import webhooks  # noqa: PLC0415

    number, now = parse_public_id("whd", delivery), app.wall.now()
    webhooks.replay(tx, actor, key, number, at=app.now(tx), now=now)
    return f"{delivery} goes out again with the next look of the worker."


def _failed(app: "App", tx: Tx, actor: Actor, key: str, since: datetime, until: str | None) -> str:
    from regulars import webhooks  # noqa: PLC0415

    now = app.wall.now()
    end = instant(until) if until else now
    count = webhooks.replay_failed(tx, actor, key, since=since, until=end, at=app.now(tx), now=now)
    many = "1 delivery goes" if count == 1 else f"{count:,} deliveries go"
    return f"{many} out again to {key}."


def _since(app: "App", tx: Tx, actor: Actor, key: str, since: datetime | None, position: int | None) -> str:
    from regulars import webhooks  # noqa: PLC0415

    asked = webhooks.replay_since(
        tx, actor, key, since=since, position=position, at=app.now(tx), now=app.wall.now()
    )
    job = public_id("job", asked.job_id)
    return (
        f"The job {job} goes through {counted(asked.events, 'event')} from position {asked.first} on; "
        f"the worker does it.{' What is older stands in the lake alone.' if asked.older_asked else ''}"
    )


def instant(text: str) -> datetime:
    """With its zone, or a day of UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text[:40]!r} is no instant; write it as 2025-03-01T09:00:00Z.") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read
