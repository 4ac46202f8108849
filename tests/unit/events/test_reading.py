"""One message of the Segment specification: what becomes of it, and what is said when it cannot be used."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.events import Policy, Reception, Refusal, read
from regulars.log import NewEvent

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
RECEPTION = Reception(source="shop", received_at=NOW)
TRACK = {"type": "track", "messageId": "m-1", "userId": "u-1", "event": "Order Completed"}


def event(item: dict[str, Any], reception: Reception = RECEPTION) -> NewEvent:
    made = read(item, reception)
    assert isinstance(made, NewEvent), made
    return made


def refusal(item: object, reception: Reception = RECEPTION) -> Refusal:
    made = read(item, reception)
    assert isinstance(made, Refusal), made
    assert made.reason.endswith(".")
    return made


def test_a_track_becomes_an_event_of_its_name():
    made = event({**TRACK, "anonymousId": "a-1", "properties": {"total": 5}, "context": {"ip": "192.0.2.1"}})

    assert made == NewEvent(
        message_id="m-1", type="track", name="Order Completed", occurred_at=NOW, user_id="u-1", anonymous_id="a-1",
        properties={"total": 5}, context={"ip": "192.0.2.1"}, source="shop",
    )  # fmt: skip


def test_an_identify_carries_its_traits_as_properties():
    made = event({"type": "identify", "userId": "u-1", "messageId": "m", "traits": {"email": "a@b.invalid"}})

    assert (made.name, made.properties) == ("identify", {"email": "a@b.invalid"})


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_page_and_a_screen_keep_name_and_category_among_the_properties(kind):
    made = event(
        {"type": kind, "anonymousId": "a", "name": "Home", "category": "Shop", "properties": {"url": "/"}}
    )

    assert (made.type, made.name) == (kind, kind)
    assert made.properties == {"url": "/", "name": "Home", "category": "Shop"}


def test_a_group_keeps_its_id_in_the_context_and_its_traits_as_properties():
    made = event(
        {"type": "group", "userId": "u", "groupId": 17, "traits": {"name": "Ltd"}, "context": {"a": 1}}
    )

    assert made.context == {"a": 1, "groupId": "17"}
    assert made.properties == {"name": "Ltd"}


def test_an_alias_keeps_the_earlier_id_in_the_context():
    made = event({"type": "alias", "userId": "new", "previousId": "old"})

    assert (made.user_id, made.context) == ("new", {"previousId": "old"})


def test_numbers_as_ids_become_text():
    made = event({**TRACK, "userId": 12345678901234567890, "messageId": 7})

    assert (made.user_id, made.message_id) == ("12345678901234567890", "7")


def test_a_message_without_an_id_gets_a_fresh_one_each_time():
    item = {name: value for name, value in TRACK.items() if name != "messageId"}

    assert event(item).message_id != event(item).message_id


def test_the_instant_is_corrected_by_what_the_clients_clock_is_wrong():
    ten_years_ahead = NOW + timedelta(days=3652)
    item = {**TRACK, "timestamp": (ten_years_ahead - timedelta(minutes=3)).isoformat()}

    made = event(item, Reception(source="shop", received_at=NOW, sent_at=ten_years_ahead))

    assert made.occurred_at == NOW - timedelta(minutes=3)
    assert made.context == {"originalTimestamp": item["timestamp"]}


def test_a_sent_at_inside_the_message_corrects_as_well():
    item = {**TRACK, "originalTimestamp": "2026-03-29T10:00:00Z", "sentAt": "2026-03-29T11:00:00Z"}

    assert event(item).occurred_at == NOW - timedelta(hours=1)


def test_a_correction_of_less_than_a_second_leaves_no_trace():
    item = {**TRACK, "timestamp": "2026-03-29T11:59:59.900Z"}

    made = event(item, Reception(source="shop", received_at=NOW, sent_at=NOW - timedelta(milliseconds=50)))

    assert made.context is None


@pytest.mark.parametrize(
    "said",
    [
        "2026-03-29T11:00:00Z", "2026-03-29T11:00:00.000Z", "2026-03-29T11:00:00.000000000Z", "20260329T110000Z",
        "2026-03-29T13:00:00+02:00", "2026-03-29T13:00:00+0200", "2026-03-29 11:00:00", "2026-03-29 11:00:00 UTC",
        "2026-03-29t11:00z", "2026-03-29T11", "2026-W13-7T11:00", "2026-03-29T11:00:00,000Z", 1774782000000,
        "1774782000000", 1774782000, Decimal("1774782000.000"), 1774782000000.0,
    ],
)  # fmt: skip
def test_an_instant_is_read_in_its_usual_forms(said):
    assert event({**TRACK, "timestamp": said}).occurred_at == datetime(2026, 3, 29, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", ["yesterday", "2026-13-01", "", True, [], {}, "9" * 300, Decimal("1E+400000"), 10**30, "\ud800"]
)
def test_an_instant_that_is_none_is_refused(said):
    assert refusal({**TRACK, "timestamp": said}).code in {"events.timestamp", "events.text", "events.number"}


def test_an_event_beyond_the_sources_limits_is_refused():
    policy = Policy(late=timedelta(days=2), future=timedelta(minutes=1))
    reception = Reception(source="till", received_at=NOW, policy=policy)

    late = refusal({**TRACK, "timestamp": (NOW - timedelta(days=3)).isoformat()}, reception)
    future = refusal({**TRACK, "timestamp": (NOW + timedelta(minutes=2)).isoformat()}, reception)

    assert (late.code, late.path) == ("events.late", "timestamp")
    assert "3 days before" in late.reason and "till takes events up to 2 days back" in late.reason
    assert (future.code, future.path) == ("events.future", "timestamp")


def test_history_may_be_as_old_as_it_is_and_is_marked():
    reception = Reception(source="shop", received_at=NOW, history_before=NOW - timedelta(days=1))

    assert event({**TRACK, "timestamp": "1971-01-01T00:00:00Z"}, reception).history
    assert not event({**TRACK, "timestamp": NOW.isoformat()}, reception).history


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"type": "charge"}, "events.type", "type"),
        ({"type": None}, "events.type", "type"),
        ({"type": ["track"]}, "events.type", "type"),
        ({"event": None}, "events.no_name", "event"),
        ({"event": "  "}, "events.no_name", "event"),
        ({"event": 5}, "events.no_name", "event"),
        ({"event": "x" * 201}, "events.too_long", "event"),
        ({"event": "regulars.loyalty.earned"}, "events.reserved_name", "event"),
        ({"event": " Regulars.x"}, "events.reserved_name", "event"),
        ({"userId": None}, "events.nobody", "userId"),
        ({"userId": ""}, "events.nobody", "userId"),
        ({"userId": True}, "events.id", "userId"),
        ({"userId": {"a": 1}}, "events.id", "userId"),
        ({"userId": "u" * 201}, "events.too_long", "userId"),
        ({"userId": "undefined"}, "events.nobodys_id", "userId"),
        ({"messageId": "m" * 201}, "events.too_long", "messageId"),
        ({"anonymousId": []}, "events.id", "anonymousId"),
        ({"properties": "x"}, "events.not_an_object", "properties"),
        ({"context": [1]}, "events.not_an_object", "context"),
        ({"properties": {"a": {"b": ["x", "y\0"]}}}, "events.text", "properties.a.b[1]"),
        ({"properties": {"a\ud800": 1}}, "events.text", "properties"),
        ({"event": "\udfff"}, "events.text", "event"),
        ({"userId": "a\0b"}, "events.text", "userId"),
        ({"properties": {"n": Decimal("1E+9999")}}, "events.number", "properties.n"),
        ({"properties": {"n": 10**4_200}}, "events.number", "properties.n"),
        ({"properties": {"long": "x" * 33_000}}, "events.too_large", ""),
        ({"type": "group"}, "events.no_group", "groupId"),
        ({"type": "alias"}, "events.no_previous", "previousId"),
        ({"type": "alias", "previousId": "p", "userId": None, "anonymousId": "a"}, "events.nobody", "userId"),
        ({"type": "identify", "traits": [1]}, "events.not_an_object", "traits"),
        ({"type": "page", "name": 5}, "events.name", "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_place(change, code, path):
    found = refusal({**TRACK, **change})

    assert (found.code, found.path) == (code, path)


@pytest.mark.parametrize("item", [None, 5, "x", [], [TRACK], True])
def test_what_is_no_object_is_refused(item):
    assert refusal(item).code == "events.not_an_object"


@pytest.mark.parametrize("levels", [40, 900, 50_000])
def test_deep_nesting_is_refused_with_its_place(levels):
    deep: Any = 1
    for _ in range(levels):
        deep = {"a": deep}

    assert refusal({**TRACK, "properties": deep}).code == "events.too_deep"


def test_money_arrives_as_it_was_written():
    item = msgspec.json.Decoder(float_hook=Decimal).decode(
        b'{"type":"track","event":"e","userId":"u","properties":{"price":4.10,"big":12345678901234567890.05}}'
    )

    assert str(event(item).properties["price"]) == "4.10"
    assert str(event(item).properties["big"]) == "12345678901234567890.05"


def test_a_plan_that_refuses_and_one_that_warns():
    problem = Refusal(code="plan.type", path="properties.total", reason="It is a text, a number is planned.")

    def check(name: str, properties: Any) -> list[Refusal]:
        return [problem] if name == "Cart Viewed" and isinstance(properties.get("total"), str) else []

    item = {**TRACK, "event": "Cart Viewed", "properties": {"total": "5"}}
    policies = {way: Policy(unplanned=way, check=check) for way in ("keep", "warn", "refuse")}
    made = {way: read(item, Reception(source="s", received_at=NOW, policy=p)) for way, p in policies.items()}

    assert made["refuse"] == problem
    assert isinstance(made["keep"], NewEvent) and made["keep"].context is None
    assert isinstance(made["warn"], NewEvent)
    assert made["warn"].context == {"unplanned": ["properties.total: It is a text, a number is planned."]}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "properties", "traits",
     "context", "groupId", "previousId", "name", "category"]
)  # fmt: skip
TYPES = st.sampled_from(["track", "identify", "page", "screen", "group", "alias", "x"])


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(FIELDS, ANYTHING), TYPES)
def test_whatever_comes_it_is_an_event_or_a_refusal_and_never_an_error(item, kind):
    made = read({"userId": "u", "event": "e", **item, "type": kind}, RECEPTION)

    assert isinstance(made, NewEvent | Refusal)
    if isinstance(made, Refusal):
        f"{made.path}{made.reason}".encode()


@pytest.mark.parametrize("name", ["Order Completed", "Order Updated", "Product Viewed"])
@pytest.mark.parametrize("said", [None, True, False, "true"])
def test_only_an_order_that_a_server_tells_says_so(name: str, said: object):
    item = {**TRACK, "event": name, "context": {"server": said, "locale": "de"}}

    by_server = event(item, replace(RECEPTION, policy=Policy(server=True))).context
    by_page = event(item).context

    assert by_page == {"locale": "de"}
    assert by_server == {"server": True if name.startswith("Order") else said, "locale": "de"}
