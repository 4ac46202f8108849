"""Reading what came back by mail; whatever it is made of, it is read or set aside."""

import email
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr

from flufl.bounce import all_failures

from regulars.deliverability.codes import code_in, kind_of
from regulars.deliverability.returned import (
    ADDRESS_SIGNS,
    MESSAGES_MAX,
    Returned,
    ReturnedKind,
    one_line,
)

BYTES_MAX = 256 * 1024  # What decides stands at the beginning; a returned letter may be long.
PARTS_MAX = 200
DEPTH_MAX = 20
TEXT_MAX = 20_000
EXCERPT = 1_500
RECIPIENTS_MAX = 50
OURS = re.compile(r"(?<![0-9a-z_])(msg_[0-9abcdefghjkmnpqrstvwxyz]{1,14})(?=@)", re.IGNORECASE)
OUR_HEADER = "X-Regulars-Message"
PATHS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Received")
THREADS = ("Message-ID", "In-Reply-To", "References")
PATH = re.compile(r"bounces\+msg_[0-9a-z]{1,14}-[a-z2-7]{10}@[a-z0-9.-]{1,253}", re.IGNORECASE)
DAEMON = re.compile(r"mailer-?daemon|postmaster|mail delivery (sub)?system", re.IGNORECASE)
AWAY = re.compile(
    r"out of (the )?office|auto(matic|mated)?[ -]?(reply|response|antwort)|autoreply|abwesen|"
    r"vacation|on leave|r[ée]ponse automatique|fuera de la oficina|risposta automatica|automatisch antwoord",
    re.IGNORECASE,
)
COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "miscategorized", ""})

# It tells of each detector that stumbles; such a mail is set aside with its reason anyway.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


class Unreadable(Exception):
    """It cannot be read; the reason is kept with it."""


def read_mail(raw: bytes) -> list[Returned]:
    """What a mail tells, one for each recipient it speaks of; raises Unreadable."""
    try:
        message = email.message_from_bytes(raw[:BYTES_MAX])
        parts = list(_parts(message))
        return _told(message, parts)[:RECIPIENTS_MAX]
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable("Its parts are nested too deeply.") from None
    except Exception as error:
        raise Unreadable(f"It is broken ({type(error).__name__}: {one_line(str(error), 100)}).") from error


def excerpt_of(raw: bytes) -> tuple[str, str]:
    """Who it comes from, and the beginning of what it says, as far as that can be read."""
    try:
        message = email.message_from_bytes(raw[:BYTES_MAX])
        sender = parseaddr(_header(message, "From"))[1][:ADDRESS_SIGNS]
        text = next((_text(part) for part in _parts(message) if part.get_content_maintype() == "text"), "")
        lines = (f"From: {_header(message, 'From')}", f"Subject: {_header(message, 'Subject')}", "", text)
        return sender, _storable("\n".join(lines))[:EXCERPT]
    except Exception:  # noqa: BLE001 - it is set aside because nobody can read it
        return "", _storable(raw[:EXCERPT].decode("ascii", "replace"))


def _told(message: Message, parts: Sequence[Message]) -> list[Returned]:
    kinds = {part.get_content_type() for part in parts}
    origin = _origin(message, parts)
    if "message/feedback-report" in kinds:
        return _complaints(parts, origin)
    if "message/delivery-status" in kinds:
        found = [one for part in parts if part.get_content_type() == "message/delivery-status"
                 for one in _statuses(part, origin)]  # fmt: skip
        if found:
            return found
    if "message/disposition-notification" in kinds:
        return [replace(origin, detail="A receipt of having been read.")]
    from_daemon = bool(DAEMON.search(_header(message, "From"))) or _header(message, "Return-Path") == "<>"
    if not from_daemon and (answered := _reply(message, origin)):
        return [answered]
    return _odd(message, parts, origin) or [_reply(message, origin) or origin]


def _origin(message: Message, parts: Sequence[Message]) -> Returned:
    """Of which message of ours it may speak: by where it was sent to, and by the headers that came along."""
    headers = [str(text) for name in PATHS for text in message.get_all(name, [])[:20]]
    paths = [one for text in headers for one in PATH.findall(text)]
    named: list[str] = []
    for part in parts:
        named += [str(text) for text in part.get_all(OUR_HEADER, [])]
        texts = [str(text) for name in THREADS for text in part.get_all(name, [])]
        named += [one for text in texts for one in OURS.findall(text[:TEXT_MAX])]
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822", "text/plain"):
            named += OURS.findall(_text(part))
    ids = dict.fromkeys(one.strip().lower() for one in named if one.strip().lower().startswith("msg_"))
    return Returned(
        kind="other",
        return_paths=tuple(dict.fromkeys(paths))[:MESSAGES_MAX],
        messages=tuple(ids)[:MESSAGES_MAX],
    )


