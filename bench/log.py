"""Appended and sequenced events a second, against writers that insert into the same indexed table.

Four writers send batches of 100, each batch a transaction. Ours: into the inbox, with a sequencer beside
them, until the last event stands in the log. Reference: into a table with the log's indexes and a unique
message id, repeats ignored. The two alternate, each time on a fresh database. Then one reader sums the
whole log by customer.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from uuid import uuid4

from psycopg.conninfo import make_conninfo

from regulars.db import Database, Tx, create_database, drop_database, migrate
from regulars.db.launcher import start
from regulars.log import NewEvent, Reader, ReaderRunner, Sequencer, Span, append
from regulars.log.admission import admit

WRITERS, BATCH = 4, 100
SIZES = {"small": (15_000, 3), "full": (250_000, 3)}  # Events of a writer, and rounds.
START = datetime(2025, 1, 1, tzinfo=UTC)

REFERENCE = """
create table direct (
    position bigint generated always as identity primary key,
    received_at timestamptz not null default clock_timestamp(), message_id text collate "C" not null unique,
    source text collate "C" not null, type text collate "C" not null, name text collate "C" not null,
    user_id text, anonymous_id text, customer_id bigint, occurred_at timestamptz not null,
    properties jsonb not null, context jsonb, history boolean not null, schema_version integer not null,
    hops integer not null
);
create index on direct (customer_id, occurred_at desc, position desc);
"""
INSERT = """
insert into direct (message_id, source, type, name, user_id, anonymous_id, customer_id, occurred_at,
                    properties, context, history, schema_version, hops)
select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                     %s::timestamptz[], %s::jsonb[], %s::jsonb[], %s::boolean[], %s::integer[], %s::integer[])
on conflict (message_id) do nothing
"""
SUMS = "create table sums (customer_id bigint primary key, events bigint not null)"
ADD = """
insert into sums (customer_id, events)
select customer_id, count(*) from log.fact_event where position > %s and position <= %s group by 1 order by 1
on conflict (customer_id) do update set events = sums.events + excluded.events
"""


def batches(writer: int, events: int) -> list[list[NewEvent]]:
    def one(number: int) -> NewEvent:
        return NewEvent(
            message_id=uuid4().hex,
            name="Product Viewed",
            occurred_at=START + timedelta(seconds=number),
            properties={"product_id": str(number % 997), "price": number % 50 + 0.5, "path": "/shop/shelf"},
            customer_id=number * 7919 % 50_000 + writer,
            source="bench",
        )

    numbers = range(events)
    return [[one(n) for n in numbers[at : at + BATCH]] for at in range(0, events, BATCH)]


def insert_directly(tx: Tx, events: list[NewEvent]) -> None:
    tx.execute(INSERT, [list(column) for column in zip(*map(admit, events), strict=True)])


def write(
    dsn: str, writer: int, events: int, send: Callable[[Tx, list[NewEvent]], object], gate: object
) -> None:
    prepared = batches(writer, events)
    with Database(dsn) as database, database.connect() as tx:
        gate.wait()  # type: ignore[attr-defined]
        for batch in prepared:
            send(tx, batch)
            tx.commit()


def keep_sequencing(dsn: str) -> None:
    with Database(dsn) as database:
        sequencer = Sequencer(database, lambda _: None)
        while True:
            if not sequencer.run_once(datetime.now(UTC)):
                sleep(0.005)
            sequencer.tidy()


def timed_writers(dsn: str, events: int, send: Callable[[Tx, list[NewEvent]], object]) -> float:
    """Seconds from the moment all writers are ready until the last is done."""
    gate = multiprocessing.Barrier(WRITERS + 1)
    writers = [
        multiprocessing.Process(target=write, args=(dsn, writer, events, send, gate))
        for writer in range(WRITERS)
    ]
    for process in writers:
        process.start()
    gate.wait()
    began = perf_counter()
    for process in writers:
        process.join()
    return perf_counter() - began


def measure_ours(dsn: str, events: int) -> dict[str, float]:
    total = events * WRITERS
    with Database(dsn) as database:
        migrate(database)
    sequencing = multiprocessing.Process(target=keep_sequencing, args=(dsn,), daemon=True)
    sequencing.start()
    seconds = timed_writers(dsn, events, append)
    with Database(dsn) as database:
        stopped = perf_counter()
        at_stop = sequenced(database)
        while sequenced(database) < total:
            sleep(0.005)
        drain = perf_counter() - stopped
        sequencing.kill()
        sequencing.join()
        return {
            "ours": total / (seconds + drain),
            "sustained_events_per_s": at_stop / seconds,
            "drain_s": drain,
            "reader_events_per_s": total / timed_reader(database, total),
        }


def sequenced(database: Database) -> int:
    with database.transaction() as tx:
        return int(tx.execute("select next_position - 1 from log.sequencer").fetchone()[0])  # type: ignore[index]


def timed_reader(database: Database, total: int) -> float:
    def apply(tx: Tx, span: Span) -> None:
        tx.execute(ADD, (span.after, span.to))

    with database.transaction() as tx:
        tx.execute(SUMS)
    runner = ReaderRunner(database, Reader(name="sums", apply=apply))
    runner.register()
    began = perf_counter()
    while runner.run_once():
        pass
    seconds = perf_counter() - began
    with database.transaction() as tx:
        assert tx.execute("select sum(events) from sums").fetchone() == (total,)
    return seconds


def measure_reference(dsn: str, events: int) -> float:
    with Database(dsn) as database, database.transaction() as tx:
        tx.execute(REFERENCE)
    return events * WRITERS / timed_writers(dsn, events, insert_directly)


@contextmanager
def fresh(dsn: str, number: int) -> Iterator[str]:
    name = f"regulars_bench_{os.getpid()}_{number}"
    create_database(dsn, name)
    yield make_conninfo(dsn, dbname=name)
    drop_database(dsn, name)


@contextmanager
def served() -> Iterator[str]:
    given = os.environ.get("REGULARS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder, start(Path(folder)) as server:
        yield server.dsn("postgres")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    events, rounds = SIZES[parser.parse_args().size]
    ours, reference = [], []
    with served() as dsn:
        for number in range(rounds):
            with fresh(dsn, 2 * number) as database:
                reference.append(measure_reference(database, events))
            with fresh(dsn, 2 * number + 1) as database:
                ours.append(measure_ours(database, events))
    figures = {key: median(run[key] for run in ours) for key in ours[0]}
    against = median(reference)
    print(json.dumps(
        {
            "name": "log",
            "ours": round(figures.pop("ours")),
            "reference": round(against),
            "ratio": round(median(run["ours"] for run in ours) / against, 3),
            **{key: round(figure, 3) for key, figure in figures.items()},
            "events_per_run": events * WRITERS,
        }
    ))  # fmt: skip


if __name__ == "__main__":
    main()
