"""The text of a delivery: read strictly, numbers kept exact; and the envelope in which a reject keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

LEVELS_MAX = 40
HEADERS_KEPT = 40
HEADER_SIGNS_MAX = 500
# Never kept and never seen by a mapping: they are secrets, or say who asked.
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "x-api-key",
    }
)
ENCODER = msgspec.json.Encoder(decimal_format="number")


class Unreadable(Exception):
    """With a code, the place and the reason; never leaves the room."""

    def __init__(self, code: str, path: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.path, self.reason = code, path, reason


def read_json(raw: bytes | str) -> Any:
    """A JSON object or list; raises Unreadable with the place of what is wrong."""
    try:
        text = raw if isinstance(raw, str) else raw.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("webhook.encoding", f"byte {error.start}", "It is not UTF-8.") from None
    try:
        found = json.loads(text, parse_float=_exact, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, sign {error.colno}"
        raise Unreadable("webhook.json", place, f"It is not JSON: {error.msg}.") from None
    except RecursionError:
        raise Unreadable("webhook.depth", "$", f"It is nested deeper than {LEVELS_MAX} levels.") from None
    except (ValueError, ArithmeticError) as error:  # A number with an exponent that none has, too.
        raise Unreadable("webhook.json", "$", f"It is not JSON: {str(error)[:200]}.") from None
    if not isinstance(found, dict | list):
        raise Unreadable("webhook.json", "$", "A JSON object is expected.")
    if _deeper(found, LEVELS_MAX):
        raise Unreadable("webhook.depth", "$", f"It is nested deeper than {LEVELS_MAX} levels.")
    return found


def _exact(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > 300:  # noqa: PLR2004 - what the log keeps has at most 400 digits
        raise ValueError(f"the number {text[:40]} is too large or too small")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(member, levels - 1) for member in members)


def kept_headers(headers: Mapping[str, str], signature_header: str | None) -> dict[str, str]:
    """What a mapping may see and a reject keeps: no secrets, bounded."""
    hidden = SECRET_HEADERS | ({signature_header.lower()} if signature_header else set())
    named = [(name, text) for name, text in headers.items() if name not in hidden and "signature" not in name]
    return {name: text[:HEADER_SIGNS_MAX] for name, text in named[:HEADERS_KEPT]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A delivery that could not be used, as a person mends it."""

    connection: str
    topic: str
    delivery: str
    headers: dict[str, str]
    text: str  # As it came.
    payload: Any = None  # Where it is JSON: what is shown and mended instead of the text.


def seal(envelope: Envelope) -> str:
    plain: dict[str, Any] = {
        "connection": envelope.connection,
        "topic": envelope.topic,
        "delivery": envelope.delivery,
        "headers": envelope.headers,
    }
    if envelope.payload is not None:
        try:
            return ENCODER.encode(plain | {"payload": envelope.payload}).decode()
        except UnicodeEncodeError:
            pass  # Half of a surrogate pair, which JSON can write and no text can hold: the text can.
    return json.dumps(plain | {"text": envelope.text})


def unseal(text: str) -> Envelope:
    """Read a kept or mended envelope; raises Unreadable."""
    found = read_json(text)
    told = "The form is {connection, topic, delivery, headers, payload}."
    if not isinstance(found, dict) or not isinstance(found.get("connection"), str):
        raise Unreadable("webhook.envelope", "connection", told)
    headers = found.get("headers") or {}
    if not isinstance(headers, dict) or not ("payload" in found or isinstance(found.get("text"), str)):
        raise Unreadable("webhook.envelope", "payload", told)
    payload = found["payload"] if "payload" in found else read_json(found["text"])
    return Envelope(
        connection=found["connection"],
        topic=str(found.get("topic") or ""),
        delivery=str(found.get("delivery") or ""),
        headers={str(name).lower(): str(one) for name, one in headers.items()},
        text="",
        payload=payload,
    )
