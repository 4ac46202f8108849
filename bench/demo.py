"""Seconds to load the grocer's year and live through it, against one COPY of the same events.

Ours is `regulars demo` on a fresh home, from the command to its end: the server, the company, the year in
simulated time, the campaign and the planted data set. Reference: the same events, made beforehand, in one
COPY into one plain table without an index, on the same kind of server. Small takes the first days only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from regulars.db import start
from regulars.demo.source import FIRST_DAY, LAST_DAY, CompleteJourney

WHOLE = (LAST_DAY - FIRST_DAY).days + 1
SIZES = {"small": (21, 2), "full": (WHOLE, 1)}  # Days, and rounds.
TABLE = """
create table plain (
    message_id text not null, type text not null, name text not null, user_id text not null,
    occurred_at timestamptz not null, properties jsonb not null
)
"""
COPY = "copy plain (message_id, type, name, user_id, occurred_at, properties) from stdin"

Row = tuple[object, ...]


def measure_ours(days: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as home:
        command = [sys.executable, "-m", "regulars", "demo", "--no-serve", "--report", "json"]
        shorter = [] if days == WHOLE else ["--days", str(days)]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
        began = perf_counter()
        done = subprocess.run(
            [*command, *shorter], stdout=subprocess.PIPE, check=True, env=plain | {"REGULARS_HOME": home}
        )
        seconds = perf_counter() - began
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told | {"all_s": seconds}


def prepared(days: int) -> list[Row]:
    source = CompleteJourney(last=FIRST_DAY + timedelta(days=days - 1))
    return [
        (e.message_id, e.type, e.name, e.user_id, e.occurred_at, json.dumps(e.properties))
        for _, events in source.days()
        for e in events
    ]


def measure_reference(rows: list[Row]) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as home,
        start(Path(home)) as server,
        psycopg.connect(server.dsn("postgres")) as tx,
    ):
        tx.execute(TABLE)
        began = perf_counter()
        with tx.cursor().copy(COPY) as copying:
            for row in rows:
                copying.write_row(row)
        tx.commit()
        return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    days, rounds = SIZES[parser.parse_args().size]
    rows = prepared(days)
    reference, ours = [], []
    for _ in range(rounds):
        reference.append(measure_reference(rows))
        ours.append(measure_ours(days))
    against, seconds = median(reference), median(run["all_s"] for run in ours)
    print(json.dumps(
        {
            "name": "demo",
            "ours": round(seconds, 2),
            "reference": round(against, 3),
            "ratio": round(seconds / against, 1),
            **{f"{stage}_s": median(run["seconds"][stage] for run in ours) for stage in ours[0]["seconds"]},
            "days": days,
            "tracked_events": len(rows),
            "tracked_events_per_s": round(len(rows) / seconds),
        }
    ))  # fmt: skip


if __name__ == "__main__":
    main()
