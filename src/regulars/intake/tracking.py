"""The tracking API of the Segment specification: plain ASGI, durable before it answers."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from regulars import events, log
from regulars.app import App
from regulars.events import BYTES_MAX, Reception, Refusal, parse_instant
from regulars.intake import answers, browser, messages
from regulars.intake.answers import BAD_REQUEST, FAULT, FORBIDDEN, NO_SUCH_METHOD, Refused
from regulars.intake.body import Body, Heading
from regulars.intake.browser import settings_of
from regulars.intake.keyring import Keyring, Sender
from regulars.intake.limits import Room, busy
from regulars.intake.messages import Messages
from regulars.intake.writing import Parcel, Writer
from regulars.log import NewReject

PREFIX = "/v1/"
BATCH, IMPORT = "batch", "import"
KINDS = ("identify", "track", "page", "screen", "group", "alias")
# The published browser client takes the first letter of each.
ADDRESSES: Mapping[str, str] = {
    name: what for what in (*KINDS, BATCH) for name in (PREFIX + what, PREFIX + what[0])
} | {PREFIX + IMPORT: IMPORT}
NOT_FROM_PAGES = (
    "A key in pages is public, so it imports no history. Use a key of a source whose keys stand on servers, "
    "or say so in the source's definition (server: true)."
)


def is_tracking(path: str) -> bool:
    """Whether an address is one of this API's."""
    return path in ADDRESSES or path.rstrip("/") in ADDRESSES or browser.ADDRESS.fullmatch(path) is not None


TEXT = msgspec.json.Encoder(decimal_format="number")
LOGGER = logging.getLogger(__name__)


class Tracking:
    """One workspace's tracking API; `running` starts and drains it."""

    def __init__(self, app: App) -> None:
        settings = app.settings
        self._clock = app.wall
        self._keyring = Keyring(app.database, app.wall, settings.tracking_rate)
        self._room = Room(settings.tracking_waiting_mib * 1024 * 1024)
        self._writer = Writer(app.database)
        self._public_url = settings.public_url
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._stopping = False
        self._writer.start()
        try:
            yield
        finally:
            self._stopping = True
            await self._writer.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = Body(self._room)
        try:
            method = scope["method"]
            if method == "OPTIONS":
                await answers.allow(send)
                return
            if method == "GET" and (told := settings_of(scope, self._public_url)) is not None:
                await answers.say(send, told)
                return
            what = ADDRESSES.get(scope["path"].rstrip("/"))
            if method != "POST" or what is None:
                raise Refused(NO_SUCH_METHOD, "intake.method", "Send it by POST.", {"allow": "POST, OPTIONS"})
            await self._take(what, scope, receive, body)
            await answers.succeed(send)
        except Refused as refused:
            await answers.refuse(send, refused)
        except Exception:  # The server would only close the connection, and nobody would know why.
            LOGGER.exception("A tracking request failed.")
            message = "We made a mistake; it is in the program's log. Nothing of the request was kept."
            await answers.refuse(send, Refused(FAULT, "intake.fault", message))
        finally:
            body.give_back()

    async def _take(self, what: str, scope: Scope, receive: Receive, body: Body) -> None:
        if self._stopping:
            raise busy("The server is being stopped. Send it again; nothing was kept.")
        heading = Heading(scope)
        heading.check()
        is_basic = heading.authorization[:6].lower() == b"basic "
        sender = None
        if is_basic:
            sender = self._keyring.at_hand(heading.authorization)
            if sender is None:
                sender = await self._keyring.sender(heading.authorization)
        text = await body.read(heading, receive)
        brought = unpacked(what, text)
        if sender is None:
            sender = await self._keyring.sender(_key(brought))
        if what == IMPORT and not sender.policy.server:
            raise Refused(FORBIDDEN, "intake.not_from_pages", NOT_FROM_PAGES)
        sender.allowance.take(brought.count)
        parcel = self._parcel(what, brought, sender)
        if not parcel.is_empty:
            await self._writer.write(parcel)

    def _parcel(self, what: str, brought: Messages, sender: Sender) -> Parcel:
        received_at = self._clock.now()
        reception = Reception(
            source=sender.source,
            received_at=received_at,
            sent_at=None if brought.sent_at is None else parse_instant(brought.sent_at),
            policy=sender.policy,
            history_before=received_at if what == IMPORT else None,
        )
        parcel = Parcel()
        for item, text, is_harmless in brought.found:
            if is_harmless and (line := _plain_line(item, reception)) is not None:
                parcel.lines.append(line)
                continue
            event = item if isinstance(item, Refusal) else events.read(item, reception)
            if isinstance(event, Refusal):
                parcel.refused.append(_reject(event, item, text, brought.sent_at, reception))
            else:
                parcel.add(event)
        return parcel


def _plain_line(item: Any, reception: Reception) -> str | None:
    """The quick way of a harmless message; None where the usual one must say what becomes of it."""
    line = events.read_harmless(item, reception, log.plain_line)
    return line if isinstance(line, str) else None


def unpacked(what: str, text: bytes) -> Messages:
    if what in (BATCH, IMPORT):
        return messages.batch(text)
    if len(text) > BYTES_MAX:
        message = f"The call has {len(text):,} bytes; one call may have {BYTES_MAX:,}. Send less of it."
        raise Refused(BAD_REQUEST, "intake.too_large", message)
    return messages.single(text, what)


def _key(brought: Messages) -> str:
    return brought.write_key if isinstance(brought.write_key, str) else ""


def _reject(refusal: Refusal, item: object, text: bytes, sent_at: object, reception: Reception) -> NewReject:
    message_id = item.get("messageId") if isinstance(item, dict) else None
    return NewReject(
        source=reception.source,
        stage="intake",
        code=refusal.code,
        reason=refusal.reason,
        path=refusal.path,
        payload=_payload(item, text, sent_at),
        message_id=message_id if isinstance(message_id, str) else None,
        received_at=reception.received_at,
    )


def _payload(item: object, text: bytes, sent_at: Any) -> str:
    """The message as it can be mended: by itself, without the key, with what the batch said for all."""
    if isinstance(item, dict):
        whole = {name: member for name, member in item.items() if name != "writeKey"}
        if sent_at is not None:
            whole.setdefault("sentAt", sent_at)
        try:
            return TEXT.encode(whole).decode()
        except (UnicodeEncodeError, RecursionError, ValueError, TypeError):
            return json.dumps(
                whole, default=str
            )  # Half of a sign, which is why it was refused, as an escape.
    return text.decode(errors="backslashreplace")
