"""What the how-to pages tell others to run, run: following all events with curl, and reading the lake's files."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from regulars import access, analytics, log
from regulars.app import App
from regulars.db import Database
from regulars.wiring import LAKE
from tests.acceptance.console.office import AT, build
from tests.acceptance.intake.tills import Door
from tests.integration.analytics.lake_of import happen

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = build(database)
    with database.transaction() as tx:
        log.let_run(tx)
    yield made
    made.sequencer.close()


@pytest.fixture
def door(app: App, tmp_path: Path) -> Iterator[Door]:
    made = Door(app, tmp_path / "home")
    made.open()
    yield made
    made.close()


def code(page: str, language: str, having: str) -> str:
    """The block of a how-to page that holds a text."""
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return next(
        block for block in re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL) if having in block
    )


def key(app: App) -> str:
    with app.database.transaction() as tx:
        person = access.person_by_email(tx, "ada@example.invalid")
        assert person is not None
        actor = access.actor_of(tx, person.person_id, "console")
        made = access.make_key(tx, actor, name="The warehouse", level=5, function="analysis", at=AT)
    return made.text


def lake_in(app: App, home: Path) -> analytics.Lake:
    place = analytics.Place(root=str(home / "lake" / "main"))
    return analytics.Lake(database=app.database, place=place, tables=LAKE)


def kept(folder: Path) -> list[int]:
    pages = sorted(folder.glob("events-*.jsonl"))
    return [json.loads(line)["position"] for page in pages for line in page.read_text().splitlines()]


def test_the_loop_of_the_how_to_keeps_every_event_once_through_kill_and_export(app: App, door: Door) -> None:
    lake, folder, database = lake_in(app, door.home), door.home / "kept", app.database
    script = code("follow-all-events.md", "sh", "#!/bin/sh").replace("limit=5000", "limit=40")
    given = {"URL": door.address, "KEY": key(app), "DIR": str(folder), "PATH": "/usr/bin:/bin"}

    killed = door.home / "killed"

    def write() -> None:
        for first in range(0, 2_000, 50):
            happen(database, 50, first=first)
            if first % 500 == 0:
                analytics.export(lake.only("events"))
                with database.transaction() as tx:
                    tx.execute("delete from log.event where position %% 3 > 0 and position < %s", (first,))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        # A slow reader may be cut off only after all is written.
        while not (writing.done() and killed.exists()):
            subprocess.run(["sh", "-c", script], env=given, capture_output=True, check=False)
            if len(kept(folder)) > 300 and not killed.exists():
                killed.touch()
                door.close(signal.SIGKILL)
                subprocess.run(["sh", "-c", script], env=given, capture_output=True, check=False)
                door.open()
        writing.result()
    last = subprocess.run(["sh", "-c", script], env=given, capture_output=True, text=True, check=False)

    with database.transaction() as tx:
        head = tx.execute("select max(position) from log.event").fetchone()[0]
    assert last.returncode == 0, last.stderr
    assert head >= 2_000 and kept(folder) == list(range(1, head + 1))
    assert killed.exists() and not list(folder.glob("*.part"))


def test_the_lake_is_read_by_its_list_of_files_without_us(app: App, tmp_path: Path) -> None:
    happen(app.database, 300)
    lake = lake_in(app, tmp_path)
    analytics.export(lake)
    analytics.export_person_map(lake)
    happen(app.database, 20, first=300)
    program = code("read-the-lake-elsewhere.md", "python", "DeltaTable")

    told = subprocess.run(
        [sys.executable, "-c", program.replace("/srv/lake/main", lake.place.root)],
        capture_output=True,
        text=True,
        check=False,
    )

    with app.database.transaction() as tx:
        counted = tx.execute(
            "select count(*), count(distinct customer_id) from log.event where position <= (select max(position) - 20 "
            "from log.event)"
        ).fetchone()
    assert told.stdout.strip() == str(counted), told.stderr
