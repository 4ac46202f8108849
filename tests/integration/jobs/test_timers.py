"""Timers on a real database: in order, once, after a pause, and past a failure."""

import threading
from datetime import UTC, datetime, time, timedelta

import psycopg

from regulars.jobs import Timer, prepare, run_due, timers

START = datetime(2025, 3, 7, 12, tzinfo=UTC)


def noting(name, notes, **given):
    return Timer(
        name=name,
        zone="America/New_York",
        run=lambda tx, due: notes.append((name, due)),
        **{"every": "day"} | given,
    )


def test_after_a_pause_each_missed_occurrence_runs_once_in_order_of_due_time(database):
    notes = []
    wanted = [noting("late", notes, at=time(4)), noting("early", notes, at=time(2, 30))]
    prepare(database, wanted, START)

    ran = run_due(database, wanted, START + timedelta(days=3))

    assert ran == ["early", "late"] * 3
    assert [due for _, due in notes] == sorted(due for _, due in notes)
    assert notes[0] == ("early", datetime(2025, 3, 8, 7, 30, tzinfo=UTC))
    # Clocks went forward on 9 March: there is no 2:30, and 4:00 is an hour earlier in UTC from then on.
    assert [due.hour for name, due in notes if name == "late"] == [9, 8, 8]
    assert run_due(database, wanted, START + timedelta(days=3)) == []


def test_what_falls_due_at_one_instant_runs_in_the_order_given(database):
    notes = []
    wanted = [noting(name, notes) for name in ("zebra", "ape", "mule")]
    prepare(database, wanted, START)

    assert run_due(database, wanted, START + timedelta(days=2)) == ["zebra", "ape", "mule"] * 2


def test_a_failing_timer_keeps_its_occurrence_and_error_and_stops_no_other(database):
    notes, broken = [], [True]

    def fail(tx, due):
        if broken:
            tx.execute("create table public.half ()")
            raise ValueError("no such tier")
        notes.append(("bad", due))

    bad = Timer(name="bad", every="day", zone="UTC", run=fail)
    wanted = [bad, noting("good", notes)]
    prepare(database, wanted, START)

    first = run_due(database, wanted, START + timedelta(days=2), rest_s=0)

    assert first == ["good", "good"]
    with database.transaction() as tx:
        status = {s.name: s for s in timers(tx)}["bad"]
        assert (status.failures, status.error) == (1, "ValueError: no such tier")
        assert tx.execute("select to_regclass('public.half')").fetchone()[0] is None
    broken.clear()
    assert run_due(database, wanted, START + timedelta(days=2), rest_s=0) == ["bad", "bad"]
    assert [due.day for name, due in notes if name == "bad"] == [8, 9]
    with database.transaction() as tx:
        assert {s.name: s.error for s in timers(tx)} == {"bad": None, "good": None}


def test_a_failed_timer_rests_before_it_is_tried_again(database):
    tries = []
    bad = Timer(name="bad", every="day", zone="UTC", run=lambda tx, due: tries.append(1 / 0))
    prepare(database, [bad], START)

    for _ in range(3):
        run_due(database, [bad], START + timedelta(days=2))

    with database.transaction() as tx:
        assert [(s.failures, s.resting) for s in timers(tx)] == [(1, True)]


def test_two_processes_run_each_occurrence_once(database):
    with database.transaction() as tx:
        tx.execute("create table public.effect (due timestamptz)")
    effect = Timer(
        name="effect",
        every="hour",
        zone="UTC",
        run=lambda tx, due: tx.execute("insert into public.effect values (%s)", [due]),
    )
    prepare(database, [effect], START)

    runs = [
        threading.Thread(target=run_due, args=(database, [effect], START + timedelta(hours=30)))
        for _ in range(4)
    ]
    [thread.start() for thread in runs]
    [thread.join() for thread in runs]
    run_due(database, [effect], START + timedelta(hours=30))

    with database.transaction() as tx:
        assert tx.execute("select count(*), count(distinct due) from public.effect").fetchone() == (30, 30)


def test_a_changed_rule_counts_from_then_on_and_loses_nothing_that_is_due(database):
    notes = []
    prepare(database, [noting("t", notes, at=time(4))], START)

    prepare(database, [noting("t", notes, at=time(6))], START)
    run_due(database, [noting("t", notes, at=time(6))], START + timedelta(days=1))
    prepare(database, [noting("t", notes, at=time(8))], START + timedelta(days=2))
    run_due(database, [noting("t", notes, at=time(8))], START + timedelta(days=2))

    # The 6:00 that was due stands; after it 8:00 counts, from that day on.
    assert [(due.day, due.hour) for _, due in notes] == [(8, 11), (9, 10), (9, 12)]


def test_nothing_due_costs_one_query(database):
    wanted = [noting(f"t{i}", []) for i in range(50)]
    prepare(database, wanted, START)
    with database.transaction() as tx:
        pid = tx.info.backend_pid

    run_due(database, wanted, START)

    with psycopg.connect(database.dsn) as other:
        query = other.execute("select query from pg_stat_activity where pid = %s", [pid]).fetchone()[0]
    assert "jobs.timer" in query or query.lower() == "commit"
