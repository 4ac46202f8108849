"""A shop of random people in PostgreSQL and the lake, and sources of facts of every sort that only these tests know."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from psycopg.conninfo import conninfo_to_dict

from regulars import analytics
from regulars.analytics import Lake, Place
from regulars.conditions import SOURCES, register
from regulars.db import Database, drop_database
from regulars.wiring import LAKE
from tests.integration.conditions import drawn_people, kept
from tests.integration.conditions.history import World

PEOPLE = 120


@pytest.fixture(autouse=True)
def sources() -> Iterator[None]:
    register(*kept.SOURCES)
    yield
    for one in kept.SOURCES:
        del SOURCES[one.name]


@dataclass(frozen=True)
class Shop:
    world: World
    database: Database
    lake: Lake


@pytest.fixture(scope="package")
def shop(server, tmp_path_factory) -> Iterator[Shop]:
    """Half of the events stand in files only, the others are recent; orders are in files. To be read, not changed."""
    world = drawn_people.world(Random(5), PEOPLE)
    dsn = server.clone()
    with Database(dsn) as database:
        with database.transaction() as tx:
            kept.keep(tx, world)
            world = kept.reached(tx, world)
            events = tx.execute("select count(*) from log.event").fetchone()[0]
            tx.execute("update log.sequencer set next_position = %s", [events // 2])
        place = Place(root=str(tmp_path_factory.mktemp("lake")))
        lake = Lake(database=database, place=place, tables=LAKE)
        analytics.export(lake)
        with database.transaction() as tx:
            tx.execute("update log.sequencer set next_position = %s", [events + 1])
        yield Shop(world, database, lake)
    drop_database(server.dsn, conninfo_to_dict(dsn)["dbname"])
