"""A run that is killed with SIGKILL at any moment and started again brings everything once."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from regulars import imports
from regulars.db import Database
from regulars.jobs import Cancelled
from tests.integration.imports.office import ENGINEER, NOW, Office

pytestmark = pytest.mark.one_postgresql

PROGRAM = """
import sys
from pathlib import Path
from regulars.db import Database
from regulars.jobs import Cancelled
from regulars.imports import run_import
print("ready", flush=True)
with Database(sys.argv[1]) as database:
    run_import(database, Path(sys.argv[2]), int(sys.argv[3]), lambda *_: None, part_rows=300)
"""
ROWS = 20_000


PEOPLE = "Customer ID,Email,Shoe size\n" + "".join(
    f"u{n},p{n}@example.com,{'x' if n % 500 == 7 else n}\n" for n in range(ROWS)
)
# Two lines an order, far apart.
ORDERS = "Order ID,Customer ID,Order date,Currency,SKU,Quantity,Price\n" + "".join(
    f"o{n % (ROWS // 2)},u{n % (ROWS // 2) % 97},2025-01-01,EUR,p{n % 13},1,{n % 50}.50\n"
    for n in range(ROWS)
)


def prepared(desk: Office, what: str) -> imports.Import:
    one = desk.upload("a.csv", PEOPLE if what == "customers" else ORDERS)
    one = desk.choose(one, types={"Shoe size": "number"} if what == "customers" else {})
    with desk.database.transaction() as tx:
        imports.ask_run(tx, ENGINEER, one.import_id, at=NOW)
    return one


def killed_until_done(desk: Office, one: imports.Import, seed: int) -> int:
    """Gives how often it was killed."""
    chance, kills = random.Random(seed), 0
    for _ in range(60):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, desk.database.dsn, str(desk.folder), str(one.import_id)],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.02, 0.2 + 0.05 * kills))  # Ever later, so that it comes to an end.
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        process.stdout.close()
        if desk.again(one).state == "done":
            return kills
    raise AssertionError("It never came to an end.")


@pytest.mark.parametrize(("what", "seed"), [("customers", 1), ("customers", 2), ("orders", 3), ("orders", 4)])
def test_killed_at_random_moments_everything_is_there_once(
    desk: Office, database: Database, what: str, seed: int
):
    one = prepared(desk, what)
    kills = killed_until_done(desk, one, seed)
    desk.settle()

    done = desk.again(one)
    assert kills >= 2
    assert done.accepted + done.bad == ROWS
    if what == "customers":
        assert (done.bad, len(desk.bad(one))) == (ROWS // 500, ROWS // 500)
        assert desk.one("select count(*) from log.event where type = 'identify'") == done.accepted
        assert desk.one("select count(*) from customers.fact_customer") == done.accepted
    else:
        assert desk.rows("select count(*), sum(line_count) from orders.fact_order") == [(ROWS // 2, ROWS)]
        assert desk.one("select count(*) from log.event where name = 'Order Completed'") == ROWS // 2
    assert desk.one("select count(*) from log.event where not history") == 0


def test_two_runs_of_one_import_at_once_bring_everything_once(desk: Office):
    one = prepared(desk, "customers")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, desk.database.dsn, str(desk.folder), str(one.import_id)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in processes:
        process.wait()
    desk.settle()

    done = desk.again(one)
    assert done.accepted + done.bad == ROWS
    assert desk.one("select count(*) from log.event where type = 'identify'") == done.accepted


def test_a_run_that_was_cancelled_goes_on_where_it_stood(desk: Office):
    one = prepared(desk, "customers")

    def stop(done: int, _total: int, _message: str, _unit: str) -> None:
        if done >= ROWS // 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        imports.run_import(desk.database, desk.folder, one.import_id, stop, part_rows=300)
    halfway = desk.again(one)
    done = desk.run(one)

    assert halfway.state == "cancelled" and 0 < halfway.accepted < ROWS
    assert done.state == "done" and done.accepted + done.bad == ROWS
    assert desk.one("select count(*) from log.event where type = 'identify'") == done.accepted
