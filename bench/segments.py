"""Twenty segments over all events at once, beside the same written by hand; what an event costs; how fresh.

Reference: one grouped DuckDB statement as somebody who knows the data would write it, over the same files and
survivors, and the same for PostgreSQL with parallel workers. All give the same answers: it is looked at.
Small: 1M events of 20,000 customers; medium: 10M of 100,000; full: 50M of 1,000,000, of which PostgreSQL
keeps the last 5M.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import psycopg

import _segments_asked as asked
import _segments_data as data
import _segments_fresh as fresh
from regulars import analytics
from regulars.analytics import Lake, Place
from regulars.conditions import compile_conditions, everybody
from regulars.db import Database, create_database, migrate
from regulars.db.launcher import Server, start
from regulars.wiring import LAKE


@dataclass(frozen=True)
class Size:
    events: int
    customers: int
    step: int
    rounds: int
    kept: int | None = None  # Rounds of events that PostgreSQL keeps; None: all.
    postgresql: bool = True  # Whether it is asked all segments, too.


SIZES = {
    "small": Size(events=1_000_000, customers=20_000, step=500_000, rounds=5),
    "medium": Size(events=10_000_000, customers=100_000, step=1_000_000, rounds=5),
    "full": Size(events=50_000_000, customers=1_000_000, step=2_500_000, rounds=3, kept=2, postgresql=False),
}
# Of customers and products a statement of one's own needs what it asks of them, typed.
CUSTOMERS = (
    "select customer_id, traits ->> 'country' as country, traits ->> 'plan' as plan, "
    "(traits ->> 'birthday')::date as birthday from customers.fact_customer"
)
PERSON = "coalesce(people.person_id, row.customer_id) as customer_id"
WITH_PERSON = "left join people on people.customer_id = row.customer_id"
IN_POSTGRESQL = {
    "events": "(select coalesce(person.survivor_id, row.customer_id) as customer_id, row.name, "
    "row.occurred_at, row.properties from log.event as row inner join customers.customer as person "
    "on person.customer_id = row.customer_id where row.type = 'track' and row.source <> 'regulars')",
    "orders": "orders.fact_order",
    "lines": "(select line.customer_id, line.occurred_at, line.status, line.quantity, product.category "
    "from orders.fact_line as line inner join orders.fact_product as product using (product_id))",
    "customers": f"({CUSTOMERS})",
}
ALONE = (7, 365, None)  # Days that one customer is asked of; None: ever.
Answers = dict[int, tuple[bool, ...]]


def instant(days: int = 0) -> str:
    return f"(timestamptz '{data.AT - timedelta(days=days):%Y-%m-%d %H:%M:%S}+00')"


def written(dialect: dict[str, str], relations: dict[str, str]) -> str:
    return asked.written(dialect, relations, instant(), {days: instant(days) for days in asked.DAYS})


def by_hand(lake: Lake) -> Any:
    """All that somebody without us has to do as well: find the files, fetch what is not in them, ask."""
    with analytics.open_lake(lake, ["events", "orders", "order_lines"]) as snapshot, duckdb.connect() as duck:
        duck.execute("set TimeZone = 'UTC'")
        duck.register("people_given", snapshot.people)
        duck.execute("create table people as from people_given")
        with adbc.connect(analytics_uri(lake.database)) as connection, connection.cursor() as cursor:
            for name, query in (
                ("customers", CUSTOMERS),
                ("product", "select product_id, category from orders.product"),
            ):
                cursor.execute(query)
                duck.register(f"{name}_given", cursor.fetch_arrow_table())
                duck.execute(f"create table {name} as from {name}_given")
        files = {one.name: f"read_parquet({list(one.files)}) as row" for one in snapshot.relations}
        relations = {
            "events": f"(select {PERSON}, name, occurred_at, properties from {files['events']} {WITH_PERSON} "
            "where row.type = 'track' and row.source <> 'regulars')",
            "orders": f"(select {PERSON}, occurred_at, net_minor, currency, coupon, status "
            f"from {files['orders']} {WITH_PERSON})",
            "lines": f"(select {PERSON}, occurred_at, status, quantity, product.category "
            f"from {files['order_lines']} {WITH_PERSON} inner join product using (product_id))",
            "customers": "customers",
        }
        return duck.sql(written(asked.DUCKDB, relations)).to_arrow_table()


def analytics_uri(database: Database) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(database.dsn)
    return " ".join(f"{name}='{value}'" for name, value in parts.items() if value is not None)


def in_postgresql(database: Database) -> tuple[float, Answers]:
    """The better of the statement by hand and our own, with two workers beside."""
    ours = compile_conditions(asked.twenty(), data.AT)
    best, answers = float("inf"), {}
    with psycopg.connect(database.dsn, autocommit=True) as plain:
        plain.execute("set max_parallel_workers_per_gather = 2")
        plain.execute("set work_mem = '256MB'")
        for jit in ("on", "off"):
            plain.execute(f"set jit = {jit}")  # type: ignore[arg-type]
            for query, params in (
                (written(asked.POSTGRESQL, IN_POSTGRESQL), None),
                (ours.query, ours.params),
            ):
                began = perf_counter()
                rows = plain.execute(query, params).fetchall()  # type: ignore[arg-type]
                best = min(best, perf_counter() - began)
                answers = {row[0]: tuple(row[1:]) for row in rows}
    return best, answers


def of_table(table: Any) -> Answers:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return {row[0]: tuple(row[1:]) for row in rows}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    done = work()
    return perf_counter() - began, done


def all_together(lake: Lake, size: Size) -> dict[str, Any]:
    """By turns, so that whatever else the machine does meets both."""
    ours, theirs = [], []
    for number in range(size.rounds):
        seconds, found = timed(lambda: everybody(lake, asked.twenty(), data.AT))
        ours.append(seconds)
        seconds, wanted = timed(lambda: by_hand(lake))
        theirs.append(seconds)
        if number == 0:
            answers = of_table(found)
            assert answers == of_table(wanted), "ours and the statement by hand differ"
    figures = {
        "ours": median(ours),
        "reference": median(theirs),
        "ratio": median(one / other for one, other in zip(ours, theirs, strict=True)),
        "seconds_20": median(ours),
    }
    figures["seconds_200"] = timed(lambda: everybody(lake, asked.two_hundred(), data.AT))[0]
    if size.postgresql:
        figures["postgresql_s"], found = in_postgresql(lake.database)
        assert found == answers, "PostgreSQL and DuckDB differ"
        figures["times_faster_than_postgresql"] = figures["postgresql_s"] / min(ours)
    return figures


def one_customer_ms(database: Database, customers: int) -> float:
    """The 99th of a hundred: of a customer, one of twenty segments or a figure of a week, a year or ever."""
    conditions = [*asked.twenty(), *(asked._events("", days, 3) for days in ALONE)]  # noqa: SLF001
    taken = []
    for number in range(40):
        for condition in conditions:
            customer = number * 7919 % int(customers * 0.9) + 1
            compiled = compile_conditions([condition], data.AT, [customer])
            with database.transaction() as tx:
                taken.append(timed(lambda: tx.execute(compiled.query, compiled.params).fetchall())[0] * 1000)  # noqa: B023
    return sorted(taken)[int(len(taken) * 0.99)]


def whole(server: Server, folder: Path, size: Size) -> dict[str, Any]:
    with fresh_database(server, "whole") as database:
        lake = Lake(database=database, place=Place(root=str(folder / "lake")), tables=LAKE)
        data.fill(lake, events=size.events, customers=size.customers, step=size.step, keep_rounds=size.kept)
        with psycopg.connect(database.dsn, autocommit=True) as plain:
            plain.execute("vacuum analyze")
        said("filled")
        figures = all_together(lake, size)
        figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures["one_customer_p99_ms"] = one_customer_ms(database, size.customers)
    return figures


def kept_with_the_log(server: Server, folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, customers, more in (("100k_200", 100_000, 180), ("100k", 100_000, 0), ("1m", 1_000_000, 0)):
        with fresh_database(server, name) as database:
            app = fresh.live(database, folder / name, asked.twenty() + fresh.others(more))
            fresh.populate(app, customers)
            fresh.touch(app, customers, asked.twenty())
            at_will, short = fresh.incremental(app, customers)
            figures[f"incremental_us_per_event_{name}"] = at_will.wall_us
            figures[f"incremental_processor_us_per_event_{name}"] = at_will.processor_us
            figures[f"incremental_by_{fresh.STEP}_us_per_event_{name}"] = short.wall_us
            figures[f"incremental_by_{fresh.STEP}_processor_us_per_event_{name}"] = short.processor_us
            said(f"{customers:,} customers, {20 + more} segments")
            if name == "100k":
                waits = fresh.fresh_ms(app, customers)
                figures["fresh_p50_ms"] = median(waits)
                figures["fresh_p99_ms"] = waits[int(len(waits) * 0.99)]
            app.sequencer.close()
    return figures


@contextmanager
def fresh_database(server: Server, name: str) -> Iterator[Database]:
    create_database(server.dsn("postgres"), f"bench_{name}")
    with Database(server.dsn(f"bench_{name}"), connections_max=16) as database:
        migrate(database)
        yield database


def said(what: str, began: float = perf_counter()) -> None:
    print(f"{perf_counter() - began:6.0f} s: {what}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="small")
    size = SIZES[parser.parse_args().size]
    with (
        tempfile.TemporaryDirectory(prefix="regulars-") as place,
        start(Path(place) / "postgresql") as server,
    ):
        folder = Path(place)
        figures = {**whole(server, folder, size), **kept_with_the_log(server, folder)}
    shown = {name: round(figure, 3 if figure < 100 else 0) for name, figure in figures.items()}
    print(json.dumps({"name": "segments", **shown, "events": size.events, "customers": size.customers}))


if __name__ == "__main__":
    main()
