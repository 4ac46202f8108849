"""Sums are what counting every row gives, whatever is done, by however many at once, and whoever dies."""

import os
import random
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta
from time import sleep

from regulars import access, messaging, responses
from regulars.db import Database
from regulars.messaging import Reaction, Sender, carry_on, fold_sums, ledger
from regulars.messaging.ledger import Outcome
from regulars.responses import Figures
from tests.integration.messaging.given import AT, NAME, add_numbered, always, end_leases, parted, queue, treat
from tests.integration.messaging.test_any_order import World

KINDS = (
    "delivered", "deferred", "bounced", "complained", "opened", "clicked", "unsubscribed", "viewed", "replied",
)  # fmt: skip
MACHINES = ("opened", "clicked", "viewed", "replied")


class Steps:
    """Anything that changes a send or what came back of it, drawn at random."""

    def __init__(self, database, seed):
        self.database, self.drawn, self.now, self.world = database, random.Random(seed), AT, World()
        self.number = 0

    def some(self, tx, table="messaging.send", column="send_id"):
        found = tx.execute(f"select {column} from {table} order by 1").fetchall()
        return [one for (one,) in self.drawn.sample(found, min(len(found), self.drawn.randrange(1, 6)))]

    def send(self):
        self.world.mood = self.drawn.choice(["sent", "sent", "failed", "deferred", "in_doubt"])
        carry_on(self.database, Sender(channel_of=always(self.world), batch=4), NAME, at=self.now)

    def answer(self):
        with self.database.transaction() as tx:
            told = []
            for send_id in self.some(tx):
                kind, self.number = self.drawn.choice(KINDS), self.number + 1
                told.append(
                    Reaction(
                        key=f"{id(self)}:{self.number}",
                        send_id=send_id,
                        kind=kind,
                        at=self.now + timedelta(minutes=self.number % 90),
                        machine=kind in MACHINES and self.drawn.random() < 0.4,
                        hard=kind == "bounced" and self.drawn.random() < 0.5,
                    )
                )
            messaging.react(tx, told + told[:1])

    def machines(self):
        with self.database.transaction() as tx:
            keys = self.some(tx, "messaging.reaction where kind in ('opened', 'clicked', 'viewed')", "key")
            messaging.reclassify(tx, dict.fromkeys(keys, "burst"), at=self.now)

    def settle(self):
        with self.database.transaction() as tx:
            source, sent = messaging.find_source(tx, NAME), self.drawn.random() < 0.5
            given = self.some(tx)
            ledger.settle(tx, access.SYSTEM, source, given, sent=sent, reason="seen", at=self.now)

    def retry(self):
        with self.database.transaction() as tx:
            ledger.retry_failed(tx, access.SYSTEM, messaging.find_source(tx, NAME), at=self.now)

    def wait(self):
        self.now += timedelta(minutes=self.drawn.randrange(1, 120))
        end_leases(self.database)

    def enqueue(self):
        with self.database.transaction() as tx:
            source = messaging.find_source(tx, NAME)
            people = self.some(tx, "customers.customer", "customer_id")
            later = {one: self.now + timedelta(minutes=self.drawn.choice([0, 5, 600])) for one in people}
            self.number += 1
            arms = {one: self.drawn.choice(["treated", "treated", "held_out"]) for one in people}
            messaging.enqueue(tx, source, arms, at=self.now, entry=self.number, not_before=later)

    def erase(self):
        with self.database.transaction() as tx:
            atoms = self.some(tx, "customers.customer", "customer_id")[:1]
            messaging.erase(tx, atoms, [])
            responses.erase(tx, atoms, [])

    def forget(self):
        with self.database.transaction() as tx:
            messaging.forget_reactions(tx, self.now - timedelta(minutes=self.drawn.randrange(30, 300)))

    def fold(self):
        fold_sums(self.database, limit=self.drawn.choice([1, 7, 20_000]))

    def step(self):
        often = [self.send, self.answer, self.answer, self.answer, self.machines, self.settle, self.enqueue]
        self.drawn.choice([*often, self.retry, self.wait, self.erase, self.forget, self.fold])()


