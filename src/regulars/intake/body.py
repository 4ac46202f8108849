"""The body of a tracking request: read within bounds, unpacked within the same bounds."""

import asyncio
import zlib

from starlette.types import Receive, Scope

from regulars.intake.answers import BAD_REQUEST, TIME_OUT, Refused
from regulars.intake.limits import Room

BATCH_BYTES_MAX = 500 * 1024
READ_S = 20.0
GZIP = 31  # The window bits of zlib that stand for a gzip header.
JSON_TYPES = (b"application/json", b"text/plain")
ENCODINGS = (b"", b"identity", b"gzip", b"x-gzip")


class Heading:
    """The headers that matter; the rest is not looked at."""

    __slots__ = ("authorization", "content_length", "content_type", "encoding", "origin")

    def __init__(self, scope: Scope) -> None:
        self.authorization = self.content_type = self.encoding = self.origin = b""
        self.content_length: int | None = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                self.authorization = value
            elif name == b"content-length":
                self.content_length = int(value) if value.isdigit() else None
            elif name == b"content-type":
                self.content_type = value
            elif name == b"content-encoding":
                self.encoding = value.strip().lower()

    def check(self) -> None:
        """Raise Refused for what is not read at all."""
        if self.content_length is not None and self.content_length > BATCH_BYTES_MAX:
            raise too_large(self.content_length)
        if self.content_type:
            kind = self.content_type.partition(b";")[0].strip().lower()
            if kind not in JSON_TYPES and not kind.endswith(b"+json"):
                message = "Send JSON with the Content-Type application/json (text/plain is taken as well)."
                raise Refused(BAD_REQUEST, "intake.content_type", message)
        if self.encoding not in ENCODINGS:
            message = "The Content-Encoding is none we know: send it plain, or as gzip."
            raise Refused(BAD_REQUEST, "intake.encoding", message)


def too_large(count: int | None = None) -> Refused:
    found = f"The body has {count:,} bytes" if count else "The body is too large"
    message = f"{found}; a request may have {BATCH_BYTES_MAX:,}. Send smaller batches."
    return Refused(BAD_REQUEST, "intake.too_large", message)


class Body:
    """Reads a body and holds room for it until it is given back."""

    __slots__ = ("_held", "_room")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    async def read(self, heading: Heading, receive: Receive) -> bytes:
        heading.check()
        self._hold(BATCH_BYTES_MAX if heading.content_length is None else heading.content_length)
        message = await receive()
        if message["type"] != "http.request":
            raise _gone()
        body: bytes = message.get("body", b"")
        # Some servers tell only with a further, empty message that what was announced is all there.
        if message.get("more_body", False) and len(body) != heading.content_length:
            body = await self._rest(body, receive)
        if len(body) > BATCH_BYTES_MAX:
            raise too_large(len(body))
        if heading.encoding in (b"gzip", b"x-gzip"):
            self._hold(BATCH_BYTES_MAX)
            body = unpacked(body)
        return body

    async def _rest(self, first: bytes, receive: Receive) -> bytes:
        parts, count = [first], len(first)
        try:
            async with asyncio.timeout(READ_S):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise _gone()
                    parts.append(message.get("body", b""))
                    count += len(parts[-1])
                    if count > BATCH_BYTES_MAX:
                        raise too_large()
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            said = f"The body did not arrive within {READ_S:g} s. Send it again."
            raise Refused(TIME_OUT, "intake.slow", said) from None

    def _hold(self, count: int) -> None:
        self._room.take(count)
        self._held += count

    def give_back(self) -> None:
        self._room.give_back(self._held)
        self._held = 0


def _gone() -> Refused:
    return Refused(BAD_REQUEST, "intake.gone", "The client went away before it had sent everything.")


def unpacked(body: bytes) -> bytes:
    """What a gzip body holds; raises Refused beyond the bound, without unpacking more than that."""
    inflating = zlib.decompressobj(GZIP)
    try:
        plain = inflating.decompress(body, BATCH_BYTES_MAX + 1)
    except zlib.error:
        message = "The body is said to be gzip and is none. Send it plain, or compress it with gzip."
        raise Refused(BAD_REQUEST, "intake.not_gzip", message) from None
    if len(plain) > BATCH_BYTES_MAX:
        raise too_large()
    if not inflating.eof:
        raise Refused(BAD_REQUEST, "intake.not_gzip", "The gzip body ends too early. Send it again.")
    return plain
