"""A file is there whole or not at all, of one moment, kept for some days, and gone with who stands in it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from threading import Event, Thread

import pytest

from regulars import exports, jobs
from regulars.exports import ExportOver
from tests.integration.exports.stand import AT, Stand, order, read_csv

ROWS = 20_000
FILL = """
insert into log.event (position, booked_at, occurred_at, received_at, customer_id, schema_version, hops, history,
    message_id, source, type, name, user_id, properties, context)
select 1000 + n, %(at)s, %(at)s, %(at)s, (select min(customer_id) from customers.customer), 1, 0, false, 'm' || n,
    'till', 'track', 'Seen', 'u1', jsonb_build_object('n', n, 'text', repeat('x', 200)), '{}'
from generate_series(1, %(rows)s) as n
"""
LEASE_S = 3
PROGRAM = f"""
import sys
from regulars.app import assemble
from regulars.db import Database
from regulars.jobs import Worker
from regulars.settings import read_settings
with Database(sys.argv[1]) as database:
    app = assemble(read_settings(home=sys.argv[2]), database)
    Worker(database, app.jobs, lease_s={LEASE_S}).run_waiting()
"""


def fill(stand: Stand, rows: int = ROWS) -> None:
    with stand.database.transaction() as tx:
        tx.execute(FILL, {"at": AT, "rows": rows})


def files(stand: Stand) -> list[str]:
    return sorted(path.name for path in stand.app.settings.exports.rglob("*") if path.is_file())


@pytest.mark.one_postgresql
def test_a_worker_killed_in_the_middle_leaves_no_half_file_and_the_next_makes_it(stand: Stand) -> None:
    fill(stand)
    run = stand.ask("lea", "events", filter={"source": "till"})
    command = [sys.executable, "-c", PROGRAM, stand.database.dsn, str(stand.home)]
    process = subprocess.Popen(command)
    while not files(stand):
        assert process.poll() is None
        time.sleep(0.005)
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    [part] = files(stand)
    assert part.startswith(".") and stand.again(run).state == "running"
    time.sleep(LEASE_S + 0.3)  # Until the others see that it is gone.
    subprocess.run(command, check=True, timeout=120)

    done = stand.again(run)
    assert (done.state, done.rows) == ("done", ROWS)
    rows = read_csv(stand.app.exports.file_of(done).read_bytes())
    assert len({row["message_id"] for row in rows}) == len(rows) == ROWS
    assert files(stand) == ["file.csv"]


def test_a_file_is_of_one_moment_while_others_write(stand: Stand) -> None:
    fill(stand, 20_000)
    listing = stand.app.exports.listings.get("events")
    with exports.snapshot(stand.database) as tx:
        by = listing.read({}, at=AT, zone="UTC")
        known = tuple(listing.known(tx).values())
        asked = exports.Asked(at=AT, zone="UTC", columns=known, filter=by)
        found = listing.rows(tx, asked)
        first = next(found)
        with stand.database.transaction() as other:
            other.execute("update log.event set source = 'changed'")
            other.execute("delete from log.event where position > 15000")
        rows = [*first, *(row for batch in found for row in batch)]

    assert len(rows) > 20_000 and {row[5] for row in rows} == {"shop", "regulars", "till"}


def test_cancelling_stops_it_and_leaves_nothing(stand: Stand) -> None:
    fill(stand)
    run = stand.ask("lea", "events")
    worker = Thread(target=stand.work)
    worker.start()
    while stand.again(run).state != "running":
        time.sleep(0.01)
    with stand.database.transaction() as tx:
        exports.cancel(tx, stand.app.exports, stand.actor("lea"), run.run_id)
    worker.join()

    assert stand.again(run).state == "cancelled" and files(stand) == []
    with stand.database.transaction() as tx:
        exports.try_again(tx, stand.app.exports, stand.actor("lea"), run.run_id)
    stand.work()
    assert stand.again(run).state == "done"
    with stand.database.transaction() as tx, pytest.raises(ExportOver):
        exports.cancel(tx, stand.app.exports, stand.actor("lea"), run.run_id)


def test_a_full_disk_is_said_and_leaves_nothing(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stand.ask("lea", "orders")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("regulars.exports.writing.os.fsync", full)
    stand.work()
    failed = stand.again(run)
    monkeypatch.undo()

    assert failed.state == "failed" and "No space left" in (failed.problem or "")
    assert files(stand) == []
    with stand.database.transaction() as tx:
        exports.try_again(tx, stand.app.exports, stand.actor("lea"), run.run_id)
    stand.work()
    assert stand.again(run).state == "done"


def test_files_go_after_their_days_and_with_an_erased_person(stand: Stand) -> None:
    desk = stand.app.exports
    old, stands = stand.made("lea", "orders"), stand.made("pia", "stores")
    stand.wall.at = AT + timedelta(days=5)
    young = stand.made("lea", "customers", filter={"q": "anna@shop.example"})
    stand.wall.at = AT + timedelta(days=8)

    assert (
        exports.tidy(stand.database, desk) == 2
        and not old.exists()
        and not stands.exists()
        and young.exists()
    )

    kept = stand.made("pia", "stores")
    with stand.database.transaction() as tx:
        words = ["anna@shop.example"]
        assert dict(exports.held(tx, [1], words)) == {
            "Files exported and kept here, which may hold the person": 1,
            "Exports narrowed by something of the person": 1,
        }
        assert exports.erase(tx, desk, [1], words) == 2
        assert exports.held(tx, [1], words) == []
        told = tx.execute("select string_agg(run::text, ' ') from exports.run as run").fetchone()
    assert not young.exists() and kept.exists() and told and "anna@" not in told[0]
    assert [run.removed_why for run in stand.runs()] == [None, "erased", "expired", "expired"]


def test_two_runs_of_one_export_come_one_after_the_other(stand: Stand) -> None:
    run = stand.ask("lea", "orders")
    entered, go = Event(), Event()
    progress = jobs.Progress(database=stand.database, job_id=run.job_id or 0, attempt=1, stopping=Event())

    def hold(name: str) -> None:
        from regulars.exports.making import _alone

        with _alone(stand.database, name, progress):
            entered.set()
            go.wait(5)

    holder = Thread(target=hold, args=(run.id,))
    holder.start()
    entered.wait(5)
    worker = Thread(target=stand.work)
    worker.start()
    time.sleep(0.3)
    assert stand.again(run).state == "waiting"
    go.set()
    holder.join()
    worker.join()
    assert stand.again(run).state == "done"


def test_new_orders_after_an_export_are_in_the_next(stand: Stand) -> None:
    assert len(stand.rows("lea", "orders")) == 7
    stand.tell(order(8, currency="JPY", price="1200"))
    rows = {row["order_key"]: row for row in stand.rows("lea", "orders")}
    assert (len(rows), rows["A-8"]["total"], rows["A-8"]["currency"]) == (8, "1200", "JPY")
