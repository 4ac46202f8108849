"""Two hosts send one campaign over real mail servers; one is killed with -9 while it hands over."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from regulars.channels import Channel, Message, Receipt
from regulars.db import Database, Tx
from regulars.kernel import public_id
from regulars.messaging import Sender, carry_on, find_source, give_up, in_doubt, pause, tally, why_not
from tests.integration.channels import fakes
from tests.integration.channels.channel_maker import carrier, mail_body, smtp_of
from tests.integration.messaging.given import AT, NAME, add_customers, always, end_leases, queue, treat

PEOPLE = 150
BATCH = 40
HOST = """
    import sys
    from regulars.db import Database
    from regulars.messaging import Sender, carry_on
    from regulars.outgoing import WayOut
    from tests.integration.channels.channel_maker import carrier, mail_body, smtp_of
    from tests.integration.messaging.given import AT, NAME, always

    dsn, port, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    database = Database(dsn)
    channel = carrier(database, mail_body(smtp_of(port)), WayOut(allow=frozenset({f"127.0.0.1:{port}"})))
    print("ready", flush=True)
    sys.stdin.readline()
    carry_on(database, Sender(channel_of=always(channel), batch=batch), NAME, at=AT)
"""


@contextmanager
def host(database: Database, server: fakes.Fake) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that sends by this mail server once it is told to."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOST), database.dsn, str(server.port), str(BATCH)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def begin(*hosts: subprocess.Popen[str]) -> None:
    for one in hosts:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in hosts:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()


def wait(holds: Callable[[], bool]) -> None:
    ends = monotonic() + 60
    while not holds():
        assert monotonic() < ends
        sleep(0.005)


def states(database: Database) -> dict[str, int]:
    with database.transaction() as tx:
        found: dict[str, int] = {}
        for row in tally(tx, NAME):
            found[row.state] = found.get(row.state, 0) + row.people
    return found


def test_killed_paused_and_cancelled_while_handing_over_nobody_gets_two_and_nobody_is_forgotten(
    database: Database,
) -> None:
    with database.transaction() as tx:
        people = [(f"Person {n}", f"late-{n}@example.com") for n in range(PEOPLE)]
        ids = add_customers(tx, [*people, ("Twin", "late-3@example.com")])
        source = queue(tx, treat(ids), channel="outside")

    with (
        fakes.smtp(late_s=0.03) as first,
        fakes.smtp(late_s=0.03) as second,
        fakes.smtp(late_s=0.0) as third,
        host(database, first) as dying,
        host(database, second) as living,
    ):
        begin(dying, living)
        wait(lambda: len(first.taken) > 5 and len(second.taken) > 0)
        os.kill(dying.pid, signal.SIGKILL)
        with database.transaction() as tx:
            pause(tx, source, paused=True)
        assert (dying.wait(60), living.wait(60)) == (-signal.SIGKILL, 0)
        stood = states(database)
        # What was on its way when somebody paused arrives, and nothing after it.
        assert stood["handed"] == BATCH
        assert stood["sent"] == len(second.taken) == len(second.ids)
        assert 5 < len(first.taken) < BATCH
        assert stood["queued"] > BATCH

        end_leases(database)
        with database.transaction() as tx:
            pause(tx, source, paused=False)
        cancelled = cancel_after_one_batch(
            database, carrier(database, mail_body(smtp_of(third.port)), third.way)
        )

    taken = first.ids + second.ids + third.ids
    assert max(taken.values()) == 1, "nobody got two"
    addresses = [to for fake in (first, second, third) for to, _ in fake.taken]
    assert len(addresses) == len(set(addresses)), "and no address did"
    stands = states(database)
    assert sum(stands.values()) == len(ids), "nobody is forgotten"
    assert stands["in_doubt"] == BATCH
    assert stands["sent"] == len(second.ids) + len(third.ids)
    assert len(third.ids) in (BATCH, BATCH - 1)
    assert stands["skipped"] >= cancelled > 0
    with database.transaction() as tx:
        shown = in_doubt(tx, NAME)
        assert set(first.ids) <= {public_id("msg", one.send_id) for one in shown}
        assert "may have left" in why_not(tx, NAME, shown[0].customer_id)


def cancel_after_one_batch(database: Database, channel: Channel) -> int:
    """Somebody cancels while a batch is on its way: the batch arrives, the rest is skipped."""
    skipped: list[int] = []

    class Cancelling:
        name, medium, atomic = channel.name, channel.medium, channel.atomic

        def deliver(self, _tx: Tx | None, messages: Sequence[Message]) -> Sequence[Receipt]:
            with database.transaction() as tx:
                skipped.append(give_up(tx, find_source(tx, NAME), reason="cancelled", at=AT))
            return channel.deliver(None, messages)

    carry_on(database, Sender(channel_of=always(Cancelling()), batch=BATCH), NAME, at=AT)
    (number,) = skipped
    return number