def _complaints(parts: Sequence[Message], origin: Returned) -> list[Returned]:
    """RFC 5965."""
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        fields = _fields(part)
        kind = fields.get("feedback-type", "").lower()
        told = one_line(f"{fields.get('user-agent', '')} {kind}")
        if kind not in COMPLAINTS:  # As not-spam, or auth-failure.
            return [replace(origin, detail=told)]
        address = _address(fields.get("original-rcpt-to", ""))
        return [replace(origin, kind="complaint", addresses=(address,) if address else (), detail=told)]
    return []


def _fields(part: Message) -> dict[str, str]:
    """The lines of a report; some parsers leave them as text, some as a message within."""
    inner = _inner(part) or [email.message_from_string(_text(part))]
    pairs = [(name, value) for one in inner for name, value in one.items()]
    return {name.lower(): str(value).strip() for name, value in reversed(pairs)}


def _statuses(part: Message, origin: Returned) -> Iterator[Returned]:
    """RFC 3464: a block of the message, then one for each recipient."""
    for block in _inner(part):
        action = str(block.get("Action", "")).strip().lower()
        if not action:
            continue
        diagnostic = one_line(str(block.get("Diagnostic-Code", "")))
        status = code_in(str(block.get("Status", "")))
        code = status if status and not status.endswith(".0.0") else (code_in(diagnostic) or status)
        named = (_address(str(block.get(name, ""))) for name in ("Original-Recipient", "Final-Recipient"))
        yield replace(
            origin,
            kind=_kind(action, code, diagnostic),
            addresses=tuple(dict.fromkeys(one for one in named if one)),
            code=code,
            detail=diagnostic,
        )


def _kind(action: str, code: str, words: str) -> ReturnedKind:
    if action == "failed":
        return kind_of(code, words)
    if action == "delayed":
        return "deferred"
    return "delivered" if action in ("delivered", "relayed", "expanded") else "other"


def _odd(message: Message, parts: Sequence[Message], origin: Returned) -> list[Returned]:
    """Those that keep to no standard; their many shapes are known to a library."""
    temporary, permanent = all_failures(message)
    words = " ".join(_text(part) for part in parts if part.get_content_maintype() == "text")[:TEXT_MAX]
    code = code_in(words)
    return [
        replace(
            origin,
            kind=kind_of(code, words, temporary=is_temporary),
            addresses=(_address(address.decode("utf-8", "replace")),),
            code=code,
            detail=one_line(_around(words, code)),
        )
        for is_temporary, found in ((False, permanent), (True, temporary))
        for address in sorted(found)
    ]


def _around(words: str, code: str) -> str:
    place = words.find(code) if code else 0
    return words[max(0, place - 20) : place + 280]


def _reply(message: Message, origin: Returned) -> Returned | None:
    """An answer; one that a machine wrote says so, or is known by its subject."""
    submitted = _header(message, "Auto-Submitted").lower()
    names = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
    by_machine = (
        submitted.startswith(("auto-replied", "auto-generated"))
        or any(message.get(name) for name in names)
        or _header(message, "Precedence").lower() == "auto_reply"
        or AWAY.search(_header(message, "Subject")) is not None
    )
    sender = parseaddr(_header(message, "From"))[1]
    addresses = (sender[:ADDRESS_SIGNS],) if "@" in sender else ()
    if by_machine:
        return replace(origin, kind="auto_reply", addresses=addresses)
    answers = message.get("In-Reply-To") and (origin.messages or origin.return_paths)
    return replace(origin, kind="reply", addresses=addresses) if answers else None


def _parts(message: Message) -> Iterator[Message]:
    """Level by level, so that depth costs no stack."""
    level, count = [message], 0
    for _ in range(DEPTH_MAX):
        following: list[Message] = []
        for part in level:
            count += 1
            if count > PARTS_MAX:
                return
            yield part
            if part.get_content_type() != "message/delivery-status":
                following += _inner(part)
        level = following
        if not level:
            return
    raise Unreadable("Its parts are nested too deeply.")


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload[: TEXT_MAX * 4].decode(charset, "replace")[:TEXT_MAX]
    except (LookupError, ValueError):
        return payload[: TEXT_MAX * 4].decode("utf-8", "replace")[:TEXT_MAX]


def _header(message: Message, name: str) -> str:
    text = str(message.get(name, ""))[:2_000]
    try:
        return one_line(str(make_header(decode_header(text))), 500)
    except (LookupError, ValueError, MessageError):
        return one_line(text, 500)


def _address(text: str) -> str:
    """As in "rfc822; ada@example.com"."""
    bare = text.partition(";")[2] or text
    found = getaddresses([bare.strip()[:1_000]])
    address = found[0][1] if found else ""
    return one_line(address, ADDRESS_SIGNS) if "@" in address else ""


def _storable(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text.replace("\r", ""))
