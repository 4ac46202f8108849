"""Killed with -9 between claim, hand-over and resolution: nobody twice, nobody forgotten, in-doubt shown."""

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from datetime import timedelta
from time import monotonic

import pytest

from regulars.access import SYSTEM
from regulars.channels import Receipt, RecordingChannel
from regulars.messaging import (
    Sender,
    carry_on,
    give_up,
    in_doubt,
    retry_failed,
    settle,
    suppress,
    tally,
    why_not,
)
from tests.integration.messaging.given import (
    AT,
    NAME,
    FileProvider,
    add_numbered,
    always,
    end_leases,
    parted,
    queue,
    treat,
)

PEOPLE = 30
BATCH = 10

CHILD = """
    import os, signal, sys
    from pathlib import Path
    from regulars.db import Database
    from regulars.channels import RecordingChannel
    from regulars.messaging import Sender, carry_on, sending
    from tests.integration.messaging.given import AT, NAME, FileProvider

    dsn, path, place, channel = sys.argv[1:]
    batches = iter(range(100))

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def die_in_the_second_batch(wanted):
        return lambda: die() if place == wanted and next(batches) == 1 else None

    def dying(step, wanted):
        def stepped(*arguments, **named):
            die_in_the_second_batch(wanted)()
            return step(*arguments, **named)
        return stepped

    # The statements themselves are ours; only the process is made to die in front of one.
    sending._decide = dying(sending._decide, "after claim")
    sending._write = dying(sending._write, "before decision")
    sending._hand_over = dying(sending._hand_over, "after decision")
    sending._resolve = dying(sending._resolve, "before resolution")
    messages = iter(range(100))
    outside = FileProvider(
        Path(path),
        before=die_in_the_second_batch("before hand-over"),
        after=die_in_the_second_batch("after hand-over"),
        each=lambda: die() if place == f"after message {next(messages)}" else None,
    )
    channels = {"outside": outside, "recording": RecordingChannel()}
    carry_on(Database(dsn), Sender(channel_of=lambda _tx, key: channels[key], batch=10), NAME, at=AT)
"""


def send_and_die(database, path, place, channel):
    died = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), database.dsn, str(path), place, channel],
        check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the tests' own package
    )
    assert died.returncode == -signal.SIGKILL


def states(database):
    with database.transaction() as tx:
        assert parted(tx) == []
        return {row.state: row.people for row in tally(tx, NAME)}


@pytest.mark.parametrize(
    ("place", "doubtful", "purpose"),
    [
        ("after claim", 0, "marketing"),
        ("before decision", 0, "marketing"),
        ("after decision", BATCH, "marketing"),
        ("before hand-over", BATCH, "marketing"),
        ("after message 10", BATCH, "marketing"),
        ("after message 15", BATCH, "marketing"),
        ("after hand-over", BATCH, "marketing"),
        ("before resolution", BATCH, "marketing"),
        ("after message 15", BATCH, "transactional"),
    ],
)
def test_a_provider_outside_gets_nobody_twice_and_nobody_is_forgotten(
    database, tmp_path, place, doubtful, purpose
):
    path = tmp_path / "taken"
    with database.transaction() as tx:
        ids = add_numbered(tx, PEOPLE)
        queue(tx, treat(ids), channel="outside", purpose=purpose)
    send_and_die(database, path, place, "outside")
    sender = Sender(channel_of=always(FileProvider(path)), batch=BATCH)

    move_until(database, sender, "queued")
    leased = states(database).get("handed", 0)
    end_leases(database)
    carry_on(database, sender, NAME, at=AT)

    taken = Counter(FileProvider(path).taken)
    with database.transaction() as tx:
        shown = in_doubt(tx, NAME)
        assert leased == doubtful  # What is leased is left alone; what waits is sent.
        if purpose == "transactional":  # Goes again under the same id: rather twice than never.
            assert states(database) == {"sent": PEOPLE}
            assert set(taken) == set(ids)
            return
        assert max(taken.values()) == 1
        assert len(shown) == doubtful
        assert states(database) == {"sent": PEOPLE - doubtful} | ({"in_doubt": doubtful} if doubtful else {})
        assert set(ids) - set(taken) <= {send.customer_id for send in shown}
        if shown:
            assert "may have left" in why_not(tx, NAME, shown[0].customer_id)


