"""Whatever comes: a payload is mapped or told what is wrong with it; nothing else happens."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import connections, events
from regulars.connections.body import ConnectionBody
from regulars.connections.expressions import Reading
from regulars.connections.kind import Ready, made_ready
from regulars.connections.mapping import apply
from regulars.connections.payload import Envelope, Unreadable, read_json, seal, unseal
from regulars.connections.receiving import arrival_of
from regulars.events import Reception

AT = datetime(2026, 3, 10, tzinfo=UTC)
SHOPS = {
    shape: made_ready("shop", ConnectionBody(title="x", source="shop", shape=shape), Reading())
    for shape in ("shopify", "woocommerce")
}
TOPICS = {
    shape: sorted({topic for made in shop.rules for topic in made.topics or ()})
    for shape, shop in SHOPS.items()
}
ODD = st.sampled_from(
    ["", "0", "NaN", "1e9", "-5", "\x00", "<script>", "'; drop table x; --", "\ud800", "9" * 50]
)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def tried(raw: bytes) -> tuple[Any, Unreadable | None]:
    try:
        return read_json(raw), None
    except Unreadable as error:
        return None, error


def taken(shop: Ready, topic: str, payload: Any) -> None:
    """Read, map and read as events, as a delivery is: no error but the told ones."""
    raw = json.dumps(payload).encode()
    read, wrong = tried(raw)
    if wrong is not None:
        assert wrong.code.startswith("webhook.") and wrong.reason
        return
    header = "x-shopify-topic" if shop.body.shape == "shopify" else "x-wc-webhook-topic"
    done = apply(shop.rules, arrival_of(shop, {header: topic}, read, raw), AT)
    assert not (done.messages and done.findings)
    for message in done.messages:
        made = events.read(message, Reception(source="shop", received_at=AT))
        assert made is not None
    for finding in done.findings:
        assert finding.message and finding.code.startswith("mapping.")


@settings(max_examples=300, deadline=None)
@given(shape=st.sampled_from(["shopify", "woocommerce"]), data=st.data())
def test_a_sample_with_anything_anywhere_is_mapped_or_told(shape: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from([one for one in connections.samples() if one.shape == shape]))
    payload = json.loads(sample.text)
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = payload
        for _ in range(data.draw(st.integers(0, 3))):
            inner = list(place.values()) if isinstance(place, dict) else list(place)
            inner = [one for one in inner if isinstance(one, dict | list) and one]
            if not inner:
                break
            place = data.draw(st.sampled_from(inner))
        name = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        place[name] = data.draw(ANY)

    taken(SHOPS[shape], data.draw(st.sampled_from(TOPICS[shape])), payload)


@settings(max_examples=200, deadline=None)
@given(shape=st.sampled_from(["shopify", "woocommerce"]), payload=ANY, data=st.data())
def test_any_json_is_mapped_or_told(shape: str, payload: Any, data: st.DataObject) -> None:
    taken(SHOPS[shape], data.draw(st.sampled_from(TOPICS[shape])), payload)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_read_or_told(raw: bytes) -> None:
    read, wrong = tried(raw)

    assert isinstance(read, dict | list) if wrong is None else wrong.path and wrong.reason


@settings(max_examples=200, deadline=None)
@given(plain=ANY)
def test_any_expression_is_read_or_told(plain: Any) -> None:
    reading = Reading()

    reading.expression(plain, "here")

    assert all(finding.path.startswith("here") and finding.message for finding in reading.findings)


@settings(max_examples=200, deadline=None)
@given(payload=st.dictionaries(st.text(max_size=8), ANY, max_size=4))
def test_an_envelope_gives_back_what_was_put_in(payload: dict[str, Any]) -> None:
    text = json.dumps(payload)
    read, wrong = tried(text.encode())
    if wrong is not None:
        return
    put = Envelope(connection="c", topic="t", delivery="d", headers={"a": "b"}, text=text, payload=read)

    kept = unseal(seal(put))

    assert (kept.payload, kept.topic, kept.headers) == (read, "t", {"a": "b"})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"connection": 5}', '{"connection": "c"}', "nonsense"])
def test_an_envelope_that_is_none_is_told(text: str) -> None:
    with pytest.raises(Unreadable):
        unseal(text)


@pytest.mark.parametrize("number", ["1e999", "-1e99999999999999999999", "NaN"])
def test_a_number_that_cannot_be_kept_is_told(number: str) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        read_json(f'{{"total": {number}}}')
