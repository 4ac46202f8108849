"""The lake: rows exported a second, "all events" against a plain scan of its files, and erasing ten people.

Events are written straight into the log's pieces, as fast as they come; each round is exported and then, as
in a large workspace, leaves PostgreSQL. Read is how often each person did something and when last: once over
everything with the survivor of each person and the hot tail, once over the plain files.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
from psycopg.conninfo import make_conninfo

from regulars import analytics
from regulars.analytics import Lake, Place
from regulars.db import Database, create_database, drop_database, migrate
from regulars.db.launcher import start

SIZES = {"small": (1_000_000, 500_000), "full": (50_000_000, 5_000_000)}  # Events, and of these in a round.
CUSTOMERS, MERGED, TAIL, ERASED, ROUNDS = 200_000, 10_000, 20_000, 10, 5
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
PEOPLE = """
insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at, survivor_id)
overriding system value
select n, %(at)s, %(at)s, %(at)s, case when n > %(customers)s - %(merged)s then n - %(merged)s end
from generate_series(1, %(customers)s::bigint) as n
"""
EVENTS = """
insert into log.event
    (position, booked_at, occurred_at, received_at, customer_id, schema_version, hops, history, message_id,
     source, type, name, user_id, anonymous_id, properties, context)
select n, %(at)s, %(at)s::timestamptz - n %% 86400 * interval '1 second', %(at)s,
       n * 7919 %% %(customers)s + 1, 1, 0, false, 'message-' || n, 'website', 'track',
       (array['Product Viewed', 'Page Seen', 'Search Made'])[n %% 3 + 1], null,
       'anonymous-' || n %% %(customers)s,
       jsonb_build_object('product_id', n %% 9973, 'price', n %% 50 + 0.5, 'path', '/shelf/' || n %% 997),
       '{"userAgent": "Mozilla/5.0", "locale": "en-GB"}'
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
"""
# What happened, who did how much and when last, and what was looked at: the second asks for the survivor.
QUESTIONS = (
    "select name, count(*), min(occurred_at) from {events} group by name",
    "select {person}, count(*), max(occurred_at) from {events} group by {person}",
    "select json_extract_string(properties, '$.product_id') as product, count(*) from {events} group by 1",
)


def fill(database: Database, first: int, last: int, at: datetime) -> None:
    with database.transaction() as tx:
        while tx.execute("select partitioned_to from log.sequencer").fetchone()[0] <= last + 1:  # type: ignore[index]
            tx.execute("select log.make_partition()")
        tx.execute(EVENTS, {"first": first, "last": last, "at": at, "customers": CUSTOMERS})
        tx.execute("update log.sequencer set next_position = %s, booked_at = %s", [last + 1, at])


def exported(database: Database, lake: Lake, events: int, step: int) -> float:
    """Rows exported a second; each round leaves PostgreSQL as soon as a later one is there."""
    seconds = 0.0
    for number, first in enumerate(range(1, events + 1, step)):
        at = BEGINNING + timedelta(days=10 * number)
        fill(database, first, first + step - 1, at)
        began = perf_counter()
        analytics.export(lake)
        seconds += perf_counter() - began
        analytics.drop_old(lake, at + timedelta(days=5))
    return events / seconds


def read(lake: Lake) -> dict[str, float]:
    """Medians of both ways, by turns, over the same files."""
    ours, plain, opening = [], [], []
    for _ in range(ROUNDS):
        began = perf_counter()
        with analytics.open_lake(lake, ["events"]) as snapshot:
            with analytics.open_duckdb(snapshot.relations, snapshot.people, contacts=True) as engine:
                opening.append(perf_counter() - began)
                began = perf_counter()
                for question in QUESTIONS:
                    assert (
                        engine.ask(question.format(events="events", person="person_id")).read_all().num_rows
                    )
                ours.append(perf_counter() - began)
            files = list(snapshot.relation("events").files)
        with duckdb.connect(config={"memory_limit": "4GB"}) as duck:
            began = perf_counter()
            for question in QUESTIONS:
                asked = question.format(events=f"read_parquet({files})", person="customer_id")
                assert duck.sql(asked).to_arrow_reader(50_000).read_all().num_rows
            plain.append(perf_counter() - began)
    return {
        "read_ratio": median(one / other for one, other in zip(ours, plain, strict=True)),
        "read_s": median(ours),
        "plain_read_s": median(plain),
        "open_ms": 1000 * median(opening),
    }


def erased(database: Database, lake: Lake) -> float:
    with database.transaction() as tx:
        analytics.ask_erasure(tx, list(range(1, ERASED + 1)))
    began = perf_counter()
    while analytics.erase(lake).open:
        pass
    return perf_counter() - began


@contextmanager
def served(home: Path) -> Iterator[str]:
    given = os.environ.get("REGULARS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with start(home) as server:
        yield server.dsn("postgres")


def measured(dsn: str, folder: Path, events: int, step: int) -> dict[str, float]:
    with Database(dsn) as database:
        migrate(database)
        with database.transaction() as tx:
            tx.execute(PEOPLE, {"at": BEGINNING, "customers": CUSTOMERS, "merged": MERGED})
            # Sizes that come out even: a piece of the log for each round.
            tx.execute("drop table log.event_0000000000001")
            tx.execute("update log.sequencer set partitioned_to = 1, partition_span = %s", [step])
        lake = Lake(database=database, place=Place(root=str(folder)), keep_days=1)
        rate = exported(database, lake, events, step)
        analytics.compact(lake)
        fill(database, events + 1, events + TAIL, BEGINNING + timedelta(days=9_000))
        figures = read(lake)
        return {"export_rows_per_s": rate, **figures, "erase_s": erased(database, lake)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    events, step = SIZES[parser.parse_args().size]
    name = f"regulars_bench_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder, served(Path(folder) / "home") as dsn:
        create_database(dsn, name)
        figures = measured(make_conninfo(dsn, dbname=name), Path(folder) / "lake", events, step)
        drop_database(dsn, name)
    print(json.dumps(
        {
            "name": "lake",
            "ours": round(figures["read_s"], 3),
            "reference": round(figures["plain_read_s"], 3),
            "ratio": round(figures["read_ratio"], 3),
            **{key: round(figure, 3) for key, figure in figures.items()},
            "export_rows_per_s": round(figures["export_rows_per_s"]),
            "events": events,
        }
    ))  # fmt: skip


if __name__ == "__main__":
    main()