@pytest.mark.parametrize("place", ["after claim", "before decision"])
def test_the_recording_channel_leaves_nothing_in_doubt_and_no_lease_behind(database, tmp_path, place):
    with database.transaction() as tx:
        queue(tx, treat(add_numbered(tx, PEOPLE)))
    send_and_die(database, tmp_path / "unused", place, "recording")
    assert states(database) == {"sent": BATCH, "queued": PEOPLE - BATCH}

    move_until(database, Sender(channel_of=always(RecordingChannel()), batch=BATCH), "queued")

    assert states(database) == {"sent": PEOPLE}


def move_until(database, sender, gone):
    """The server notices the death of a process in a moment; until then its rows are its own."""
    ends = monotonic() + 5.0
    while gone in states(database) and monotonic() < ends:
        carry_on(database, sender, NAME, at=AT)


def test_a_provider_that_breaks_leaves_its_batch_in_doubt_and_goes_on(database, tmp_path):
    answers = iter([None, RuntimeError("connection lost"), None])

    def after():
        error = next(answers)
        if error:
            raise error

    provider = FileProvider(tmp_path / "taken", after=after)
    with database.transaction() as tx:
        queue(tx, treat(add_numbered(tx, PEOPLE)), channel="outside")

    carry_on(database, Sender(channel_of=always(provider), batch=BATCH), NAME, at=AT)

    with database.transaction() as tx:
        assert states(database) == {"sent": 2 * BATCH, "in_doubt": BATCH}
        assert {send.detail for send in in_doubt(tx, NAME)} == {"RuntimeError: connection lost"}


def test_what_may_have_left_once_never_ends_as_failed_or_not_sent(database):
    """A receipt whose first try got no answer, then the provider is away, refuses, or we do."""
    first, tries = iter([True]), Counter()

    class Away:
        name, medium, atomic = "outside", "email", False

        def deliver(self, _tx, messages):
            doubtful = next(first, False)
            tries.update(one.customer_id for one in messages)
            return [
                Receipt(send_id=one.send_id, outcome="in_doubt" if doubtful else ends[one.customer_id])
                for one in messages
            ]

    with database.transaction() as tx:
        ids = add_numbered(tx, 4)
        ends = dict(zip(ids, ("deferred", "failed", "sent", "sent"), strict=True))
        source = queue(tx, treat(ids), channel="outside", purpose="transactional")
    sender = Sender(channel_of=always(Away()))
    carry_on(database, sender, NAME, at=AT)
    with database.transaction() as tx:
        suppress(tx, ["person-3@example.invalid"], reason="hard_bounce", at=AT)
    for hour in range(1, 9):
        carry_on(database, sender, NAME, at=AT + timedelta(hours=2 * hour))

    assert tries == dict(zip(ids, (7, 2, 2, 1), strict=True))
    assert states(database) == {"sent": 1, "in_doubt": 3}
    with database.transaction() as tx:
        assert {one.customer_id for one in in_doubt(tx, NAME)} == set(ids) - {ids[2]}
        assert "not tried again" in why_not(tx, NAME, ids[3])
        settle(tx, SYSTEM, source, [one.send_id for one in in_doubt(tx, NAME)], sent=False, reason="", at=AT)
        retry_failed(tx, SYSTEM, source, at=AT)
    first = iter([True])
    carry_on(database, sender, NAME, at=AT)  # The suppressed one was settled: now it is refused as any other.
    with database.transaction() as tx:
        assert give_up(tx, source, reason="cancelled", at=AT) == 2
    assert states(database) == {"sent": 1, "in_doubt": 2, "skipped": 1}


def test_a_worker_that_outlives_its_lease_settles_what_it_really_sent(database, tmp_path):
    provider = FileProvider(tmp_path / "taken")
    other = Sender(channel_of=always(provider), batch=BATCH)

    def slow():
        end_leases(database)
        carry_on(database, other, NAME, at=AT)

    with database.transaction() as tx:
        queue(tx, treat(add_numbered(tx, BATCH)), channel="outside")

    carry_on(
        database,
        Sender(channel_of=always(FileProvider(provider.path, after=slow)), batch=BATCH),
        NAME,
        at=AT,
    )

    assert states(database) == {"sent": BATCH}
    assert max(Counter(provider.taken).values()) == 1
