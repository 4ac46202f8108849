"""`regulars privacy` as people run it."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

from regulars import log
from regulars.app import assemble
from regulars.db import Database
from regulars.settings import read_settings
from tests.acceptance.cli.command import here
from tests.integration.privacy.marked import identify, order


def test_a_customer_is_copied_and_erased_from_the_command_line(database: Database, tmp_path: Path) -> None:
    app = assemble(read_settings(workspace="main", home=tmp_path / "home"), database)
    now = datetime.now(UTC)
    with database.transaction() as tx:
        log.append(tx, [identify("ada", now, email="ada@shop.test"), order("ada", "o-1", now)])
    app.catch_up(now)
    app.sequencer.close()
    at = here(tmp_path / "home", REGULARS_DATABASE_URL=database.dsn)

    copied = at.run("privacy", "export", "ada@shop.test", "--output", str(tmp_path / "ada.zip"))
    unknown = at.run("privacy", "erase", "nobody@shop.test", "--yes")
    erased = at.run("privacy", "erase", "ada@shop.test", "--yes")
    again = at.run("privacy", "status")
    replayed = at.run("privacy", "replay")

    assert copied.code == 0, copied.err
    with zipfile.ZipFile(tmp_path / "ada.zip") as archive:
        assert "ada@shop.test" in archive.read("index.html").decode()
    assert unknown.code != 0
    assert "Nobody, or more than one" in unknown.out + unknown.err
    assert erased.code == 0, erased.out + erased.err
    assert "customers.claim: 1" in erased.err
    assert again.code == 0
    assert "No erasure is open" in again.err
    assert "0 customers who had been erased" in replayed.err, replayed.err
    assert '"what": "Orders"' in at.run("privacy", "record").out
