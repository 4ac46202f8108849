"""Whatever is done in whatever order, by several hosts that may die: nobody twice, nobody forgotten, no cap broken."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg import sql

from regulars import access
from regulars.channels import Receipt
from regulars.db import Database, run
from regulars.messaging import (
    POLICY_KEY,
    SENDING_POLICY,
    Cap,
    QuietHours,
    Sender,
    SendingPolicy,
    SourceName,
    carry_on,
    enqueue,
    find_source,
    give_up,
    in_doubt,
    open_source,
    pause,
    retry_failed,
    tally,
)
from regulars.templates import TEMPLATE
from tests.integration.messaging.given import (
    AT,
    HELLO,
    add_numbered,
    always,
    end_leases,
    parted,
    publish,
    treat,
)

PEOPLE, CAMPAIGNS, A_DAY = 6, ("red", "green"), 2
EMPTY = sql.SQL(
    "truncate messaging.reaction, messaging.recorded, messaging.send, messaging.source, customers.customer "
    "restart identity cascade"
)


class Died(BaseException):
    """As SIGKILL: nothing behind it runs, and no answer is read."""


class World:
    """What the outside took, and how it answers next."""

    name, medium, atomic = "outside", "email", False

    def __init__(self):
        self.took, self.mood = [], "sent"

    def deliver(self, _tx, given):
        receipts = []
        for place, one in enumerate(given):
            if self.mood == "dies" and place == 1:
                raise Died
            if self.mood in ("sent", "lost", "dies"):
                self.took.append((one.customer_id, one.send_id, one.at))
            if self.mood != "lost":
                outcome = "sent" if self.mood == "dies" else self.mood
                receipts.append(Receipt(send_id=one.send_id, outcome=outcome))
        if self.mood == "dies":
            raise Died
        return receipts


class AnyOrder(RuleBasedStateMachine):
    database: Database

    @initialize()
    def begin(self):
        self.world, self.now, self.asked = World(), AT, {key: set() for key in CAMPAIGNS}
        with self.database.transaction() as tx:
            run(tx, EMPTY)
            self.ids = add_numbered(tx, PEOPLE)
            for key in CAMPAIGNS:
                open_source(
                    tx, named(key), channel="outside", template_key="hello", template_version=1, at=AT
                )

    @rule(key=st.sampled_from(CAMPAIGNS), some=st.sets(st.integers(0, PEOPLE - 1), min_size=1))
    def enqueue(self, key, some):
        with self.database.transaction() as tx:
            ids = [self.ids[place] for place in sorted(some)]
            enqueue(tx, find_source(tx, named(key)), treat(ids), at=self.now)
        self.asked[key] |= set(ids)

    @rule(
        key=st.sampled_from(CAMPAIGNS),
        mood=st.sampled_from(["sent", "sent", "failed", "deferred", "in_doubt", "lost", "dies"]),
        batch=st.integers(1, 4),
    )
    def send(self, key, mood, batch):
        self.world.mood = mood
        with suppress(Died):
            carry_on(
                self.database, Sender(channel_of=always(self.world), batch=batch), named(key), at=self.now
            )

    @rule()
    def leases_end(self):
        end_leases(self.database)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(key=st.sampled_from(CAMPAIGNS), paused=st.booleans())
    def pause_or_resume(self, key, paused):
        with self.database.transaction() as tx:
            pause(tx, find_source(tx, named(key)), paused=paused)

    @rule(key=st.sampled_from(CAMPAIGNS))
    def retry(self, key):
        with self.database.transaction() as tx:
            retry_failed(tx, access.SYSTEM, find_source(tx, named(key)), at=self.now)

    @rule(key=st.sampled_from(CAMPAIGNS))
    def cancel(self, key):
        with self.database.transaction() as tx:
            give_up(tx, find_source(tx, named(key)), reason="cancelled", at=self.now)

    @invariant()
    def nobody_got_one_twice_and_nobody_more_than_a_day_allows(self):
        if not hasattr(self, "world"):
            return
        sends = Counter(send_id for _, send_id, _ in self.world.took)
        assert max(sends.values(), default=1) == 1
        days = Counter((customer, at.date()) for customer, _, at in self.world.took)
        assert max(days.values(), default=1) < A_DAY
        assert not [at for _, _, at in self.world.took if at.hour >= 22 or at.hour < 6]
        with self.database.transaction() as tx:
            assert parted(tx) == []

    def teardown(self):
        """In the end everybody has an answer, and whatever left is known to have left, or shown as in doubt."""
        if not hasattr(self, "world"):
            return
        self.world.mood = "sent"
        for key in CAMPAIGNS:
            with self.database.transaction() as tx:
                pause(tx, find_source(tx, named(key)), paused=False)
        for _ in range(4):
            end_leases(self.database)
            self.now += timedelta(hours=17)
            for key in CAMPAIGNS:
                carry_on(self.database, Sender(channel_of=always(self.world)), named(key), at=self.now)
        self.nobody_got_one_twice_and_nobody_more_than_a_day_allows()
        with self.database.transaction() as tx:
            for key in CAMPAIGNS:
                became = Counter()
                for one in tally(tx, named(key)):
                    became[one.state] += one.people
                assert became.total() == len(self.asked[key])
                assert set(became) <= {"sent", "skipped", "failed", "in_doubt"}
            left = {send_id for _, send_id, _ in self.world.took}
            doubtful = {one.send_id for key in CAMPAIGNS for one in in_doubt(tx, named(key))}
            sent = {
                row[0] for row in tx.execute("select send_id from messaging.fact_send where state = 'sent'")
            }
            assert sent <= left <= sent | doubtful


def named(key):
    return SourceName(kind="campaign", key=key, version=1)


@pytest.mark.parametrize("examples", [12])
def test_in_any_order_nobody_gets_it_twice_and_nobody_is_forgotten(database, examples):
    quiet = QuietHours(starts="22:00", ends="06:00")
    body = SendingPolicy(title="All", caps=(Cap(n=A_DAY - 1, per="day"),), quiet_hours=(quiet,))
    with database.transaction() as tx:
        publish(tx, SENDING_POLICY, POLICY_KEY, body)
        publish(tx, TEMPLATE, "hello", HELLO)
    machine = type("Here", (AnyOrder,), {"database": database})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
