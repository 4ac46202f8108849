"""The quick way of harmless messages: it gives the lines that the usual way gives, and leaves it the rest."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.events import BYTES_MAX, Policy, Reception, Refusal
from regulars.events.storable import unstorable
from regulars.intake.answers import Refused
from regulars.intake.messages import MESSAGE, UNREADABLE, Found, Messages, _read, _read_slowly
from regulars.intake.tracking import Tracking, _plain_line, unpacked

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
KINDS = ("track", "identify", "page", "screen", "group", "alias")
FRESH = re.compile(r"\b[0-9a-f]{32}\b")  # An id of our own, new each time.

# JSON as it is written, for much of it cannot be told from what a writer of JSON makes.
TEXTS = st.sampled_from(
    [
        b'"m-1"', b'"u"', b'""', b'" "', b'"null"', b'"[object Object]"', b'"a:b"', b'"x\\u0000y"', b'"\\u0000"',
        b'"\x00"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xed\xa0\x80"', b'"\xff"', '"Grüße 😀\u00a0\u2028"'.encode(),
        b'"a\\tb\\nc\\rd"', b'"a\tb"', b'"a\nb"', b'"\x7f"', b'"\\"\\\\\\/"', b'"\\N"', b'"NaN"', b'"Infinity"',
        b'"1E+999"', b'"{[{["', b'"' + b"n" * 199 + b'"', b'"' + b"n" * 201 + b'"', b'"' + b"9" * 450 + b'"',
        b'"Order Completed"', b'"Order Refunded"', b'"Consent Given"', b'"regulars.x"', b'"Product Viewed"',
        b'"2026-03-29T11:59:59.900Z"', b'"2026-03-01"', b'"1999-01-01"', b'"2036-01-01T00:00:00+02:00"', b'"12,30"',
        b'"12.30"', b'"' + b"{" * 40 + b'"',
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [
        b"0", b"-0", b"-0.0", b"7", b"18.99", b"1.0", b"1.10", b"0.00000001", b"0.0000000", b"1e2", b"1E5", b"1e-8",
        b"1e400", b"1e401", b"1e999", b"1e99999999999999999999", b"-1E+999", b"1e-999", b"18446744073709551616", b"-9223372036854775809",
        b"123456789012345678901234567890.5", b"9" * 400, b"9" * 401, b"9" * 3000, b"0." + b"3" * 450, b"01", b"1.",
        b".5", b"+1", b"NaN", b"Infinity", b"-Infinity", b"1774785600000",
        b"1774785600.5",
    ]
)  # fmt: skip
DEEP = st.builds(
    lambda levels, inner: b"[" * levels + inner + b"]" * levels,
    st.integers(1, 40),
    st.just(b'{"a":1}') | TEXTS,
)
SPACES = st.sampled_from([b"", b"", b" ", b"\t", b"\r\n"])
NAMES = st.sampled_from(
    [
        b'"a"', b'"b"', b'"total"', b'"price"', b'"products"', b'"server"', b'"verified"', b'"form"', b'"public"',
        b'"externalIds"', b'"\\u0061"', b'"x\\u0000"', b'"\xed\xb0\x80"', b'"writeKey"', '"größe"'.encode(),
    ]
)  # fmt: skip
ATOMS = TEXTS | NUMBERS | st.sampled_from([b"null", b"true", b"false", b"{}", b"[]"])


def objects(
    names: st.SearchStrategy[bytes], members: st.SearchStrategy[bytes], most: int = 4
) -> st.SearchStrategy[bytes]:
    """Objects as they are written: with one name twice, and with signs between that mean nothing."""
    pairs = st.lists(st.tuples(names, SPACES, members), max_size=most)
    return pairs.map(lambda of: b"{" + b",".join(name + b":" + gap + said for name, gap, said in of) + b"}")


BAGS = objects(NAMES, st.recursive(ATOMS, lambda inner: objects(NAMES, inner, 3), max_leaves=4) | DEEP)
HARMLESS = st.sampled_from(
    [
        b'"u-1"',
        b'"Product Viewed"',
        b'"2026-03-29T11:59:00Z"',
        b"{}",
        b'{"price":18.99,"of":["a",null]}',
        b"5",
    ]
)
FIELDS = (
    b'"type"', b'"messageId"', b'"userId"', b'"anonymousId"', b'"event"', b'"timestamp"', b'"originalTimestamp"',
    b'"sentAt"', b'"properties"', b'"traits"', b'"context"', b'"groupId"', b'"previousId"', b'"name"', b'"category"',
    b'"integrations"',
)  # fmt: skip
BASE = b'"messageId":"m-1","userId":"u-1","event":"Product Viewed","groupId":"g","previousId":"p"'


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """A message that is good but for a few of its fields, which may be anything."""
    said = draw(objects(st.sampled_from(FIELDS), HARMLESS | ATOMS | BAGS | DEEP))
    kind = json.dumps(draw(st.sampled_from(KINDS))).encode()
    text = b'{"type":' + kind + b"," + BASE + (b"," if len(said) > 2 else b"") + said[1:]
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(text) - 1))
        text = text[:at] + draw(st.binary(max_size=2)) + text[at + draw(st.integers(0, 1)) :]
    return text + b" " * draw(st.sampled_from([0, 0, 0, 3_200, 3_500, 3_700]))


def wrong(name: str, properties: Any) -> list[Refusal]:
    if not properties:
        return []
    return [
        Refusal(code="events.plan", path=f"properties.{next(iter(properties))}", reason="It's\tnot planned.")
    ]


SENDERS = st.builds(
    lambda server, unplanned, check: SimpleNamespace(
        source="shop", policy=Policy(server=server, unplanned=unplanned, check=check)
    ),
    st.booleans(), st.sampled_from(["keep", "warn", "refuse"]), st.sampled_from([None, None, wrong]),
)  # fmt: skip


class Clock:
    def now(self) -> datetime:
        return NOW


def outcome(what: str, brought: Messages, sender: Any) -> str:
    """Its lines, what the log must judge, and what is refused."""
    tracking = object.__new__(Tracking)
    tracking._clock = Clock()  # type: ignore[assignment]
    parcel = tracking._parcel(what, brought, sender)
    return FRESH.sub("fresh", repr((parcel.lines, parcel.events, parcel.refused)))


def as_usual(what: str, body: bytes) -> Messages:
    """The same messages, read as if none could be known to be harmless."""
    brought = unpacked(what, body)
    return replace(brought, found=_read_again(what, brought))


def _read_again(what: str, brought: Messages) -> Iterator[Found]:
    for item, text, is_harmless in brought.found:
        again: Any = _usual(text) if is_harmless else item
        yield {**again, "type": what} if is_harmless and what in KINDS else again, text, False


def _usual(text: bytes) -> object:
    try:
        return MESSAGE.decode(text)
    except UNREADABLE:
        return _read_slowly(text)


def told(way: Callable[[str, bytes], Messages], what: str, body: bytes, sender: Any) -> object:
    try:
        return outcome(what, way(what, body), sender)
    except Refused as refused:
        return refused.status, refused.code, refused.message


@settings(max_examples=400, deadline=None)
@given(texts(), st.sampled_from(KINDS), SENDERS)
def test_a_single_call_comes_to_the_same(text, kind, sender):
    assert told(unpacked, kind, text, sender) == told(as_usual, kind, text, sender)


@settings(max_examples=400, deadline=None)
@given(st.lists(texts(), max_size=3), BAGS, SENDERS, st.sampled_from(["batch", "import"]))
def test_a_batch_comes_to_the_same(found, context, sender, what):
    body = b'{"sentAt":"2026-03-29T11:59:58Z","context":' + context + b',"batch":[' + b",".join(found) + b"]}"

    assert told(unpacked, what, body, sender) == told(as_usual, what, body, sender)


@given(texts())
def test_nothing_forbids_to_keep_a_harmless_message(text):
    try:
        item, is_harmless = _read(text)
    except Refused:  # It is no JSON, and the whole body is refused.
        return

    if is_harmless:
        assert item == MESSAGE.decode(text)
        assert unstorable({**item, "type": "identify"}, BYTES_MAX) is None


@pytest.mark.parametrize("size", [0, 3_000])
def test_what_clients_send_takes_the_quick_way(size):
    said = {
        "type": "track", "messageId": "c6b1c0a0-5d5d-4c5a-9f5d-c6b1c0e05e5d", "userId": "u", "event": "Produkt gesehen",
        "properties": {"name": "Brot für 2 €", "price": 18.99, "of": [1, None, True]}, "context": {"x": "x" * size},
        "timestamp": "2026-03-29T11:59:59.900Z",
    }  # fmt: skip
    ((item, _, is_harmless),) = unpacked("track", json.dumps(said, ensure_ascii=False).encode()).found

    assert is_harmless
    assert _plain_line(item, Reception(source="shop", received_at=NOW)) is not None


@pytest.mark.parametrize(
    "said", [b'"\\u00e9"', b"1e2", b"1E-2", b"[" * 32 + b"]" * 32, b'"' + b"x" * 4_000 + b'"']
)
def test_what_could_hide_something_takes_the_usual_way(said):
    ((_, _, is_harmless),) = unpacked(
        "track", b'{"event":"E","userId":"u","properties":{"x":' + said + b"}}"
    ).found

    assert not is_harmless