def begun(house, people=12):
    with house.database.transaction() as tx:
        queue(tx, treat(add_numbered(tx, people)), channel="outside")


def in_all(tx):
    """The figures, and the same as the domains make them, counted one by one."""
    kept, domains = responses.figures(tx, NAME), responses.by_domain(tx, NAME)
    names = [one.name for one in fields(Figures) if one.name != "counted"]
    counted = {name: sum(getattr(one.figures, name) for one in domains) for name in names}
    return {name: getattr(kept, name) for name in names}, counted


def test_sums_are_what_counting_gives_after_any_step(house):
    begun(house)
    steps = Steps(house.database, seed=11)

    for _ in range(120):
        steps.step()
        with house.database.transaction() as tx:
            assert parted(tx) == []
            kept, counted = in_all(tx)
            assert kept == counted

    assert sum(kept.values()) > 20
    steps.fold()
    fold_sums(house.database)
    with house.database.transaction() as tx:
        assert parted(tx) == []
        assert tx.execute("select count(*) from messaging.send_moved").fetchone() == (0,)
        assert tx.execute("select count(*) from messaging.send_sum where sends = 0").fetchone() == (0,)


def test_sums_hold_when_answers_and_outcomes_come_at_once(house):
    begun(house, people=40)
    with house.database.transaction() as tx:
        source = messaging.find_source(tx, NAME)
        claimed = ledger.claim(tx, source, limit=40, at=AT)
        ids = [one.send_id for one in claimed]
        ledger.decide(
            tx, [Outcome(send_id=one, state="handed") for one in ids], worker="w", lease_s=60, at=AT
        )

    def outcomes():
        with Database(house.database.dsn) as own:
            for place in range(0, 40, 4):
                with own.transaction() as tx:
                    part = [Outcome(send_id=one, state="sent") for one in ids[place : place + 4]]
                    ledger.resolve(tx, part, worker="w", at=AT)
                    sleep(0.01)

    def answers(name, *kinds):
        with Database(house.database.dsn) as own:
            for place in range(0, 40, 3):
                with own.transaction() as tx:
                    told = [
                        Reaction(key=f"{name}:{kind}:{one}", send_id=one, kind=kind, at=AT)
                        for one in ids[place : place + 3]
                        for kind in kinds
                    ]
                    messaging.react(tx, told)
                    sleep(0.01)
                    if name == "a":
                        keys = {one.key: "burst" for one in told if one.kind == "clicked"}
                        messaging.reclassify(tx, keys, at=AT)
                    sleep(0.01)

    def folds():
        with Database(house.database.dsn) as own:
            for _ in range(40):
                fold_sums(own, limit=3)
                sleep(0.01)

    with ThreadPoolExecutor() as pool:
        doing = [
            pool.submit(outcomes), pool.submit(folds), pool.submit(folds), pool.submit(answers, "a", "clicked"),
            pool.submit(answers, "b", "opened", "delivered"), pool.submit(answers, "c", "bounced"),
        ]  # fmt: skip
        for one in doing:
            one.result()

    with house.database.transaction() as tx:
        assert parted(tx) == []
        kept, counted = in_all(tx)
    assert kept == counted
    assert (kept["sent"], kept["opened"], kept["machine_clicked"], kept["bounced"]) == (40, 40, 40, 0)


CHILD = """
    import sys
    from regulars.db import Database
    from tests.integration.responses.test_sums import Steps

    print("began", flush=True)
    steps = Steps(Database(sys.argv[1]), seed=5)
    while True:
        steps.step()
"""


def test_who_dies_in_the_middle_leaves_sums_as_they_are_counted(house):
    begun(house)
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), house.database.dsn],
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the tests' own package
        stdout=subprocess.PIPE,
    ) as child:
        child.stdout.readline()
        sleep(0.4)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    with house.database.transaction() as tx:
        assert parted(tx) == []
        kept, counted = in_all(tx)
    assert kept == counted
