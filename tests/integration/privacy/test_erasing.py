"""An erasure: killed in any step it goes on, nothing comes back, nobody else is touched."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from regulars import access, analytics, customers, jobs, log, loyalty, messaging, privacy
from regulars.access import SYSTEM, Actor
from regulars.app import App, assemble
from regulars.db import Database
from regulars.kernel import NotFound, RegularsError
from regulars.settings import read_settings
from tests.integration.log.killing import begin, wait_for_silence
from tests.integration.privacy.marked import (
    AT,
    BROWSER,
    EMAIL,
    OFFICER,
    USER,
    World,
    closed,
    event,
    found_in,
    identify,
    live,
    order,
    tables_with_marks,
    world,
)

STEPS = ("_begin", "_list", "_wipe", "_lake", "_sweep", "_rewrite")
LATER = AT + timedelta(minutes=5)


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[World]:
    yield from closed(world(database, tmp_path))


def ask(made: World, user_id: str = USER, actor: Actor = OFFICER) -> privacy.Erasure:
    with made.database.transaction() as tx:
        return privacy.start_erasure(tx, actor, made.find(user_id) or 0, at=AT)


def run_until(dsn: str, home: Path, erasure_id: int, step: str, after: bool) -> None:  # noqa: FBT001
    """Die before a step, or when its work is done and nothing more."""
    with Database(dsn) as database:
        eraser = assemble(read_settings(workspace="privacy", home=home), database).eraser
        own = getattr(type(eraser), step)

        def dying(self: privacy.Eraser, *args: object) -> None:
            if after:
                own(self, *args)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(type(eraser), step, dying)
        eraser.run(erasure_id, lambda *_: None)


@pytest.mark.one_postgresql
def test_an_erasure_that_is_killed_around_any_step_goes_on_and_is_done_once(made: World) -> None:
    live(made)
    asked = ask(made)

    for number, step in enumerate(STEPS):
        after = number % 2 == 0  # Before it, or when its work is done and the next has not begun.
        process = begin(run_until, made.database.dsn, made.home, asked.erasure_id, step, after)
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, step
        wait_for_silence(made.database.dsn)
    made.app.eraser.run(asked.erasure_id, lambda *_: None)

    with made.database.transaction() as tx:
        done = privacy.erasure(tx, asked.erasure_id)
    assert (done.state, done.left_over) == ("done", [])
    assert tables_with_marks(made.database) == {}
    assert len(made.app.settings.erasures.read_text().splitlines()) == 1
    assert dict(done.places)["log.event_0000000000001"] > 5


def test_amounts_stay_without_the_person_and_others_stay_as_they_are(made: World) -> None:
    live(made)
    with made.database.transaction() as tx:
        balance = loyalty.trial_balance(tx, "club", at=AT)
    number = made.find()

    done = made.erase()

    assert made.rows(
        f"select count(*), sum(total_minor) from orders.purchase where customer_id in ({number}, 1)"
    ) == [(2, 900)]
    with made.database.transaction() as tx:
        assert loyalty.trial_balance(tx, "club", at=AT) == balance
        assert loyalty.check_ledger(tx) == []
        with pytest.raises(NotFound):
            customers.get(tx, number or 0)
        other = customers.get(tx, made.find("other") or 0)
        assert customers.find(tx, "email", EMAIL) is None
    assert (other.name, other.email) == ("Otto Other", "other@shop.test")
    assert made.rows("select count(*) from log.reject where payload is not null") == [(1,)]
    assert (made.app.settings.drops / "shop" / "done" / "others.csv").exists()
    # A refund that the till tells afterwards still finds its order.
    told = {"order_id": "order-1", "currency": "EUR", "total": 4.5}
    made.tell(
        log.NewEvent(
            message_id="r-1", name="Order Refunded", occurred_at=LATER, source="till", properties=told
        )
    )
    assert made.rows(
        "select status, total_minor, refunded_minor from orders.purchase where order_key = 'order-1'"
    ) == [("refunded", 450, 450)]
    assert done.problem is None


def test_the_erased_come_back_as_somebody_new_and_what_is_late_is_dropped(made: World) -> None:
    made.tell(identify(USER, AT - timedelta(days=2), name="Zqxwvk", email=EMAIL), order(USER, "order-1"))
    former = made.find()
    made.erase()

    late = event(USER, "Product Viewed", at=AT - timedelta(days=1), properties={"note": "zqxwvk"})
    made.tell(late, order(USER, "order-1"))  # The order is sent again by its message id.
    assert made.find() is None
    made.tell(identify(USER, LATER, name="Zqxwvk again"))
    made.tell(event(USER, "Product Viewed", at=LATER))

    again = made.find()
    assert again is not None
    assert again != former
    with made.database.transaction() as tx:
        found = customers.get(tx, again)
        assert found.traits == {"name": "Zqxwvk again"}
        assert [one.name for one in customers.timeline(tx, again).items] == ["Product Viewed", "identify"]
    assert made.rows("select sum(late) from privacy.erased") == [(1,)]
    # And they can be erased again.
    assert made.erase().state == "done"
    assert made.find() is None


def test_nothing_stays_of_events_that_arrive_while_their_person_is_erased(made: World) -> None:
    made.tell(identify(USER, name="Zqxwvkanna", email=EMAIL))
    asked, stop = ask(made), Event()

    def arrive() -> int:
        sent = 0
        while not stop.is_set():
            with made.database.transaction() as tx:
                before = [
                    event(USER, "Product Viewed", at=AT - timedelta(seconds=1), message_id=f"late-{sent}-{n}",
                          properties={"note": f"zqxwvk {n}"})
                    for n in range(20)
                ]  # fmt: skip
                log.append(tx, before)
            made.app.catch_up(AT)
            sent += 1
        return sent

    with ThreadPoolExecutor(1) as pool:
        arriving = pool.submit(arrive)
        made.app.eraser.run(asked.erasure_id, lambda *_: None)
        stop.set()
        assert arriving.result() > 0
    made.app.catch_up(AT)

    left = tables_with_marks(made.database)
    assert left == {}, left
    assert made.find() is None


def test_who_is_merged_a_moment_before_is_erased_as_a_whole(made: World) -> None:
    made.tell(identify(USER, name="Zqxwvkanna", email=EMAIL))
    asked = ask(made)
    with made.database.transaction() as tx:  # Nobody has read this yet when the erasure begins.
        seen = {"anonymous_id": BROWSER, "at": AT - timedelta(days=1), "properties": {"note": "zqxwvk"}}
        log.append(tx, [event(None, "Page Viewed", **seen), event(USER, "Page Viewed", **seen)])  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(made.app.catch_up, AT)
        made.app.eraser.run(asked.erasure_id, lambda *_: None)
        reading.result()

    with made.database.transaction() as tx:
        assert len(privacy.erasure(tx, asked.erasure_id).atoms) == 2
    assert tables_with_marks(made.database) == {}


def test_two_erasures_at_once_are_both_done(made: World) -> None:
    made.tell(identify(USER, name="Zqxwvkanna", email=EMAIL), identify("other", email="other@shop.test"))
    first, second, again = ask(made), ask(made, "other"), ask(made)

    with ThreadPoolExecutor(3) as pool:
        works = [
            pool.submit(made.app.eraser.run, one.erasure_id, lambda *_: None)
            for one in (first, second, again)
        ]
        for work in works:
            work.result()

    assert again.erasure_id == first.erasure_id
    with made.database.transaction() as tx:
        states = [privacy.erasure(tx, one.erasure_id).state for one in (first, second)]
    assert states == ["done", "done"]
    assert made.find("other") is None


def test_an_address_that_wanted_no_mail_is_not_written_to_after_it_was_erased(made: World) -> None:
    no = {"channel": "email", "source": "page"}
    made.tell(identify(USER, email=EMAIL), event(USER, "Consent Withdrawn", properties=no))

    made.erase()

    with made.database.transaction() as tx:
        key = messaging_key(tx)
        assert messaging_suppressed(tx, key)
    assert tables_with_marks(made.database) == {}


def messaging_key(tx: object) -> bytes:
    return tx.execute("select value from messaging.secret").fetchone()[0]  # type: ignore[attr-defined]


def messaging_suppressed(tx: object, key: bytes) -> bool:
    import hmac

    wanted = hmac.digest(key, messaging.normalised(EMAIL).encode(), "sha256")
    found = tx.execute("select address_hash, reason from messaging.suppression").fetchall()  # type: ignore[attr-defined]
    return (wanted, "erased") in [(bytes(one), why) for one, why in found]


def person(app: App, name: str, level: int, function: str) -> Actor:
    with app.database.transaction() as tx:
        one = access.add_person(
            tx, SYSTEM, email=f"{name}@shop.test", name=name, level=level, function=function, at=AT
        )
        return access.actor_of(tx, one.person_id, "console")


def test_who_applies_asks_who_enables_decides_and_others_may_not(made: World) -> None:
    made.tell(identify(USER, email=EMAIL))
    number = made.find() or 0
    asks, decides = person(made.app, "asks", 3, "privacy"), person(made.app, "decides", 4, "privacy")
    for stranger in (person(made.app, "sells", 5, "marketing"), person(made.app, "looks", 2, "privacy")):
        with made.database.transaction() as tx, pytest.raises(access.NotAllowed):
            privacy.start_erasure(tx, stranger, number, at=AT)
        with made.database.transaction() as tx, pytest.raises(access.NotAllowed):
            privacy.request_erasure(tx, stranger, number, at=AT)
    with made.database.transaction() as tx, pytest.raises(access.NeedsApproval):
        privacy.start_erasure(tx, asks, number, at=AT)

    with made.database.transaction() as tx:
        wish = privacy.request_erasure(tx, asks, number, reason="She wrote to us", at=AT)
    with made.database.transaction() as tx:
        access.decide(tx, decides, wish.approval_id, "approve", at=AT)
        begun = privacy.carry_out_erasure(tx, decides, wish.approval_id, at=AT)
        assert jobs.get(tx, begun.job_id or 0).name == privacy.ERASE
    made.app.eraser.run(begun.erasure_id, lambda *_: None)

    with made.database.transaction() as tx:
        assert privacy.erasure(tx, begun.erasure_id).state == "done"
        assert privacy.erasures(tx).items[0].requested_by == "asks"


def test_what_a_restore_brings_back_is_erased_anew(made: World) -> None:
    made.tell(identify(USER, AT - timedelta(days=9), email=EMAIL), identify("other", email="other@shop.test"))
    dump = made.rows("select * from customers.identifier order by kind, value")
    made.erase()
    with made.database.transaction() as tx:  # As an older backup has it: the person, and no erasure.
        tx.execute("delete from privacy.erased; delete from privacy.erasure")
        tx.execute(
            "update customers.customer set erased_at = null, created_at = %s", [AT - timedelta(days=9)]
        )
        for kind, value, number in dump:
            tx.execute(
                "insert into customers.identifier values (%s, %s, %s) on conflict do nothing",
                (kind, value, number),
            )
    assert made.find() is not None
    with made.database.transaction() as tx:
        asked = privacy.replay_erasures(tx, made.app.settings.erasures, at=LATER)

    assert asked == 1
    with made.database.transaction() as tx:
        assert privacy.go_on(tx, LATER) == 1
        (waiting,) = privacy.erasures(tx).items
    made.app.eraser.run(waiting.erasure_id, lambda *_: None)
    assert made.find() is None
    assert made.find("other") is not None


def test_a_lost_lake_is_said_and_the_erasure_goes_on_when_it_is_back(made: World) -> None:
    made.tell(identify(USER, name="Zqxwvkanna", email=EMAIL))
    analytics.export(made.app.lake)
    place = made.home / "lake" / "privacy"
    asked = ask(made)
    place.rename(made.home / "lost")

    with pytest.raises(RegularsError):
        made.app.eraser.run(asked.erasure_id, lambda *_: None)

    assert made.find() is None  # Nobody finds them meanwhile.
    with made.database.transaction() as tx:
        stands = privacy.erasure(tx, asked.erasure_id)
    assert (stands.state, bool(stands.problem)) == ("erasing", True)
    shutil.rmtree(place, ignore_errors=True)
    (made.home / "lost").rename(place)
    made.app.eraser.run(asked.erasure_id, lambda *_: None)
    with made.database.transaction() as tx:
        done = privacy.erasure(tx, asked.erasure_id)
    assert (done.state, done.problem) == ("done", None)
    assert found_in(made.home) == []
