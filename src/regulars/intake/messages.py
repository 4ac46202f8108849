"""From the bytes of a body to its messages, so that one bad message leaves its neighbours alone."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from regulars import events
from regulars.events import Refusal
from regulars.intake.answers import BAD_REQUEST, Refused

MARK = b"\xef\xbb\xbf"  # Some editors put it before a text.
# A text, a bracket, a comma or what lies between; nothing in it can be read in two ways.
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]|[^"\[\]{},]++', re.DOTALL)
COLON = re.compile(rb"\s*:?\s*")
LEVELS_MAX = 20_000  # What is too deep to be kept is still cut out, so that its neighbours are.
IN_LIST = 2  # How deep the members of the list stand: in the object, and in it.


class BatchBody(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    writeKey: Any = None  # noqa: N815 - the specification's name
    sentAt: Any = None  # noqa: N815
    context: Any = None


def plain_number(text: str) -> Decimal:
    """A number without an exponent; with one it may be too large to be kept."""
    if "e" in text or "E" in text:
        raise ValueError(text)
    return Decimal(text)


BATCH = msgspec.json.Decoder(BatchBody, float_hook=Decimal)
MESSAGE = msgspec.json.Decoder(float_hook=Decimal)
PLAIN = msgspec.json.Decoder(float_hook=plain_number)
# ArithmeticError: an exponent that no number of Python's has.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError)

# A message as it was read, or why it cannot be; its text; and whether that alone proves it storable.
Found = tuple[object, bytes, bool]


@dataclass(frozen=True, slots=True)
class Messages:
    count: int
    found: Iterable[Found]  # Read one after the other, once: a thousand at once would only fill memory.
    write_key: object
    sent_at: object


def single(body: bytes, kind: str) -> Messages:
    """The one message of an address that names its type."""
    item, is_harmless = _read(body)
    if isinstance(item, dict):
        item["type"] = kind
        return Messages(1, ((item, body, is_harmless),), item.get("writeKey"), item.get("sentAt"))
    if isinstance(item, Refusal):
        return Messages(1, ((item, body, False),), None, None)
    raise _not_an_object()


def batch(body: bytes) -> Messages:
    """The messages of a batch, each with the batch's context below its own."""
    try:
        whole = BATCH.decode(body)
    except UNREADABLE:
        whole = _cut(body)
    if whole.batch is None:
        message = 'A batch is an object with the list "batch". Send {"batch": […]}.'
        raise Refused(BAD_REQUEST, "intake.no_batch", message)
    return Messages(len(whole.batch), _each(whole.batch, whole.context), whole.writeKey, whole.sentAt)


def _each(batch: Sequence[msgspec.Raw], context: object) -> Iterator[Found]:
    """Each message and its text; raises Refused at one that is no JSON."""
    shared = context if isinstance(context, Mapping) and context else None
    for raw in batch:
        text = bytes(raw)
        item, is_harmless = _read(text)
        if shared is not None:
            _share(item, shared)
        yield item, text, is_harmless and shared is None


def _read(text: bytes) -> tuple[object, bool]:
    """A message, and whether it is harmless."""
    try:
        item = PLAIN.decode(text)
        return item, type(item) is dict and events.is_harmless(text)
    except UNREADABLE:
        pass
    try:
        return MESSAGE.decode(text), False
    except UNREADABLE:
        return _read_slowly(text), False


def _share(item: object, context: Mapping[str, Any]) -> None:
    if isinstance(item, dict):
        own = item.get("context")
        if own is None or isinstance(own, Mapping):
            item["context"] = {**context, **(own or {})}


def _read_slowly(text: bytes) -> object:
    """What the fast reader refused: read by one that lets halves of signs pass, so that their place is found.

    Gives a Refusal for what is JSON and cannot be used; raises Refused for what is none.
    """
    try:
        return json.loads(
            text.removeprefix(MARK).decode(), parse_float=Decimal, parse_constant=_no_such_number
        )
    except UnicodeDecodeError:
        return Refusal(code="events.text", path="", reason="The text is not UTF-8.")
    except RecursionError:
        return Refusal(code="events.too_deep", path="", reason="It is nested too deeply. Flatten it.")
    except json.JSONDecodeError as cause:
        raise _broken(f"{cause.msg} at byte {cause.pos}") from None
    except (ValueError, ArithmeticError):
        reason = "One of its numbers is NaN or infinite, or has too many digits."
        return Refusal(code="events.number", path="", reason=reason)


def _no_such_number(name: str) -> NoReturn:
    # Python's own writer makes it; that must not cost the neighbours.
    raise ValueError(name)


def _cut(body: bytes) -> BatchBody:
    """A batch the fast reader refused, cut into its messages; raises Refused when it is no JSON."""
    text = body.removeprefix(MARK)
    pieces = _pieces(text)
    if not pieces:
        return _whole(_read_slowly(text), [])
    # What is around the messages must be JSON by itself, and so must each of them.
    around = text[: pieces[0][0]] + b"null," * (len(pieces) - 1) + b"null" + text[pieces[-1][1] :]
    return _whole(_read_slowly(around), [msgspec.Raw(text[begin:end]) for begin, end in pieces])


def _whole(around: object, found: list[msgspec.Raw]) -> BatchBody:
    if isinstance(around, Refusal):
        raise _broken(around.reason)
    if not isinstance(around, dict):
        raise _not_an_object()
    if not isinstance(around.get("batch"), list):
        return BatchBody()
    return BatchBody(found, around.get("writeKey"), around.get("sentAt"), around.get("context"))


def _pieces(text: bytes) -> list[tuple[int, int]]:
    """Where each member of the list under "batch" begins and ends."""
    pieces: list[tuple[int, int]] = []
    depth, begin, key = 0, -1, b""
    for token in _tokens(text):
        sign = token.group()[:1]
        if begin >= 0 and depth == IN_LIST and sign in (b",", b"]"):
            if text[begin : token.start()].strip():
                pieces.append((begin, token.start()))
            begin = token.end() if sign == b"," else -1
        if sign in (b"{", b"["):
            depth += 1
            if depth == IN_LIST and sign == b"[" and key == b'"batch"':
                begin, pieces = token.end(), []
        elif sign in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and not COLON.fullmatch(token.group()):
            key = token.group()
    return pieces


def _tokens(text: bytes) -> Iterator[re.Match[bytes]]:
    """Its texts, brackets, commas and what is between; ends early where it cannot be one object.

    So a body made to be slow is given up at once.
    """
    at = depth = 0
    last = b"{"
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise _broken(f"a text that begins at byte {at} does not end")
        sign = text[at : at + 1]
        is_around = depth == 0 and sign != b"{" and not token.group().isspace()
        if is_around or depth > LEVELS_MAX or sign == last == b",":
            raise _broken(f"it goes wrong at byte {at}")
        depth += (sign in (b"{", b"[")) - (sign in (b"}", b"]"))
        last = sign
        yield token
        at = token.end()


def _broken(found: str) -> Refused:
    message = f"The body is not JSON: {found}. Nothing of it was kept; correct it and send it again."
    return Refused(BAD_REQUEST, "intake.not_json", message)


def _not_an_object() -> Refused:
    return Refused(BAD_REQUEST, "intake.not_an_object", "The body is not a JSON object. Send {…}.")
