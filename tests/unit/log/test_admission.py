"""What the database would refuse is refused before, with its place."""

from datetime import UTC, datetime
from decimal import Decimal
from math import inf, nan

import pytest

from regulars.log import NewEvent
from regulars.log.admission import BYTES_MAX, COLUMNS, Refused, admit
from regulars.log.appending import payload_of

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def event(**given):
    return NewEvent(**{"message_id": "m1", "name": "Visited", "occurred_at": NOON, **given})


def nested(levels):
    value = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def test_an_ordinary_event_becomes_a_row_of_the_inbox():
    row = dict(zip(COLUMNS, admit(event(properties={"total": Decimal("12.50"), "note": None})), strict=True))

    assert row["properties"] == '{"total":12.50,"note":null}'
    assert row["context"] is None


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"a": {"b": "x\0y"}}, "properties.a.b: a NUL sign"),
        ({"a\0": 1}, "properties: a NUL sign"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": [1, nan]}, "properties.a.1: nan"),
        ({"a": inf}, "properties.a: inf"),
        ({"a": Decimal("NaN")}, "properties.a: NaN"),
        ({"a": Decimal("1e99999")}, "too large"),
        ({"a": 10**5000}, "digits"),
        ({"a": object()}, "object"),
        (nested(65), "deeper than 64"),
        (nested(100_000), "deeper than 64"),
        ({"a": "x" * BYTES_MAX}, "bytes, at most"),
        (["a"], "not an object"),
    ],
)
def test_what_jsonb_would_refuse_is_refused_with_its_place(properties, reason):
    with pytest.raises(Refused, match=reason):
        admit(event(properties=properties))


@pytest.mark.parametrize(
    "properties",
    [
        {"a": r"\u0000"},
        {"a": None},
        {"a": "NaN"},
        {"a": [[]] * 100},
        {"a": "1e400"},
        nested(64),
        {"a": Decimal("1e12")},
    ],
)
def test_what_only_looks_suspicious_is_admitted(properties):
    assert admit(event(properties=properties))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_id", ""),
        ("message_id", "x" * 201),
        ("message_id", "\ud800"),
        ("name", "a\0b"),
        ("name", None),
        ("user_id", "\udfff"),
        ("anonymous_id", 7),
        ("type", "purchase"),
        ("occurred_at", datetime(2025, 3, 1)),  # noqa: DTZ001
        ("customer_id", 2**63),
        ("hops", -1),
    ],
)
def test_a_field_that_cannot_be_stored_is_named(field, value):
    with pytest.raises(Refused, match=f"^{field}:"):
        admit(event(**{field: value}))


@pytest.mark.parametrize("properties", [{"a": "\0\ud800"}, {"a": nan}, nested(100_000), {1: object()}])
def test_the_payload_of_a_reject_is_text_that_can_be_stored(properties):
    payload = payload_of(event(properties=properties))

    assert payload.isascii()
    assert "\0" not in payload
    assert "m1" in payload
