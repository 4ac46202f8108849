"""Customers a second from a file to their profiles, against a plain COPY of the same rows into one table.

A CSV of customers with nine columns is uploaded, mapped as suggested and run as its job would be, with the
sequencer and the readers beside it in a process of their own. `rows_per_s` counts until every profile is
there and can be searched; `taken_rows_per_s` until the import itself is through: every row is durable
and its page says done. `look_s` and `take_s` are that part, `settle_s` is the rest. The reference copies
the file's lines into a table with a primary key, in the same database.
"""

import argparse
import csv
import json
import multiprocessing
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep

from regulars import access, imports, log
from regulars.app import App
from regulars.db import Database, migrate
from regulars.db.launcher import start
from regulars.settings import Settings

SIZES = {"small": 100_000, "full": 1_000_000}
HEADER = [
    "Customer ID",
    "E-Mail",
    "First name",
    "Last name",
    "Phone",
    "City",
    "Date of birth",
    "Points",
    "VIP",
]


def make(file: Path, rows: int) -> None:
    with file.open("w", newline="") as written:
        writer = csv.writer(written)
        writer.writerow(HEADER)
        for n in range(rows):
            writer.writerow([
                f"u{n}", f"person{n}@example.com", f"Ann{n % 1000}", f"Smith{n % 5000}",
                f"+4930{1_000_000 + n}", f"Town{n % 300}", "1980-01-01", n % 500, "yes" if n % 2 else "no",
            ])  # fmt: skip


def app_of(dsn: str, home: str) -> App:
    database = Database(dsn, connections_max=30)
    return App(settings=Settings(home=Path(home)), database=database, zone="UTC")


def keep_up(dsn: str, home: str) -> None:
    """What the worker process does beside its jobs: the sequencer and every reader, each in a thread."""
    app = app_of(dsn, home)
    log.LogLoop(app.database, app.sequencer, app.runners, now=lambda: datetime.now(UTC)).start()
    while True:
        sleep(60)


def timed_import(app: App, file: Path) -> tuple[float, float, float]:
    """Seconds to look at the file, to take it in, and until all profiles are there."""
    began = perf_counter()
    with file.open("rb") as stream:
        kept = imports.keep(app.settings.imports, stream, name=file.name, bytes_max=10**10)
    with app.database.transaction() as tx:
        one = imports.take_in(tx, access.SYSTEM, kept, at=app.now(tx))
        body = imports.suggestion(tx, one, zone="UTC").mapping
        imports.choose(tx, access.SYSTEM, one.import_id, body)
        imports.ask_run(tx, access.SYSTEM, one.import_id, at=app.now(tx))
    looked = perf_counter()
    done = imports.run_import(app.database, app.settings.imports, one.import_id, lambda *_: None)
    assert done.accepted == kept.rows, done
    taken = perf_counter()
    while not settled(app):
        sleep(0.25)  # Asking costs what is measured.
    return looked - began, taken - looked, perf_counter() - taken


def settled(app: App) -> bool:
    with app.database.transaction() as tx:
        return log.is_settled(tx)


def reference(database: Database, file: Path) -> float:
    columns = ", ".join(f"c{n} text" for n in range(len(HEADER)))
    with database.transaction() as tx:
        tx.execute(f"create table plain ({columns}, primary key (c0))")
    began = perf_counter()
    command = "copy plain from stdin (format csv, header true)"
    with (
        database.transaction() as tx,
        tx.cursor() as cursor,
        file.open("rb") as stream,
        cursor.copy(command) as copy,
    ):
        while piece := stream.read(1 << 20):
            copy.write(piece)
    return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    rows = SIZES[parser.parse_args().size]
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder, start(Path(folder)) as server:
        dsn = server.dsn("postgres")
        file = Path(folder) / "customers.csv"
        make(file, rows)
        app = app_of(dsn, folder)
        migrate(app.database)
        plain = reference(app.database, file)
        following = multiprocessing.get_context("spawn").Process(
            target=keep_up, args=(dsn, folder), daemon=True
        )
        following.start()
        try:
            look, take, settle = timed_import(app, file)
        finally:
            following.kill()
            following.join()
        with app.database.transaction() as tx:
            profiles = tx.execute(
                "select count(*) from customers.fact_customer where email is not null and name is not null"
            ).fetchone()[0]
        assert profiles == rows, profiles
        app.database.close()
    whole = look + take + settle
    print(json.dumps(
        {
            "name": "import",
            "ours": round(rows / whole),
            "reference": round(rows / plain),
            "ratio": round(plain / whole, 3),
            "rows_per_s": round(rows / whole),
            "taken_rows_per_s": round(rows / (look + take)),
            "look_s": round(look, 2),
            "take_s": round(take, 2),
            "settle_s": round(settle, 2),
            "whole_s": round(whole, 2),
            "rows": rows,
        }
    ))  # fmt: skip


if __name__ == "__main__":
    main()
