"""The tracking API: what is taken, what is refused with which answer, and that nothing else happens."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars import access, events
from regulars.db import Database
from regulars.definitions import publish, save_draft
from regulars.intake import is_tracking
from tests.integration.intake.counter import NOW, Shop, basic, opened, packed, track

SUCCESS = {"success": True}


@pytest.fixture(scope="module")
def house(server) -> Iterator[Database]:
    """One database for all: cloning one for each of so many would take most of the time."""
    with Database(server.clone()) as database:
        yield database


@pytest.fixture
def shop(house) -> Shop:
    with house.transaction() as tx:
        tx.execute("truncate log.inbox, log.reject, log.event, log.seen, access.key cascade")
        tx.execute("update log.sequencer set next_position = 1")
    return opened(house)


def said(answer, status: int, code: str) -> str:
    assert answer.status_code == status, answer.text
    plain = answer.json()
    assert (plain["success"], plain["code"]) == (False, code)
    assert answer.headers["access-control-allow-origin"] == "*"
    return plain["message"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "name"),
    [
        ("/v1/track", {"userId": "u", "event": "Order Completed"}, "track", "Order Completed"),
        ("/v1/identify", {"userId": "u", "traits": {"plan": "gold"}}, "identify", "identify"),
        ("/v1/page", {"anonymousId": "a", "name": "Home"}, "page", "page"),
        ("/v1/screen", {"anonymousId": "a", "name": "Home"}, "screen", "screen"),
        ("/v1/group", {"userId": "u", "groupId": "g"}, "group", "group"),
        ("/v1/alias", {"userId": "u", "previousId": "a"}, "alias", "alias"),
        ("/v1/t", {"userId": "u", "event": "x"}, "track", "x"),
        ("/v1/i/", {"userId": "u"}, "identify", "identify"),
        ("/v1/batch", {"batch": [{"type": "screen", "userId": "u"}]}, "screen", "screen"),
        ("/v1/b", {"batch": [{"type": "track", "userId": "u", "event": "x"}]}, "track", "x"),
    ],
)
def test_each_call_of_the_specification_is_taken(shop, path, body, kind, name):
    answer = shop.post(path, body)

    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    assert is_tracking(path)
    (row,) = shop.inbox()
    assert (row["type"], row["name"], row["source"], row["history"]) == (kind, name, "shop", False)


def test_an_import_is_history_however_old(shop):
    shop.stands_on_servers()

    shop.post("/v1/import", {"batch": [track(timestamp="2011-01-01T00:00:00Z")]})

    (row,) = shop.inbox()
    assert row["history"] and row["occurred_at"] == datetime(2011, 1, 1, tzinfo=UTC)


def test_a_key_in_pages_imports_no_history(shop):
    answer = shop.post("/v1/import", {"batch": [track(timestamp="2011-01-01T00:00:00Z")]})

    assert (answer.status_code, answer.json()["code"]) == (403, "intake.not_from_pages")
    assert shop.inbox() == [] and shop.rejects() == []


def test_of_a_key_in_pages_nobody_believes_what_only_servers_know(shop):
    product = track(2, event="Product Updated", properties={"product_id": "tea", "name": "Defaced"})
    forged = {"verified": True, "provenance": {"kind": "hand", "by": "Eve"}, "server": True, "locale": "de"}

    shop.post("/v1/batch", {"batch": [track("import:1:1", context=forged), product]})

    (row,), (reject,) = shop.inbox(), shop.rejects()
    assert (row["message_id"], row["context"]) == ("shop/m-import:1:1", {"locale": "de"})
    assert (reject.code, reject.path) == ("events.not_from_pages", "event")


def test_a_key_on_a_server_is_believed(shop):
    shop.stands_on_servers()
    product = track(2, event="Product Updated", properties={"product_id": "tea"})

    shop.post("/v1/batch", {"batch": [track("a:1", context={"verified": True}), product]})

    assert shop.rejects() == []
    assert [row["message_id"] for row in shop.inbox()] == ["m-a:1", "m-2"]
    assert shop.inbox()[0]["context"] == {"verified": True}


def test_money_arrives_as_it_was_written(shop):
    shop.post(
        "/v1/track", b'{"userId":"u","event":"e","properties":{"price":4.10,"big":12345678901234567.89}}'
    )

    with shop.database.transaction() as tx:
        text = tx.execute("select properties::text from log.inbox").fetchone()[0]
    assert json.loads(text, parse_float=Decimal) == {
        "price": Decimal("4.10"), "big": Decimal("12345678901234567.89"),
    }  # fmt: skip
    assert "4.10" in text


def test_a_batchs_context_stands_below_each_messages_own_and_its_sending_time_corrects_all(shop):
    body = {
        "batch": [track(1, context={"ip": "192.0.2.9"}), track(2, timestamp="2020-01-01T00:00:00Z")],
        "context": {"ip": "192.0.2.1", "library": {"name": "ours"}},
        "sentAt": "2020-01-01T00:01:00Z",
    }
    shop.post("/v1/batch", body)

    first, second = shop.inbox()
    assert first["context"] == {"ip": "192.0.2.9", "library": {"name": "ours"}}
    assert second["context"]["originalTimestamp"] == "2020-01-01T00:00:00Z"
    assert abs(datetime.now(UTC) - timedelta(minutes=1) - second["occurred_at"]) < timedelta(seconds=20)


@pytest.mark.parametrize("colon", [":", "", ":x"])
def test_the_key_is_the_user_name_of_basic_authentication(shop, colon):
    answer = shop.post("/v1/track", track(), key=None, authorization=basic(shop.key, colon))

    assert answer.json() == SUCCESS


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_the_key_may_stand_in_the_body_also_as_plain_text(shop, path):
    body = track() if path == "/v1/track" else {"batch": [track()]}
    given = {"content-type": "text/plain;charset=UTF-8", "authorization": "Bearer something-else"}

    answer = shop.post(path, {**body, "writeKey": shop.key}, key=None, **given)

    assert answer.json() == SUCCESS
    assert len(shop.inbox()) == 1


@pytest.mark.parametrize("key", ["", "rk_1_wrong", "\udcff", "x" * 5000, None, 5])
def test_a_key_that_is_none_of_ours_is_told_so(shop, key):
    text = json.dumps({**track(), "writeKey": key}).encode()

    assert "Make a tracking key" in said(shop.post("/v1/track", text, key=None), 401, "intake.unknown_key")
    said(shop.post("/v1/track", track(), key=None, authorization="Basic %%%"), 401, "intake.unknown_key")
    assert shop.inbox() == []


def test_an_api_key_sends_no_events(shop):
    with shop.database.transaction() as tx:
        api = access.make_key(tx, shop.actor, name="api", level=3, function="engineering", at=NOW)

    said(shop.post("/v1/track", track(), key=api.text), 401, "intake.unknown_key")


def test_a_revoked_key_is_refused_within_five_seconds(shop, monkeypatch):
    from regulars.intake import keyring

    monkeypatch.setattr(keyring, "KNOWN_FOR_S", 0.3)

    async def work(client):
        async def send(number):
            return await client.post(
                "/v1/track", json=track(number), headers={"authorization": basic(shop.key)}
            )

        assert (await send(1)).status_code == 200
        with shop.database.transaction() as tx:
            access.revoke_key(tx, shop.actor, shop.key_id, at=NOW, now=datetime.now(UTC))
        await asyncio.sleep(0.4)
        return await send(2)

    assert keyring.KNOWN_FOR_S < 5
    said(shop.during(work), 401, "intake.unknown_key")


def test_a_key_sends_for_the_source_it_was_given_and_by_what_that_declares(shop):
    with shop.database.transaction() as tx:
        events.assign_key(tx, shop.actor, shop.key_id, "tills", at=NOW)
        body = {"title": "Tills", "late_days": 1}
        save_draft(tx, shop.actor, events.SOURCE, "tills", body, at=NOW)
        publish(tx, shop.actor, events.SOURCE, "tills", at=NOW)

    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    shop.post("/v1/batch", {"batch": [track(1), track(2, timestamp=old)]})

    assert [row["source"] for row in shop.inbox()] == ["tills"]
    assert [(r.source, r.code, r.path, r.message_id) for r in shop.rejects()] == [
        ("tills", "events.late", "timestamp", "m-2")
    ]


def test_a_browser_may_ask_before_it_sends(shop):
    async def ask(client):
        return await client.options("/v1/b", headers={"origin": "https://a.invalid"})

    answer = shop.during(ask)

    assert answer.status_code == 204 and answer.content == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "86400"


def test_the_published_browser_client_is_told_where_to_send(shop):
    async def ask(client):
        return await client.get(f"/v1/projects/{shop.key}/settings")

    ours = shop.during(ask)
    public = shop.during(ask, public_url="https://track.shop.example")

    sends_to = {"apiKey": shop.key, "apiHost": "shop.invalid/v1", "protocol": "http"}
    assert ours.json()["integrations"]["Segment.io"] == sends_to
    assert ours.headers["access-control-allow-origin"] == "*"
    assert public.json()["integrations"]["Segment.io"]["apiHost"] == "track.shop.example/v1"
    assert is_tracking("/v1/projects/x/settings") and not is_tracking("/v1/webhooks/x")


def test_a_mistake_of_ours_is_told_as_one(shop, monkeypatch):
    from regulars.intake import tracking

    monkeypatch.setattr(tracking.events, "read_harmless", lambda *_: 1 / 0)

    said(shop.post("/v1/track", track()), 500, "intake.fault")


def test_another_method_is_told_which_to_use(shop):
    async def ask(client):
        return await client.get("/v1/track")

    answer = shop.during(ask)

    said(answer, 405, "intake.method")
    assert answer.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"x", b'{"batch": [{"a": 1}, {oops}]}', b'{"batch": [1,2', b"\x00", b'"', b"\xff",
     b'{"a":"', b"nul", b"[" * 30_000, b'{"batch":[{}],,}', b'{"batch":[{"a":"\\ud800"},{"b":01}]}', b'"\\' * 9_000],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_broken_json_is_refused_as_a_whole_with_a_clear_text(shop, body, path):
    answer = shop.post(path, body)

    if answer.status_code == 200:  # Deep or not UTF-8: it may be JSON, and is kept where it can be seen.
        assert [r.code for r in shop.rejects()] in (["events.too_deep"], ["events.text"])
    else:
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] in {"intake.not_json", "intake.not_an_object", "intake.no_batch"}
    assert shop.inbox() == []


@pytest.mark.parametrize("body", [[], 5, "x", None, True, {"batch": {}}, {"batch": 5}, {"batch": "x"}, {}])
def test_a_batch_that_is_none_is_refused(shop, body):
    assert shop.post("/v1/batch", body).status_code == 400


def test_an_empty_batch_is_taken(shop):
    assert shop.post("/v1/batch", {"batch": []}).json() == SUCCESS


DEEP = b'{"type":"track","userId":"u","event":"deep","properties":' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001
WRONG = {
    b'{"type":"track","userId":"u","event":"x","properties":{"a":"nul\\u0000"}}': "events.text",
    b'{"type":"track","userId":"u","event":"half\\ud83d"}': "events.text",
    b'{"type":"track","userId":"u","event":"latin\xe9"}': "events.text",
    DEEP: "events.too_deep",
    b'{"type":"track","userId":"u","event":"x","properties":{"a":1e999}}': "events.number",
    b'{"type":"track","userId":"u","event":"x","properties":{"a":1e99999999999999999999}}': "events.number",
    b'{"type":"track","userId":"u","event":"x","properties":{"a":' + b"9" * 5_000 + b"}}": "events.number",
    b'{"type":"track","userId":"u","event":"x","properties":{"a":NaN}}': "events.number",
    b"null": "events.not_an_object",
    b"[[[]]]": "events.not_an_object",
    b'"batch"': "events.not_an_object",
    b"{}": "events.type",
    b'{"type":"track","userId":"u"}': "events.no_name",
    b'{"type":"track","event":"x"}': "events.nobody",
    b'{"type":"track","userId":{"$ne":null},"event":"x"}': "events.id",
    b'{"type":"track","userId":"u","event":"regulars.loyalty.earned"}': "events.reserved_name",
    b'{"type":"track","userId":"u","event":"x","timestamp":"2999-01-01"}': "events.future",
    b'{"type":"track","userId":"u","event":"x","timestamp":"0001-01-01T00:00:00+14:00"}': "events.timestamp",
    b'{"type":"track","userId":"u","event":"' + b"x" * 40_000 + b'"}': "events.too_large",
}


@pytest.mark.parametrize("wrong", WRONG, ids=list(range(len(WRONG))))
def test_one_bad_message_leaves_its_neighbours_alone_and_is_kept_with_its_reason(shop, wrong):
    good = [json.dumps(track(number)).encode() for number in (1, 2)]
    sent = b'{"sentAt":null, "batch" : [ %s , %s,%s ] , "context":{"a":"],["}}' % (good[0], wrong, good[1])

    answer = shop.post("/v1/batch", sent)

    assert answer.json() == SUCCESS
    assert [row["message_id"] for row in shop.inbox()] == ["m-1", "m-2"]
    (reject,) = shop.rejects()
    assert (reject.code, reject.stage, reject.source) == (WRONG[wrong], "intake", "shop")
    assert reject.payload and shop.key not in reject.payload


def test_what_was_refused_can_be_read_again_once_it_is_mended(shop):
    body = {
        "sentAt": "2020-01-01T00:00:05Z",
        "batch": [track(7, event=None, timestamp="2020-01-01T00:00:00Z")],
    }
    shop.post("/v1/batch", body)

    (reject,) = shop.rejects()
    mended = {**json.loads(reject.payload), "event": "Order Completed"}
    assert reject.received_at is not None
    event = events.read(mended, events.Reception(source="shop", received_at=reject.received_at))

    assert not isinstance(event, events.Refusal)
    assert event.occurred_at == reject.received_at - timedelta(seconds=5)


@pytest.mark.parametrize("size", [33_000, 499_000])
def test_a_call_of_more_than_32_kb_is_refused(shop, size):
    answer = shop.post("/v1/track", track(properties={"x": "x" * size}))

    assert "one call may have 32,768" in said(answer, 400, "intake.too_large")


def test_a_body_of_ten_megabytes_is_refused_without_being_read(shop):
    async def chunks():
        raise AssertionError("it was read")
        yield b""

    async def send(client):
        headers = {"authorization": basic(shop.key), "content-length": "10000000"}
        return await client.post("/v1/batch", content=chunks(), headers=headers)

    assert "10,000,000 bytes" in said(shop.during(send), 400, "intake.too_large")


def test_a_body_that_hides_its_size_is_cut_off_at_the_limit(shop):
    read = 0

    async def chunks():
        nonlocal read
        for _ in range(200):
            read += 50_000
            yield b"x" * 50_000

    async def send(client):
        return await client.post("/v1/batch", content=chunks(), headers={"authorization": basic(shop.key)})

    said(shop.during(send), 400, "intake.too_large")


def test_a_gzip_body_is_unpacked(shop):
    answer = shop.post("/v1/batch", packed({"batch": [track()]}), **{"content-encoding": "gzip"})

    assert answer.json() == SUCCESS and len(shop.inbox()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (packed({"batch": ["x" * 50_000_000]}), "intake.too_large"),
        (packed(track())[:-9], "intake.not_gzip"),
        (b"plain", "intake.not_gzip"),
        (b"", "intake.not_gzip"),
    ],
    ids=["bomb", "cut", "plain", "empty"],
)
def test_a_gzip_body_that_is_a_bomb_or_none_is_refused(shop, body, code):
    said(shop.post("/v1/batch", body, **{"content-encoding": "gzip"}), 400, code)


@pytest.mark.parametrize(
    "headers", [{"content-encoding": "br"}, {"content-type": "application/x-www-form-urlencoded"}]
)
def test_what_is_neither_json_nor_gzip_is_told_what_is(shop, headers):
    answer = shop.post("/v1/track", track(), **headers)

    assert answer.status_code == 400 and answer.json()["code"] in {"intake.encoding", "intake.content_type"}


def test_sql_and_html_in_every_field_are_texts_like_any(shop):
    evil = "'); drop table log.inbox; --<script>alert(1)</script>\\N\t\r\n\\.\\"
    body = {
        "userId": evil, "anonymousId": evil, "messageId": evil, "event": evil + "x",
        "properties": {evil: [evil, {evil: evil}]}, "context": {"ip": evil},
    }  # fmt: skip
    assert shop.post("/v1/track", body).json() == SUCCESS
    assert shop.post("/v1/page", {**body, "name": evil, "category": evil}).json() == SUCCESS

    first, second = shop.inbox()
    assert (first["user_id"], first["message_id"], first["name"]) == (evil, evil, evil + "x")
    assert first["properties"] == body["properties"] and first["context"] == body["context"]
    assert second["properties"]["name"] == evil


def test_the_same_message_is_one_event_across_batches_calls_and_sources(shop):
    with shop.database.transaction() as tx:
        other = access.make_key(tx, shop.actor, name="till", kind="tracking", at=NOW).text
    shop.post("/v1/batch", {"batch": [track(1), track(1, event="Another"), track(2)]})
    shop.post("/v1/track", track(1))
    shop.post("/v1/track", track(2), key=other)
    shop.sequence()

    assert [(e.message_id, e.name, e.source) for e in shop.events()] == [
        ("m-1", "Product Viewed", "shop"), ("m-2", "Product Viewed", "shop"),
    ]  # fmt: skip


def test_two_overlapping_batches_at_once_give_each_event_once(shop):
    async def work(client):
        async def send(first):
            batch = {"batch": [track(number) for number in range(first, first + 100)]}
            return await client.post("/v1/batch", json=batch, headers={"authorization": basic(shop.key)})

        return await asyncio.gather(*(send(50 * (n % 4)) for n in range(12)))

    answers = shop.during(work)
    shop.sequence()

    assert {answer.status_code for answer in answers} == {200}
    found = [event.message_id for event in shop.events()]
    assert sorted(found) == sorted({f"m-{number}" for number in range(250)})


def test_a_client_that_sends_for_ever_is_slowed_down_by_its_key_alone(shop):
    async def work(client):
        async def send(number, key):
            return await client.post(
                "/v1/batch",
                json={"batch": [track(f"{key[-3:]}-{number}-{n}") for n in range(10)]},
                headers={"authorization": basic(key)},
            )

        with shop.database.transaction() as tx:
            other = access.make_key(tx, shop.actor, name="till", kind="tracking", at=NOW).text
        many = [await send(number, shop.key) for number in range(30)]
        return many, await send(0, other)

    many, other = shop.during(work, tracking_rate=5)

    slowed = [answer for answer in many if answer.status_code == 429]
    assert len(slowed) >= 24
    assert "more than 5 events a second" in said(slowed[0], 429, "intake.too_many")
    assert int(slowed[0].headers["retry-after"]) >= 1
    assert slowed[0].headers["x-ratelimit-reset"] == slowed[0].headers["retry-after"]
    assert other.status_code == 200
    kept = 10 * sum(answer.status_code == 200 for answer in many) + 10
    assert len(shop.inbox()) == kept


def test_more_than_can_wait_is_refused_instead_of_held(shop):
    async def work(client):
        body = json.dumps({"batch": [track(n, properties={"x": "y" * 900}) for n in range(400)]})

        async def send():
            return await client.post("/v1/batch", content=body, headers={"authorization": basic(shop.key)})

        with shop.database.connect() as blocking:
            blocking.execute("lock table log.inbox in access exclusive mode")
            waiting = [asyncio.ensure_future(send()) for _ in range(20)]
            await asyncio.sleep(0.5)
            early = [task.result() for task in waiting if task.done()]
        return early, [await task for task in waiting]

    early, every = shop.during(work, tracking_waiting_mib=2)

    assert len(early) >= 12
    assert {answer.status_code for answer in every} == {200, 503}
    assert said(early[0], 503, "intake.busy") and early[0].headers["retry-after"] == "1"
    assert len(shop.inbox()) == 400 * sum(answer.status_code == 200 for answer in every)


def test_what_was_accepted_is_written_before_the_end(shop):
    """Requests that wait when the stop comes are answered, and those that come later are refused."""

    async def work(client):
        with shop.database.connect() as blocking:
            blocking.execute("lock table log.inbox in access exclusive mode")
            waiting = [
                asyncio.ensure_future(
                    client.post("/v1/track", json=track(n), headers={"authorization": basic(shop.key)})
                )
                for n in range(50)
            ]
            await asyncio.sleep(0.5)
        return waiting

    waiting = shop.during(work)

    assert {task.result().status_code for task in waiting} == {200}
    assert len(shop.inbox()) == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=3)
    ),
    max_leaves=12,
)
BYTES = st.binary(max_size=60) | st.text('{}[]",:\\batch0', max_size=40).map(str.encode)
NAMES = st.sampled_from(
    [
        "type",
        "event",
        "userId",
        "anonymousId",
        "timestamp",
        "properties",
        "traits",
        "context",
        "name",
        "groupId",
    ]
)
MESSAGE = st.dictionaries(NAMES, JSON, max_size=6) | JSON


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MESSAGE, max_size=12))
def test_whatever_a_batch_holds_each_message_is_an_event_or_a_reject(shop, found):
    before = len(shop.inbox()), sum(r.times for r in shop.rejects())
    batch = [{"userId": "u", "event": "e", "type": "track", **m} if isinstance(m, dict) else m for m in found]

    answer = shop.post("/v1/batch", {"batch": batch})

    assert answer.json() == SUCCESS, answer.text
    after = len(shop.inbox()), sum(r.times for r in shop.rejects())
    assert sum(after) - sum(before) == len(batch)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BYTES, min_size=8, max_size=30), st.booleans())
def test_whatever_bytes_come_the_answer_is_clear(shop, bodies, is_packed):
    headers = {"authorization": basic(shop.key), **({"content-encoding": "gzip"} if is_packed else {})}

    async def send(client):
        return [await client.post("/v1/batch", content=body, headers=headers) for body in bodies]

    for answer in shop.during(send):
        assert answer.status_code in (200, 400)
        assert answer.json()["success"] is (answer.status_code == 200)
