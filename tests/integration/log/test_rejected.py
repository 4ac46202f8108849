"""Rejects: kept with reason and place, counted when repeated, listed, settled once, expired."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from regulars import log
from regulars.log import NewReject, RejectFilter
from tests.integration.log.world import event, fetch, put


def new(payload: str = "{}", **changed: object) -> NewReject:
    given: dict[str, object] = {
        "source": "shop",
        "stage": "intake",
        "code": "events.name_missing",
        "reason": "event: it is missing",
        "path": "event",
        "payload": payload,
    }
    return NewReject(**(given | changed))  # type: ignore[arg-type]


def refuse(database, *refused: NewReject) -> int:
    with database.transaction() as tx:
        return log.refuse(tx, refused)


def test_a_reject_keeps_where_why_and_what(database):
    came = datetime(2026, 3, 1, tzinfo=UTC)
    assert refuse(database, new('{"event": 3}', message_id="m1", received_at=came)) == 1

    with database.transaction() as tx:
        [listed] = log.rejects(tx)
        one = log.reject(tx, listed.reject_id)
    assert (one.source, one.stage, one.code, one.path) == ("shop", "intake", "events.name_missing", "event")
    assert (one.payload, one.message_id, one.received_at) == ('{"event": 3}', "m1", came)
    assert (one.state, one.settled_at, one.times, one.attempts) == ("open", None, 1, 0)


def test_what_no_database_keeps_is_kept_as_its_escape(database):
    refuse(database, new('{"a": "\0 \ud800 é"}', source="s\0", reason="a\0", path="\udfff", message_id="\0"))

    with database.transaction() as tx:
        [one] = log.rejects(tx)
    assert one.payload == '{"a": "\\u0000 \\ud800 é"}'
    assert (one.source, one.reason, one.path, one.message_id) == (
        "s\\u0000",
        "a\\u0000",
        "\\udfff",
        "\\u0000",
    )


def test_a_payload_of_ten_megabytes_is_cut_to_one(database):
    refuse(database, new("x" * 10_000_000))

    with database.transaction() as tx:
        [listed] = log.rejects(tx)
        assert len(listed.payload) == 400
        assert len(log.reject(tx, listed.reject_id).payload) == 1_048_576


def test_a_client_that_retries_for_ever_is_one_row_that_counts(database):
    assert refuse(database, new("a"), new("a"), new("b")) == 3
    for _ in range(20):
        refuse(database, new("a"))

    with database.transaction() as tx:
        assert {(r.payload, r.times) for r in log.rejects(tx)} == {("a", 22), ("b", 1)}


def test_batches_with_the_same_rejects_in_any_order_do_not_stand_in_each_others_way(database):
    batch = [new(str(n)) for n in range(200)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: refuse(database, *(batch if n % 2 else reversed(batch))), range(12)))

    with database.transaction() as tx:
        [count] = log.reject_counts(tx)
    assert (count.rejects, count.times) == (200, 2_400)


def test_rejects_are_filtered_and_counted_by_reason(database):
    refuse(database, *(new(str(n)) for n in range(3)))
    refuse(database, new("w", source="till", stage="webhook", code="connections.no_signature"))

    with database.transaction() as tx:
        assert [(c.source, c.code, c.rejects) for c in log.reject_counts(tx)] == [
            ("shop", "events.name_missing", 3),
            ("till", "connections.no_signature", 1),
        ]
        assert [r.payload for r in log.rejects(tx, RejectFilter(source="till"))] == ["w"]
        assert [r.payload for r in log.rejects(tx, RejectFilter(code="events.name_missing"))] == [
            "2",
            "1",
            "0",
        ]
        assert [r.payload for r in log.rejects(tx, RejectFilter(stage="webhook", state="open"))] == ["w"]
        assert log.rejects(tx, RejectFilter(since=datetime.now(UTC) + timedelta(hours=1))) == []
        last = log.rejects(tx, limit=2)[-1]
        assert [r.payload for r in log.rejects(tx, before=last.reject_id)] == ["1", "0"]


def test_a_reject_is_settled_once_and_the_same_may_come_again_after(database):
    refuse(database, new())

    with database.transaction() as tx:
        [one] = log.rejects(tx)
        assert log.settle(tx, [one.reject_id], "mended", by="per_1") == 1
        assert log.settle(tx, [one.reject_id], "dismissed", by="per_2") == 0
        log.refuse(tx, [new()])
        again, settled = log.rejects(tx)
    assert (settled.state, settled.settled_by, again.state) == ("mended", "per_1", "open")
    assert settled.settled_at is not None


def test_an_open_set_is_bounded_by_the_moment_it_was_asked_for(database):
    refuse(database, *(new(str(n)) for n in range(5)))
    with database.transaction() as tx:
        chosen = RejectFilter(source="shop")
        bounds = log.open_set(tx, chosen)
        log.refuse(tx, [new("later")])

        first = log.hold_open(tx, chosen, after=0, to=bounds.last, limit=3)
        rest = log.hold_open(tx, chosen, after=first[-1].reject_id, to=bounds.last, limit=3)

    assert bounds.rejects == 5
    assert [r.payload for r in (*first, *rest)] == ["0", "1", "2", "3", "4"]


def test_what_somebody_else_mends_is_passed_over(database):
    refuse(database, new("1"), new("2"))

    with database.transaction() as mine, database.transaction() as theirs:
        held, other = log.rejects(mine)
        log.reject(mine, held.reject_id, hold=True)
        seen = log.hold_open(theirs, RejectFilter(), after=0, to=held.reject_id, limit=9)
    assert [r.reject_id for r in seen] == [other.reject_id]


def test_a_failed_replay_keeps_it_open_with_the_newest_reason(database):
    refuse(database, new())

    with database.transaction() as tx:
        [one] = log.rejects(tx)
        log.refuse_again(tx, [(one.reject_id, new(code="events.late", reason="too late", path="timestamp"))])
        [one] = log.rejects(tx)
    assert (one.code, one.path, one.reason, one.attempts) == ("events.late", "timestamp", "too late", 1)
    assert one.state == "open"


def test_old_rejects_expire_and_their_payload_is_erased(database):
    refuse(database, new("old"), new("settled"), new("new"))
    with database.transaction() as tx:
        ids = {r.payload: r.reject_id for r in log.rejects(tx)}
        log.settle(tx, [ids["settled"]], "replayed", by="per_1")
        tx.execute(
            "update log.reject set rejected_at = rejected_at - interval '31 days' where payload <> 'new'"
        )

        assert log.expire_rejects(tx) == 2
        assert log.expire_rejects(tx) == 0
        states = {r.reject_id: (r.state, r.payload) for r in log.rejects(tx)}
    assert states == {
        ids["old"]: ("expired", None),
        ids["settled"]: ("replayed", None),
        ids["new"]: ("open", "new"),
    }


def test_what_the_log_itself_refuses_has_its_source_path_and_message_id(database):
    put(database, event(number=4, properties={"a": "\0"}))

    with database.transaction() as tx:
        [one] = log.rejects(tx)
    assert (one.source, one.stage, one.code, one.path) == (
        "regulars",
        "append",
        "log.not_stored",
        "properties.a",
    )
    assert one.message_id


def test_there_is_no_reject_that_never_was(tx):
    with pytest.raises(log.RejectNotFound):
        log.reject(tx, 99)


def test_the_published_view_shows_what_is_open(database):
    refuse(database, new())
    assert fetch(database, "select source, code, state from log.fact_reject") == [
        ("shop", "events.name_missing", "open")
    ]
