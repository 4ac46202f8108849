"""What the database would refuse, found before it is asked: one bad event must not fail its neighbours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from regulars.log.event import TYPES, NewEvent

COLUMNS = (
    "message_id", "source", "type", "name", "user_id", "anonymous_id", "customer_id", "occurred_at",
    "properties", "context", "history", "schema_version", "hops",
)  # fmt: skip
NAME_SIGNS_MAX = 200
BYTES_MAX = 512 * 1024
DEPTH_MAX = 64
# jsonb holds numbers up to 131,072 digits, and so could one member fill a page of a report.
EXPONENT_MAX = 400

ENCODER = msgspec.json.Encoder(decimal_format="number")


class Refused(Exception):
    """The field and the reason why an event is not admitted; never leaves the room."""


Row = tuple[object, ...]


def admit(event: NewEvent) -> Row:
    """The inbox row of an event; raises Refused with the field and the reason."""
    if event.type not in TYPES:
        raise Refused(f"type: {event.type!r} is none of {', '.join(sorted(TYPES))}")
    if not _are_plain_keys(event):
        _check_keys(event)
    if event.customer_id is not None:
        check_number("customer_id", event.customer_id, 2**63)
    check_number("schema_version", event.schema_version, 2**31)
    check_number("hops", event.hops, 2**31)
    if not isinstance(event.occurred_at, datetime) or event.occurred_at.tzinfo is None:
        raise Refused("occurred_at: it has no time zone")
    return (
        event.message_id, event.source, event.type, event.name, event.user_id, event.anonymous_id,
        event.customer_id, event.occurred_at, encode("properties", event.properties),
        None if event.context is None else encode("context", event.context), bool(event.history),
        event.schema_version, event.hops,
    )  # fmt: skip


def _are_plain_keys(event: NewEvent) -> bool:
    """Whether one look at all texts together says that nothing is wrong with any."""
    texts = (event.message_id, event.name, event.source, event.user_id, event.anonymous_id)
    try:
        joined = "".join([text for text in texts if text is not None])
    except TypeError:
        return False
    return (
        len(joined) <= NAME_SIGNS_MAX
        and joined.isascii()
        and "\0" not in joined
        and "" not in texts
        and None not in texts[:3]
    )


def _check_keys(event: NewEvent) -> None:
    for field in ("message_id", "name", "source"):
        check_key(field, getattr(event, field))
    for field in ("user_id", "anonymous_id"):
        if getattr(event, field) is not None:
            check_key(field, getattr(event, field))


def check_key(field: str, text: object) -> None:
    if not isinstance(text, str) or not text:
        raise Refused(f"{field}: it is missing or not a text")
    if len(text) > NAME_SIGNS_MAX:
        raise Refused(f"{field}: {len(text)} signs, at most {NAME_SIGNS_MAX} are kept")
    if not text.isascii() or "\0" in text:
        check_text(field, text)


def check_text(path: str, text: str) -> None:
    if "\0" in text:
        raise Refused(f"{path}: a NUL sign cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(f"{path}: half of a surrogate pair is no text") from None


def check_number(field: str, number: object, bound: int) -> None:
    if not isinstance(number, int) or not 0 <= number < bound:
        raise Refused(f"{field}: {str(number)[:40]!r} is not a whole number from 0 below {bound}")


def encode(field: str, value: object) -> str:
    """The JSON text of a property bag that jsonb is sure to take."""
    if type(value) is not dict and not isinstance(value, Mapping):
        raise Refused(f"{field}: it is not an object")
    try:
        text = ENCODER.encode(value)
    except UnicodeEncodeError:
        raise Refused(f"{field}: half of a surrogate pair is no text") from None
    except RecursionError:
        raise Refused(f"{field}: deeper than {DEPTH_MAX} levels") from None
    except (TypeError, ValueError, OverflowError) as cause:
        raise Refused(f"{field}: {cause}") from None
    if len(text) > BYTES_MAX:
        raise Refused(f"{field}: {len(text)} bytes, at most {BYTES_MAX} are kept")
    if _is_suspect(text):
        walk(field, value, DEPTH_MAX)
    return text.decode()


def _is_suspect(text: bytes) -> bool:
    """Whether it may hold something jsonb refuses; only then is the value walked.

    A float's own exponent is never too large; a Decimal writes its own with E. Plain searches, written out
    and for one sign first, cost a tenth of one regular expression for all.
    """
    return (
        (b"\\" in text and b"\\u0000" in text)
        or b"null" in text  # What a float that is no number becomes.
        or (b"E" in text and (b"E+" in text or b"E-" in text))
        or (b"N" in text and b"NaN" in text)
        or (b"I" in text and b"Infinity" in text)
        or text.count(b"{") + text.count(b"[") > DEPTH_MAX
    )


def walk(path: str, value: Any, levels: int) -> None:
    """Raise Refused at the place of a value that jsonb would not take."""
    if isinstance(value, str):
        check_text(path, value)
    elif isinstance(value, float | Decimal):
        check_size(path, value)
    elif isinstance(value, Mapping | Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        if levels == 0:
            raise Refused(f"{path[:NAME_SIGNS_MAX]}…: deeper than {DEPTH_MAX} levels")
        members = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, member in members:
            check_text(path, str(key))
            walk(f"{path}.{key}", member, levels - 1)


def check_size(path: str, number: float | Decimal) -> None:
    if not (number.is_finite() if isinstance(number, Decimal) else isfinite(number)):
        raise Refused(f"{path}: {number} is no number in JSON")
    if isinstance(number, Decimal) and number and abs(number.adjusted()) > EXPONENT_MAX:
        raise Refused(f"{path}: the number is too large or too small to be kept")
