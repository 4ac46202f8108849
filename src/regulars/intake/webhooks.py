"""POST /v1/webhooks/{connection}: what shops and tills send, durable before it is answered.

Plain ASGI: the body is bounded while it is read, and no more deliveries are held at once than memory and
connections bear; who comes beyond is asked to come again, which every shop does.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from anyio import CapacityLimiter, fail_after, to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from regulars import connections
from regulars.app import App
from regulars.connections import Delivery, Received
from regulars.kernel import NotFound, RegularsError

PREFIX = "/v1/webhooks/"
THREADS = 4
HELD_MAX = 24  # Deliveries at once, each up to connections.BYTES_MAX.
BODY_S = 20.0
AGAIN_S = "10"
# A new webhook of WooCommerce announces itself so, unsigned, and is not kept unless it is answered 200.
PING = re.compile(rb"webhook_id=[0-9]{1,20}")
LOGGER = logging.getLogger("regulars.intake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    told: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


LATER = Answer(
    status=503,
    told={"error": "It could not be kept now; send it again."},
    headers={"retry-after": AGAIN_S},
)


class Webhooks:
    """An ASGI application for addresses below PREFIX."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._held = 0
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 405, {"error": "Webhooks are sent by POST."}, {"allow": "POST"})
        elif self._held >= HELD_MAX:
            await _answer(send, 503, {"error": "Too many at once; send it again."}, {"retry-after": AGAIN_S})
        else:
            self._held += 1
            try:
                await self._handle(scope, receive, send)
            finally:
                self._held -= 1

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        key = str(scope["path"]).removeprefix(scope.get("root_path", "")).strip("/")
        try:
            with fail_after(BODY_S):
                raw = await _body(receive, headers)
        except TimeoutError:
            await _answer(send, 408, {"error": "The body did not come in time."})
            return
        if raw is None:
            told = f"A delivery has at most {connections.BYTES_MAX:,} bytes."
            await _answer(send, 413, {"error": told}, {"connection": "close"})
        elif PING.fullmatch(raw):
            await _answer(send, 200, {"outcome": "ping"})
        else:
            self._threads = self._threads or CapacityLimiter(THREADS)
            take = partial(self._take, key, Delivery(headers=headers, raw=raw))
            answer = await to_thread.run_sync(take, limiter=self._threads)
            await _answer(send, answer.status, answer.told, answer.headers)

    def _take(self, key: str, delivery: Delivery) -> Answer:
        try:
            with self._app.database.transaction() as tx:
                done = connections.receive(tx, self._app.vault, key, delivery, now=self._app.wall.now())
        except NotFound:
            return Answer(status=404, told={"error": "There is no such connection."})
        except RegularsError as error:
            LOGGER.warning("A delivery for %s could not be kept: %s", key[:80], error)
            return LATER
        except Exception:
            LOGGER.exception("A delivery for %s could not be kept", key[:80])
            return LATER
        return _told(done)


def _told(done: Received) -> Answer:
    """A reject is answered 200: it is kept, and sending it again would not mend it."""
    if done.outcome == "refused":
        return Answer(status=401, told={"outcome": done.outcome, "error": done.reason})
    told: dict[str, object] = {"outcome": done.outcome, "events": done.events}
    return Answer(status=200, told=told | ({"reason": done.reason} if done.reason else {}))


def _headers(scope: Scope) -> Mapping[str, str]:
    """By name in small letters; of one given twice the first counts."""
    found: dict[str, str] = {}
    for name, text in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), text.decode("latin-1"))
    return found


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes | None:
    """The whole body, or None when it is larger than is taken."""
    said = headers.get("content-length", "")
    if said.isdigit() and len(said) < 20 and int(said) > connections.BYTES_MAX:  # noqa: PLR2004 - digits
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # The sender went away.
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > connections.BYTES_MAX:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _answer(
    send: Send, status: int, told: Mapping[str, object], more: Mapping[str, str] | None = None
) -> None:
    body = json.dumps(told).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
    } | dict(more or {})
    pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def create_webhooks(app: App) -> ASGIApp:
    """What answers below PREFIX."""
    return Webhooks(app)
