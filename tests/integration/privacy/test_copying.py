"""The copy of what is held: one archive that people and programs read, from every place, until it expires."""

import csv
import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from regulars import access, analytics, audit, privacy
from regulars.access import Actor
from regulars.db import Database
from tests.integration.privacy.marked import AT, EMAIL, OFFICER, USER, World, closed, live, world

SERVICE = Actor(person_id=None, name="Ana", level=3, function="service_agent", scope=None, via="console")
SELLER = Actor(person_id=None, name="Lea", level=6, function="marketing", scope=None, via="console")


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    yield from closed(world(database, tmp_path))


def test_the_copy_holds_every_place_for_people_and_programs_and_goes_after_a_week(made: World) -> None:
    live(made)
    number, folder = made.find() or 0, made.app.settings.copies
    analytics.export(made.app.lake)
    with made.database.transaction() as tx:  # What stands in the lake alone is in it, too.
        tx.execute("delete from log.event where position = 3")
    with made.database.transaction() as tx, pytest.raises(access.NotAllowed):
        privacy.order_copy(tx, SELLER, number, at=AT)
    with made.database.transaction() as tx:
        asked = privacy.order_copy(tx, SERVICE, number, at=AT)
        assert privacy.order_copy(tx, SERVICE, number, at=AT).copy_id == asked.copy_id
        with pytest.raises(privacy.CopyGone, match="is being made"):
            privacy.open_copy(folder, asked)

    told: list[str] = []
    done = made.app.copier.make(asked.copy_id, lambda _done, _of, message, _unit: told.append(message))

    with made.database.transaction() as tx:
        _, path = privacy.fetch_copy(tx, SERVICE, done.copy_id, folder=folder, at=AT)
        actions = [one.action for one in audit.entries(tx, subject_kind="customer").items]
    assert actions.count("privacy.copy") == 2
    assert actions.count("privacy.download") == 1
    assert len(told) > 10
    with zipfile.ZipFile(path) as archive:
        page, data = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
        traits = list(csv.DictReader(io.StringIO(archive.read("tables/traits.csv").decode())))
    held = {table["title"]: table["rows"] for place in data["places"] for table in place["tables"]}
    for title in (
        "Events", "Refused messages", "Orders", "Order lines", "Points", "Messages", "Form answers", "Traits",
        "Identifiers and contacts", "Consents and wishes", "Groups", "Payloads of connections", "Changes by hand",
    ):  # fmt: skip
        assert held[title], title
    (older,) = [event for event in held["Events"] if event["position"] == 3]
    assert "Zqxwvknew" in older["properties"]
    assert "Zqxwvkstrasse 1" in page
    assert EMAIL in page
    assert "other@shop.test" not in page
    assert "Otto" not in json.dumps(data)
    assert EMAIL in [one["value"] for one in traits if one["name"] == "email"]
    assert path.stat().st_mode & 0o077 == 0

    lost, young = folder / "lost", folder / "young"
    lost.mkdir()
    young.mkdir()
    os.utime(lost, (0, 0))
    os.utime(path.parent, (0, 0))
    with made.database.transaction() as tx:
        assert privacy.expire_copies(tx, AT, folder=folder) == 1
        assert path.exists() and young.exists() and not lost.exists()
        assert privacy.expire_copies(tx, AT + timedelta(days=8), folder=folder) == 1
        with pytest.raises(privacy.CopyGone, match="has expired"):
            privacy.fetch_copy(tx, SERVICE, done.copy_id, folder=folder, at=AT)
    assert not path.exists()


def test_copies_go_with_the_person(made: World) -> None:
    live(made)
    with made.database.transaction() as tx:
        asked = privacy.ask_copy(tx, made.find(USER) or 0, asked_by="customer", by="the customer", at=AT)
    done = made.app.copier.make(asked.copy_id, lambda *_: None)
    path = privacy.open_copy(made.app.settings.copies, done)

    made.erase(actor=OFFICER)

    assert not path.exists()
    with made.database.transaction() as tx:
        assert privacy.copy_of(tx, asked.copy_id).state == "expired"
