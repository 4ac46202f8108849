"""`regulars lake` and the doctor's look at it, on a workspace whose lake is damaged and mended."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from regulars import log
from regulars.cli import doctoring, lake  # noqa: F401 - they add commands.
from regulars.cli.commands import cli
from regulars.db import Database
from tests.integration.analytics.lake_of import START, happen
from tests.integration.analytics.test_lake import pieces_of

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process, which saves loading everything for each."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database.dsn)
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    return lambda *words: CliRunner().invoke(cli, list(words))


def test_the_lake_is_exported_thinned_damaged_and_mended_by_command(
    database: Database, tmp_path: Path, run: Run
) -> None:
    pieces_of(database, 100)
    happen(database, 80, name="identify")
    happen(database, 70, first=80)
    with database.transaction() as tx:
        tx.execute("update log.event set type = 'identify' where name = 'identify'")
        log.stand(tx, START + timedelta(days=500))

    assert "events: 150 rows" in run("lake", "export").output
    assert "files written together" in run("lake", "compact").output
    assert "No piece of the log" in run("lake", "drop").output  # Nobody asked for it.
    status = run("lake", "status")
    assert status.exit_code == 0 and "150 of 150 events are in it" in status.output
    told = json.loads(run("lake", "status", "--json").output)
    assert (told["head"], told["watermark"], told["tables"][0]["rows"]) == (150, 150, 150)

    file = next((tmp_path / "lake" / "main" / "events").glob("*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    status = run("lake", "status")
    assert status.exit_code == 1 and "bytes instead of" in status.output
    looked = json.loads(run("doctor", "--json").output)
    assert any(one["name"] == "lake" and one["state"] == "problem" for one in looked)
    assert run("lake", "drop", "--keep-days", "9").exit_code != 0
    file.write_bytes(whole)
    assert "bytes instead of" not in run("lake", "status").output

    dropped = run("lake", "drop", "--keep-days", "9").output
    assert "Positions 1 to 100: 20 events left PostgreSQL, 80 stay." in dropped
    shutil.rmtree(tmp_path / "lake" / "main" / "events")
    mended = run("lake", "mend")
    assert mended.exit_code != 0 and "Bring the lake back from a backup" in mended.output + mended.stderr
