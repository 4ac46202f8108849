"""Jobs on a real database: there if and only if committed, seen while they run, taken over when killed."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from regulars.jobs import JobEnded, JobNotFailed, Registry, Worker, cancel, defer, get, jobs, retry


def worker(database, **functions) -> Worker:
    registry = Registry()
    for name, function in functions.items():
        registry.register(name, function)
    return Worker(database, registry, lease_s=1.5, poll_s=0.2)


def ask(database, name="count", key=None, **args) -> int:
    with database.transaction() as tx:
        return defer(tx, name, args, requested_by="Ann", key=key)


def look(database, job_id):
    with database.transaction() as tx:
        return get(tx, job_id)


def wait_for(database, job_id, *states, seconds=20):
    deadline = time.monotonic() + seconds
    while (job := look(database, job_id)).state not in states:
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


def count(database, args, progress):
    for done in range(1, args["rows"] + 1):
        progress.update(done, args["rows"], f"row {done}")
    return {"rows": args["rows"]}


def test_a_job_runs_and_tells_its_progress_and_result(database):
    job_id = ask(database, rows=3)

    worker(database, count=count).run_waiting()

    job = look(database, job_id)
    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "row 3")
    assert (job.result, job.attempt, job.requested_by) == ({"rows": 3}, 1, "Ann")
    assert job.rate > 0
    assert job.left is None
    assert job.public_id == "job_1"


def test_a_job_exists_only_if_its_transaction_commits(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        defer(tx, "count", {"rows": 1}, requested_by="Ann")
        1 / 0  # noqa: B018

    with database.transaction() as tx:
        assert jobs(tx).items == ()
        assert tx.execute("select count(*) from procrastinate.procrastinate_jobs").fetchone() == (0,)
        assert tx.execute("show search_path").fetchone() == ('"$user", public',)


def test_the_same_key_twice_is_the_first_job(database):
    first = ask(database, key="import:7", rows=1)

    assert ask(database, key="import:7", rows=1) == first
    worker(database, count=count).run_waiting()
    assert ask(database, key="import:7", rows=1) == first
    assert look(database, first).attempt == 1


def test_a_failure_keeps_its_error_and_runs_again_when_asked(database):
    broken = [True]

    def once(database, args, progress):
        if broken:
            raise ValueError("line 7 has no total")

    job_id = ask(database, "once")
    worker(database, once=once).run_waiting()
    failed = look(database, job_id)
    assert (failed.state, failed.error) == ("failed", "ValueError: line 7 has no total")

    broken.clear()
    with database.transaction() as tx:
        assert retry(tx, job_id).state == "waiting"
    worker(database, once=once).run_waiting()

    assert look(database, job_id).state == "done"
    with pytest.raises(JobNotFailed), database.transaction() as tx:
        retry(tx, job_id)


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(database):
    job_id = ask(database, rows=1)

    with database.transaction() as tx:
        assert cancel(tx, job_id).state == "cancelled"
    worker(database, count=count).run_waiting()

    assert look(database, job_id).attempt == 0
    with pytest.raises(JobEnded), database.transaction() as tx:
        cancel(tx, job_id)


def endless(database, args, progress):
    for done in range(10_000):
        progress.update(done)
        time.sleep(0.01)


def test_a_running_job_stops_when_it_is_cancelled(database):
    job_id, stop = ask(database, "endless"), threading.Event()
    running = threading.Thread(target=worker(database, endless=endless).run, args=(stop,))
    running.start()
    wait_for(database, job_id, "running")

    with database.transaction() as tx:
        cancel(tx, job_id)

    assert wait_for(database, job_id, "cancelled").attempt == 1
    stop.set()
    running.join(10)
    assert not running.is_alive()


def test_a_stopping_worker_gives_its_job_back_and_the_next_takes_it(database):
    job_id, stop = ask(database, "endless"), threading.Event()
    running = threading.Thread(target=worker(database, endless=endless).run, args=(stop,))
    running.start()
    wait_for(database, job_id, "running")

    stop.set()
    running.join(10)

    assert look(database, job_id).state == "waiting"
    worker(database, endless=lambda *_: None).run_waiting()
    assert (look(database, job_id).state, look(database, job_id).attempt) == ("done", 2)


def test_a_job_asked_for_while_the_worker_waits_starts_promptly(database):
    stop = threading.Event()
    waiting = worker(database, count=count)
    waiting.poll_s = 60  # So that only the notification can wake it.
    running = threading.Thread(target=waiting.run, args=(stop,))
    running.start()
    time.sleep(1)

    job_id = ask(database, rows=1)

    assert wait_for(database, job_id, "done", seconds=5)
    stop.set()
    running.join(10)


def test_a_job_killed_half_way_is_taken_over_when_its_lease_runs_out(database):
    script = """
        import sys, threading, time
        from regulars.db import Database
        from regulars.jobs import Registry, Worker

        def slow(database, args, progress):
            for done in range(40):
                progress.update(done, 40)
                time.sleep(0.1)

        registry = Registry()
        registry.register("slow", slow)
        Worker(Database(sys.argv[1]), registry, lease_s=1.5, poll_s=0.2).run(threading.Event())
    """
    job_id = ask(database, "slow")
    first = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), database.dsn])
    try:
        wait_for(database, job_id, "running")
        time.sleep(0.5)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    assert look(database, job_id).state == "running"
    seen = []

    def slow(database, args, progress):
        seen.append(look(database, progress.job_id).done)
        progress.update(40, 40)

    stop = threading.Event()
    running = threading.Thread(target=worker(database, slow=slow).run, args=(stop,))
    running.start()
    job = wait_for(database, job_id, "done")
    stop.set()
    running.join(10)

    assert job.attempt == 2
    assert seen[0] > 0  # It goes on from what the first had told.


def test_a_run_that_lost_its_lease_changes_nothing_any_more(database):
    late = []

    def sleepy(database, args, progress):
        with database.transaction() as tx:  # Another run took the job in between.
            tx.execute("update jobs.job set attempt = attempt + 1")
        try:
            progress.update(5, 10)
        finally:
            late.append(True)

    job_id = ask(database, "sleepy")
    worker(database, sleepy=sleepy).run_waiting()

    job = look(database, job_id)
    assert late
    assert (job.state, job.done, job.attempt) == ("running", 0, 2)


def test_a_job_that_kills_its_process_again_and_again_fails_at_last(database):
    job_id = ask(database, "bomb")
    with database.transaction() as tx:
        tx.execute("update jobs.job set state = 'running', attempt = 5")
        tx.execute("update procrastinate.procrastinate_jobs set status = 'doing'")

    worker(database).run_waiting()

    assert look(database, job_id).state == "failed"
    assert "5 times" in look(database, job_id).error


def test_an_unknown_job_fails_with_its_reason(database):
    job_id = ask(database, "from_the_future")

    worker(database).run_waiting()

    assert "from_the_future" in look(database, job_id).error


def test_jobs_are_listed_in_pages_newest_first(database):
    ids = [ask(database, rows=n) for n in range(5)]

    with database.transaction() as tx:
        first = jobs(tx, limit=3)
        second = jobs(tx, limit=3, cursor=first.next)
        assert jobs(tx, state="done").items == ()

    assert [job.id for job in (*first.items, *second.items)] == ids[::-1]
    assert second.next is None
