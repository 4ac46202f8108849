"""Catching up: the same log as by hand, in order of dependence, with an end."""

from time import perf_counter

import pytest

from regulars.kernel import Fault
from regulars.log import NeverCaughtUp, Reader, ReaderRunner, Sequencer, catch_up
from tests.integration.log.world import NOON, applied, event, fetch, prepare, put, recorder, resolve, sequence


@pytest.fixture
def sequencer(database):
    prepare(database)
    made = Sequencer(database, resolve)
    yield made
    made.close()


def answering(name, hops_max, after=()):
    """Appends one event for each of its span that has not come too far."""
    record = recorder(name).apply

    def apply(tx, span):
        record(tx, span)
        tx.execute(
            "select log.append(message_id || '+', 'regulars.test.answered', customer_id, occurred_at, properties, "
            "hops + 1) from log.fact_event where position > %s and position <= %s and hops < %s",
            (span.after, span.to, hops_max),
        )

    return Reader(name=name, apply=apply, after=after)


def test_catching_up_applies_what_readers_append_too_and_in_order_of_dependence(database, sequencer):
    runners = [
        ReaderRunner(database, recorder("last", after=("middle",))),
        ReaderRunner(database, recorder("middle", after=("first",))),
        ReaderRunner(database, answering("first", 3)),
    ]
    put(database, *(event() for _ in range(10)))

    assert catch_up(database, sequencer, runners, NOON) == 40

    for name in ("first", "middle", "last"):
        assert applied(database, name) == list(range(1, 41))
    order = fetch(database, "select reader from effect where position <= 10 order by place")
    assert [name for (name,) in order] == ["first"] * 10 + ["middle"] * 10 + ["last"] * 10


def test_a_reader_that_answers_itself_is_found_out(database, sequencer, monkeypatch):
    monkeypatch.setattr("regulars.log.catching.ROUNDS_MAX", 5)
    put(database, event())

    with pytest.raises(NeverCaughtUp):
        catch_up(database, sequencer, [ReaderRunner(database, answering("first", 1_000_000))], NOON)


@pytest.mark.parametrize("after", [("second",), ("stranger",)])
def test_readers_in_a_circle_or_behind_a_stranger_are_refused(database, sequencer, after):
    runners = [
        ReaderRunner(database, recorder("first", after=after)),
        ReaderRunner(database, recorder("second", after=("first",))),
    ]

    with pytest.raises(Fault, match="circle"):
        catch_up(database, sequencer, runners, NOON)


def test_an_empty_step_costs_a_few_milliseconds_at_most(database, sequencer):
    names = [f"reader{n}" for n in range(8)]
    runners = [
        ReaderRunner(database, recorder(name, after=names[n - 1 : n] if n else ()))
        for n, name in enumerate(names)
    ]
    put(database, event())
    catch_up(database, sequencer, runners, NOON)

    began = perf_counter()
    for _ in range(20):
        assert catch_up(database, sequencer, runners, NOON) == 0

    # About 1 ms here; the bound leaves room for a busy machine.
    assert (perf_counter() - began) / 20 < 0.02


def test_sequencing_by_hand_and_catching_up_give_the_same_log(database, sequencer):
    put(database, *(event(number=n) for n in range(1, 21)))
    sequence(database)
    runner = ReaderRunner(database, recorder("first"))

    catch_up(database, sequencer, [runner], NOON)

    assert applied(database) == list(range(1, 21))
