"""Workers that are killed or come in numbers: nothing is lost, and nothing goes out twice at once."""

import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from regulars import webhooks
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database
from regulars.kernel import Conflict, Invalid
from regulars.webhooks import finishing
from tests.integration.log.killing import begin
from tests.integration.webhooks.company import happen, open_company, order, sent, tell
from tests.integration.webhooks.receiver import Answer, Receiver
from tests.integration.webhooks.test_failing import ahead, endpoint

LEASE = timedelta(seconds=9)  # Two for beginning, one for the answer, five beyond, and one to be past it.


def deliver(dsn: str, home: str, place: str) -> None:
    """A worker's deliverer in a process of its own, until it is killed."""
    with Database(dsn) as database:
        open_company(database, Path(home), place).deliverer().run(Event())


def deliver_and_die(dsn: str, home: str, place: str) -> None:
    """It has its answers, and is killed before it can write them down."""
    finishing.run = lambda *_told, **_more: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    deliver(dsn, home, place)


def test_a_worker_killed_between_answer_and_commit_is_followed_by_another(
    app: App, receiver: Receiver
) -> None:
    tell(app, "shop", receiver.url(), timeout_s=1)
    happen(app, order(1), order(2))
    process = begin(deliver_and_die, app.database.dsn, str(app.settings.home), receiver.place)
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    first = Counter(got.id for got in receiver.got)
    assert sum(first.values()) >= 1 and {one.state for one in sent(app)} == {"sending"}

    deliverer = app.deliverer()
    deliverer.run_dry()
    assert Counter(got.id for got in receiver.got) == first  # It still holds the lease.
    ahead(app, LEASE)
    deliverer.run_dry()

    assert {one.state for one in sent(app)} == {"delivered"} and len(receiver.got) == len(first) + 2
    assert {got.id for got in receiver.got} == {one.message_id for one in sent(app)}
    with app.database.transaction() as tx:
        attempts = webhooks.attempts(tx, sent(app)[0].delivery_id)
    assert [one.outcome for one in attempts] == ["delivered", "unknown"]
    assert endpoint(app).state == "active"


def test_several_workers_one_of_them_killed_deliver_each_once_at_a_time(app: App, receiver: Receiver) -> None:
    """Ids that came twice are those that the killed one had under way."""
    receiver.answer = lambda _got: sleep(0.002) or Answer()  # type: ignore[func-returns-value]
    for key in ("one", "two", "three"):
        tell(app, key, receiver.url(f"/{key}"), rate=1_000, timeout_s=1, at_once=4)
    arguments = (app.database.dsn, str(app.settings.home), receiver.place)
    workers = [begin(deliver, *arguments) for _ in range(3)]
    try:
        happen(app, *(order(number, f"u-{number % 7}") for number in range(1, 101)))
        receiver.wait_for(60, within_s=20)
        workers[0].kill()
        ends = monotonic() + 25
        while open_ones(app) and monotonic() < ends:
            sleep(0.1)
    finally:
        for worker in workers:
            worker.kill()
            worker.join(10)

    assert not open_ones(app)
    for key in ("one", "two", "three"):
        came = Counter(got.id for got in receiver.got if got.path == f"/{key}")
        assert set(came) == {one.message_id for one in sent(app, key)} and len(came) == 100
        again = sum(count - 1 for count in came.values())
        lost = attempts_of(app, key, "unknown")
        assert again <= lost, "sent twice without a worker having been killed over it"
    assert receiver.most_at_once <= 12


def open_ones(app: App) -> int:
    with app.database.transaction() as tx:
        return sum(one.waiting for one in webhooks.open_counts(tx).values())


def attempts_of(app: App, key: str, outcome: str) -> int:
    with app.database.transaction() as tx:
        found = tx.execute(
            "select count(*) from webhooks.attempt inner join webhooks.delivery using (delivery_id) "
            "where webhook_key = %s and outcome = %s",
            (key, outcome),
        ).fetchone()
    return int(found[0]) if found else 0


def test_first_attempts_of_a_customer_keep_their_order_within_the_rate(app: App, receiver: Receiver) -> None:
    tell(app, "shop", receiver.url(), rate=40, at_once=4)
    happen(app, *(order(number, f"u-{number % 5}") for number in range(1, 61)))
    began = monotonic()
    stop, deliverer = Event(), app.deliverer()
    thread = Thread(target=deliverer.run, args=(stop,))
    thread.start()
    receiver.wait_for(60)
    stop.set()
    thread.join(10)

    assert monotonic() - began > 0.4  # 40 at once, and 20 more at 40 a second.
    for user in range(5):
        mine = [
            int(got.told["data"]["properties"]["order_id"])
            for got in receiver.got
            if got.told["data"]["customer"]["user_id"] == f"u-{user}"
        ]
        assert mine == sorted(mine) and len(mine) == 12


def test_everything_since_a_point_goes_out_again_once_also_when_its_job_is_repeated(
    app: App, receiver: Receiver
) -> None:
    happen(app, order(1), order(2, history=True), order(3))
    tell(app, "shop", receiver.url())
    happen(app, order(4))
    deliverer = app.deliverer()
    deliverer.run_dry()
    now = app.wall.now()
    with app.database.transaction() as tx:
        tried = sent(app)[0]
        webhooks.replay(tx, SYSTEM, "shop", tried.delivery_id, at=now, now=now)
        asked = webhooks.replay_since(tx, SYSTEM, "shop", position=1, at=now, now=now)
        with pytest.raises(Invalid):
            webhooks.replay_since(tx, SYSTEM, "shop", at=now, now=now)
        since = webhooks.replay_since(tx, SYSTEM, "shop", since=now, at=now, now=now)
    assert (since.events, asked.first) == (0, 1) and asked.last >= 4
    deliverer.run_dry()
    args = {"webhook": "shop", "after": 0, "to": asked.last, "asked_at": app.wall.now().isoformat()}
    for _ in range(2):
        webhooks.replay_job(app.database, args, Quietly())  # type: ignore[arg-type]
        deliverer.run_dry()

    orders = [got.told["data"]["properties"]["order_id"] for got in receiver.got]
    assert sorted(orders) == ["1", "3", "4", "4", "4"] and len({got.id for got in receiver.got}) == 3

    trial = webhooks.send_test(app.database, SYSTEM, "shop", way=app.way, vault=app.vault, at=now, now=now)
    assert trial.outcome.status == 200 and receiver.got[-1].told["type"] == "regulars.webhooks.test"
    with app.database.transaction() as tx, pytest.raises(Conflict, match="test"):
        webhooks.replay(tx, SYSTEM, "shop", trial.delivery_id, at=now, now=now)


class Quietly:
    def update(self, *_told: object) -> None:
        pass
