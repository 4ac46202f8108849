"""Mending: what was refused is corrected or tried again, and stands in the log once."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from regulars import customers, events, log
from regulars.events import REPLAYS, Refusal, RejectSettled
from regulars.log import NewReject, RejectFilter

CAME = datetime(2026, 3, 1, 12, tzinfo=UTC)
MESSAGE = {
    "type": "track",
    "event": "Tea Ordered",
    "userId": "u1",
    "messageId": "m1",
    "properties": {"total": 3.10},
}


def refuse(database, *messages, stage="intake", source="shop", code="events.no_name"):
    with database.transaction() as tx:
        log.refuse(
            tx,
            [
                NewReject(
                    source=source,
                    stage=stage,
                    code=code,
                    reason="event: it is missing",
                    path="event",
                    payload=one if isinstance(one, str) else json.dumps(one),
                    message_id=one.get("messageId") if isinstance(one, dict) else None,
                    received_at=CAME,
                )
                for one in messages
            ],
        )
        return [one.reject_id for one in reversed(log.rejects(tx, limit=len(messages)))]


def sequence(database):
    sequencer = log.Sequencer(database, customers.resolve)
    try:
        while sequencer.run_once(CAME):
            pass
    finally:
        sequencer.close()


def fetch(database, query):
    with database.transaction() as tx:
        return tx.execute(query).fetchall()


def test_an_edited_reject_is_an_event_with_its_own_message_id(database):
    [number] = refuse(database, MESSAGE | {"event": ""})

    with database.transaction() as tx:
        outcome = events.mend(tx, number, REPLAYS, by="per_1", text=json.dumps(MESSAGE))
        kept = log.reject(tx, number)
    sequence(database)

    assert (outcome.state, kept.state, kept.settled_by) == ("mended", "mended", "per_1")
    assert fetch(
        database, "select name, message_id, source, occurred_at, properties::text from log.event"
    ) == [("Tea Ordered", "m1", "shop", CAME, '{"total": 3.1}')]


def test_an_edit_that_is_still_wrong_changes_nothing_and_says_where(database):
    [number] = refuse(database, MESSAGE | {"event": ""})

    with database.transaction() as tx:
        outcome = events.mend(tx, number, REPLAYS, by="per_1", text=json.dumps(MESSAGE | {"userId": []}))
        kept = log.reject(tx, number)
    assert outcome.refusal.path == "userId"
    assert (kept.state, kept.code, kept.attempts) == ("open", "events.no_name", 0)
    assert fetch(database, "select count(*) from log.inbox") == [(0,)]


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "NaN", '{"a": 1e999999999999}', '{"a":' + "9" * 5_000 + "}", "\0", "3"]
)
def test_what_is_no_message_is_told_and_never_an_error(database, text):
    [number] = refuse(database, "broken")
    with database.transaction() as tx:
        outcome = events.mend(tx, number, REPLAYS, by="per_1", text=text)
    assert outcome.state == "open"
    assert outcome.refusal.reason


def test_what_was_mended_is_not_mended_again(database):
    [number] = refuse(database, MESSAGE)
    with database.transaction() as tx:
        assert events.mend(tx, number, REPLAYS, by="per_1").state == "replayed"
        with pytest.raises(RejectSettled, match="replayed already by per_1"):
            events.mend(tx, number, REPLAYS, by="per_2")
        with pytest.raises(RejectSettled):
            events.dismiss_reject(tx, number, by="per_2")


def test_eight_people_who_press_at_once_make_one_event(database):
    [number] = refuse(database, MESSAGE | {"messageId": None})

    def press(_):
        try:
            with database.transaction() as tx:
                events.mend(tx, number, REPLAYS, by="per_1")
        except RejectSettled:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(8))) == 1
    sequence(database)
    assert fetch(database, "select count(*) from log.event") == [(1,)]


def test_two_rejects_of_one_message_are_one_event(database):
    numbers = refuse(database, MESSAGE, MESSAGE | {"context": {}})
    for number in numbers:
        with database.transaction() as tx:
            events.mend(tx, number, REPLAYS, by="per_1")
    sequence(database)
    assert fetch(database, "select count(*) from log.event") == [(1,)]


def test_a_replay_that_fails_keeps_it_open_with_the_newest_reason(database):
    [number] = refuse(database, MESSAGE | {"event": "", "userId": []})
    with database.transaction() as tx:
        outcome = events.mend(tx, number, REPLAYS, by="per_1")
        kept = log.reject(tx, number)
    assert outcome.state == "open"
    assert (kept.state, kept.attempts, kept.code) == ("open", 1, outcome.refusal.code)


def test_a_late_message_is_judged_by_when_it_came(database):
    at = (CAME - timedelta(days=1)).isoformat()
    [number] = refuse(database, MESSAGE | {"timestamp": at})
    with database.transaction() as tx:
        assert events.mend(tx, number, REPLAYS, by="per_1").state == "replayed"


def test_what_the_log_refused_is_mended_with_its_own_fields(database):
    with database.transaction() as tx:
        log.append(
            tx,
            [
                log.NewEvent(
                    message_id="m9",
                    name="A",
                    occurred_at=CAME,
                    properties={"a": "\0"},
                    user_id="u1",
                    source="shop",
                )
            ],
        )
        [held] = log.rejects(tx)
        text = log.reject(tx, held.reject_id).payload
        assert events.mend(tx, held.reject_id, REPLAYS, by="per_1").refusal.path == "properties.a"
        assert len(log.rejects(tx)) == 1
        outcome = events.mend(tx, held.reject_id, REPLAYS, by="per_1", text=text.replace("\\u0000", "x"))
    sequence(database)

    assert outcome.state == "mended"
    assert fetch(database, "select message_id, occurred_at, properties ->> 'a' from log.event") == [
        ("m9", CAME, "x")
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("customer_id", 7), ("history", True), ("hops", 3), ("name", "regulars.loyalty.points_earned")],
)
def test_what_only_the_product_says_of_an_event_cannot_be_mended_into_it(database, field, value):
    bad = log.NewEvent(
        message_id="m9", name="A", occurred_at=CAME, properties={"a": "\0"}, user_id="u1", source="shop"
    )
    with database.transaction() as tx:
        log.append(tx, [bad])
        [held] = log.rejects(tx)
        came = json.loads(log.reject(tx, held.reject_id).payload)
        text = json.dumps(came | {"properties": {}, field: value})
        outcome = events.mend(tx, held.reject_id, REPLAYS, by="per_1", text=text)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.path) == ("events.not_to_change", field)


def test_each_stage_is_tried_again_by_its_own_function(database):
    [number] = refuse(database, "raw body", stage="webhook")
    with database.transaction() as tx:
        assert events.mend(tx, number, REPLAYS, by="per_1").refusal.code == "events.no_replay"

    def replay(tx, held, text):
        tx.execute("create table half_done ()")
        return None if text == "good body" else Refusal(code="x.bad", path="body", reason="bad")

    with database.transaction() as tx:
        refused = events.mend(tx, number, {"webhook": replay}, by="per_1")
        assert tx.execute("select to_regclass('half_done')").fetchone() == (None,)
        mended = events.mend(tx, number, {"webhook": replay}, by="per_1", text="good body")
    assert (refused.refusal.path, mended.state) == ("body", "mended")


def test_everything_of_a_filter_is_tried_again_and_counted(database):
    refuse(database, *(MESSAGE | {"messageId": f"m{n}"} for n in range(450)))
    refuse(database, *(MESSAGE | {"messageId": f"bad{n}", "event": n} for n in range(50)))
    refuse(database, MESSAGE | {"messageId": "other"}, source="till")
    heard = []

    came = events.replay_all(
        database,
        RejectFilter(source="shop"),
        REPLAYS,
        by="per_1",
        say=lambda done, of: heard.append((done, of)),
    )
    sequence(database)

    assert (came.replayed, came.refused) == (450, 50)
    assert heard == [(200, 500), (400, 500), (500, 500)]
    assert fetch(database, "select count(*), count(distinct message_id) from log.event") == [(450, 450)]
    assert fetch(database, "select state, count(*) from log.reject group by state order by state") == [
        ("open", 51),
        ("replayed", 450),
    ]


def test_two_replays_of_all_at_once_make_each_event_once(database):
    refuse(database, *(MESSAGE | {"messageId": None, "properties": {"n": n}} for n in range(600)))

    with ThreadPoolExecutor(2) as pool:
        came = list(
            pool.map(
                lambda who: events.replay_all(database, RejectFilter(), REPLAYS, by=who), ("per_1", "per_2")
            )
        )
    events.replay_all(database, RejectFilter(), REPLAYS, by="per_3")
    sequence(database)

    assert sum(one.replayed for one in came) <= 600
    assert fetch(database, "select count(*), count(distinct properties ->> 'n') from log.event") == [
        (600, 600)
    ]


def test_a_replay_killed_in_the_middle_goes_on_where_it_stood(database):
    refuse(database, *(MESSAGE | {"messageId": None, "properties": {"n": n}} for n in range(1_500)))
    program = f"""
        from regulars import events, log
        from regulars.db import Database
        with Database({database.dsn!r}) as database:
            events.replay_all(database, log.RejectFilter(), events.REPLAYS, by="per_1")
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    ends = time.monotonic() + 30
    while fetch(database, "select count(*) from log.reject where state = 'open'") == [(1_500,)]:
        assert time.monotonic() < ends
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()

    # The database may take a moment to see that who held some of them is gone; those are left to them till then.
    while fetch(database, "select count(*) from log.reject where state = 'open'") != [(0,)]:
        assert time.monotonic() < ends
        events.replay_all(database, RejectFilter(), REPLAYS, by="per_1")
    sequence(database)

    assert fetch(database, "select count(*), count(distinct properties ->> 'n') from log.event") == [
        (1_500, 1_500)
    ]


def test_old_rejects_expire_by_the_daily_timer(database):
    refuse(database, MESSAGE)
    with database.transaction() as tx:
        tx.execute("update log.reject set rejected_at = rejected_at - interval '31 days'")
        events.expire_rejects(tx, CAME)
        [kept] = log.rejects(tx)
        assert (kept.state, kept.payload) == ("expired", None)
        with pytest.raises(RejectSettled):
            events.mend(tx, kept.reject_id, REPLAYS, by="per_1")
