"""Readers: each event once and in order, a poisonous one set aside."""

import psycopg
import pytest

from regulars.log import (
    Reader,
    ReaderAtFault,
    ReaderRunner,
    SetAsideNotFound,
    dismiss,
    pause,
    replay,
    resume,
    set_aside,
)
from tests.integration.log.world import (
    NOON,
    applied,
    drain,
    event,
    fetch,
    one_status,
    prepare,
    put,
    recorder,
    sequence,
)


@pytest.fixture
def filled(database):
    prepare(database)
    put(database, *(event(number=n) for n in range(1, 301)))
    sequence(database)
    return database


def poisoned(name, *numbers, after=()):
    """Records like the recorder, and cannot divide by what those events hold."""
    record = recorder(name).apply

    def apply(tx, span):
        record(tx, span)
        tx.execute(
            "select 1 / case when (properties ->> 'number')::int = any (%s) then 0 else 1 end "
            "from log.fact_event where position > %s and position <= %s",
            (list(numbers), span.after, span.to),
        )

    return Reader(name=name, apply=apply, after=after)


def test_a_reader_applies_every_event_once_in_order(filled):
    runner = ReaderRunner(filled, recorder("first", batch=64))

    assert drain(runner) == 300
    assert applied(filled) == list(range(1, 301))
    assert runner.run_once() == 0


def test_two_runners_of_one_reader_share_one_cursor(filled):
    first, second = (ReaderRunner(filled, recorder("first", batch=50)) for _ in range(2))

    while first.run_once() + second.run_once():
        pass

    assert applied(filled) == list(range(1, 301))


def test_a_span_carries_the_business_instant_of_its_last_event(filled):
    spans = []
    drain(ReaderRunner(filled, Reader(name="first", apply=lambda tx, span: spans.append(span), batch=200)))

    assert [(s.after, s.to, s.events) for s in spans] == [(0, 200, 200), (200, 300, 100)]
    assert spans[0].booked_at == NOON


def test_a_reader_never_passes_those_it_follows(filled):
    leader = ReaderRunner(filled, recorder("leader", batch=60))
    follower = ReaderRunner(filled, recorder("follower", after=("leader", "unborn")))

    assert drain(follower) == 0
    follower = ReaderRunner(filled, recorder("follower", after=("leader",)))
    leader.run_once()
    assert drain(follower) == 60
    drain(leader)
    assert drain(follower) == 240


def test_a_new_reader_starts_at_the_first_event_or_at_the_head(filled):
    assert drain(ReaderRunner(filled, recorder("late"))) == 300
    assert drain(ReaderRunner(filled, recorder("fresh", from_head=True))) == 0


def test_a_poisonous_event_is_set_aside_with_its_reason_and_the_rest_goes_on(filled):
    runner = ReaderRunner(filled, poisoned("first", 17, 18, 200))

    assert drain(runner) == 300

    assert applied(filled) == [n for n in range(1, 301) if n not in (17, 18, 200)]
    with filled.transaction() as tx:
        kept = set_aside(tx, "first")
    assert sorted(k.position for k in kept) == [17, 18, 200]
    assert {k.reason for k in kept} == {"division by zero (22012)"}
    seen = one_status(filled, "first")
    assert (seen.position, seen.set_aside, seen.failures, seen.lag_events) == (300, 3, 0, 0)


def test_a_set_aside_event_is_replayed_once_the_reader_is_mended(filled):
    drain(ReaderRunner(filled, poisoned("first", 17)))

    with pytest.raises(psycopg.errors.DivisionByZero), filled.transaction() as tx:
        replay(tx, poisoned("first", 17), 17)
    with filled.transaction() as tx:
        replay(tx, recorder("first"), 17)

    assert sorted(applied(filled)) == list(range(1, 301))
    with filled.transaction() as tx:
        assert set_aside(tx) == []
        with pytest.raises(SetAsideNotFound):
            replay(tx, recorder("first"), 17)


def test_who_follows_a_reader_applies_what_it_replays(filled):
    drain(ReaderRunner(filled, poisoned("first", 17)))
    for name, leader in (("second", "first"), ("third", "second")):
        drain(ReaderRunner(filled, Reader(name=name, apply=lambda tx, span: None, after=(leader,))))

    with filled.transaction() as tx:
        replay(tx, recorder("first"), 17, [recorder("second")])

    with filled.transaction() as tx:
        (left,) = set_aside(tx)
    assert (left.reader, left.position) == ("third", 17)
    assert "replay it here too" in left.reason
    assert fetch(filled, "select reader from effect where position = 17 order by 1") == [
        ("first",),
        ("second",),
    ]


def test_a_set_aside_event_can_be_given_up(filled):
    drain(ReaderRunner(filled, poisoned("first", 17)))

    with filled.transaction() as tx:
        dismiss(tx, "first", 17)

    assert one_status(filled, "first").set_aside == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [(psycopg.errors.UndefinedTable, "nowhere"), (ReaderAtFault, "KeyError")],
)
def test_a_broken_reader_waits_and_sets_nothing_aside(filled, fault, said):
    def apply(tx, span):
        if fault is ReaderAtFault:
            raise KeyError("total")
        tx.execute("select from nowhere")

    runner = ReaderRunner(filled, Reader(name="first", apply=apply))

    with pytest.raises(fault):
        drain(runner)

    seen = one_status(filled, "first")
    assert seen.failures == 1
    assert said in seen.last_error
    assert seen.set_aside <= 100
    drain(ReaderRunner(filled, recorder("first")))
    assert one_status(filled, "first").failures == 0


def test_a_passing_fault_is_tried_again_and_never_counts_as_poison(filled):
    faults = [psycopg.errors.DeadlockDetected("deadlock"), psycopg.OperationalError("gone"), TimeoutError()]
    record = recorder("first").apply

    def apply(tx, span):
        record(tx, span)
        if faults:
            raise faults.pop()

    assert drain(ReaderRunner(filled, Reader(name="first", apply=apply))) == 300

    assert applied(filled) == list(range(1, 301))
    assert one_status(filled, "first").set_aside == 0


def test_a_reader_whose_backend_is_ended_goes_on(filled):
    ended = []
    record = recorder("first").apply

    def apply(tx, span):
        record(tx, span)
        if len(ended) < 3:
            ended.append(span)
            fetch(filled, "select pg_terminate_backend(%s, 5000)", tx.info.backend_pid)

    assert drain(ReaderRunner(filled, Reader(name="first", apply=apply, batch=100))) == 300

    assert len(ended) == 3
    assert applied(filled) == list(range(1, 301))


def test_a_paused_reader_stands_until_it_is_resumed(filled):
    runner = ReaderRunner(filled, recorder("first", batch=100))
    runner.run_once()
    with filled.transaction() as tx:
        pause(tx, "first")

    assert runner.run_once() == 0
    seen = one_status(filled, "first")
    assert (seen.paused, seen.lag_events, seen.lag_seconds > 0) == (True, 200, True)

    with filled.transaction() as tx:
        resume(tx, "first")
    assert drain(runner) == 200


def test_a_step_shrinks_when_it_takes_long(filled):
    sizes = []

    def apply(tx, span):
        sizes.append(span.events)
        tx.execute("select pg_sleep(%s)", (span.events * 0.003,))

    drain(ReaderRunner(filled, Reader(name="first", apply=apply, batch=150)))

    assert sizes[0] == 150
    assert sizes[1] < 80
    assert sum(sizes) == 300
