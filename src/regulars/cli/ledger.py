"""`regulars ledger`: the proof that every book adds up."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from regulars.cli.commands import Workspace, cli
from regulars.cli.configuring import working
from regulars.cli.report import EXIT_FOUND, counted, errors_told

ledger_cli = typer.Typer(no_args_is_help=True, help="The points ledger: proving that it adds up.")
cli.add_typer(ledger_cli, name="ledger")


@ledger_cli.command()
def check(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    workspace: Workspace = None,
) -> None:
    """Prove that every account, entry, lot and hold agrees. Ends with 1 and says where something breaks."""
    from regulars import loyalty  # noqa: PLC0415 - commands load what they need.

    with errors_told(), working(workspace) as app:
        with app.database.transaction() as tx:
            balances = [loyalty.trial_balance(tx, one.key) for one in loyalty.programmes(tx)]
            findings = loyalty.check_ledger(tx)
        if as_json:
            told = {
                "programmes": [{"programme": one.programme, "total": one.total} for one in balances],
                "findings": [asdict(one) for one in findings],
            }
            typer.echo(json.dumps(told, indent=2))
            raise typer.Exit(EXIT_FOUND if findings else 0)
        for balance in balances:
            typer.echo(f"{balance.programme}: the trial balance is {balance.total:,}")
            for line in balance.lines:
                typer.echo(f"  {line.account:16} {line.amount:>18,} {line.currency}")
        for finding in findings:
            typer.echo(f"{finding.path}: {finding.message}")
        said = counted(len(findings), "place")
        typer.echo(f"Something breaks in {said}." if findings else "Everything agrees with everything.")
        raise typer.Exit(EXIT_FOUND if findings else 0)
