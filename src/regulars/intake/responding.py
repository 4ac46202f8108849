"""Pixels, links and views of messages: plain ASGI, past the framework, so that nobody waits for a count.

What was asked for is answered when it is written down, or after a moment if that takes longer: a reader's
link leads on whatever becomes of us. Network addresses and programs are looked at and not kept.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from starlette.types import Receive, Scope, Send

from regulars import responses
from regulars.app import App
from regulars.db import Tx
from regulars.intake.frequency import Frequency
from regulars.intake.heard_writer import HeardWriter
from regulars.intake.message_page import page_of
from regulars.responses import PLACES, SIGNS, Came, Key, Mark, Use

USES: Final[dict[str, Use]] = {f"{place}/": use for use, place in PLACES.items()}
OK, FOUND, NOT_FOUND, NO_SUCH_METHOD, TOO_MANY = 200, 302, 404, 405, 429
WAIT_S = 0.25  # So long an answer waits to be durable; then the reader goes first.
A_MINUTE_OF_ONE = 60  # So often one pixel, link or view is counted in a minute; more is one program.
WRONG_A_MINUTE = 100  # So many tokens that are not ours one address may try in a minute.
TARGETS_MAX = 50_000
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
QUIET = (
    (b"cache-control", b"no-store, private, max-age=0"),
    (b"x-robots-tag", b"noindex, nofollow, noarchive"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
GONE = "This link is not in use any more. Open the message again, or ask who sent it."
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text}</title>'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"></head>'
    '<body style="max-width:40rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui">'
    "<main><p>{text}</p></main></body></html>"
)
LOGGER = logging.getLogger(__name__)
Found = TypeVar("Found")


def is_response(path: str) -> bool:
    """Whether an address is a pixel, a link or a view."""
    return path[:3] in USES


class Responding:
    """One workspace's pixels, links and views; `running` starts and drains the writing."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._networks = responses.Networks(app.settings.machine_networks)
        self._writer = HeardWriter(app.database)
        self._key: Key | None = None
        self._targets: dict[int, str | None] = {}
        self._counted = Frequency(A_MINUTE_OF_ONE)
        self._wrong = Frequency(WRONG_A_MINUTE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._writer.start()
        try:
            yield
        finally:
            await self._writer.stop()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, send)
        except Exception:  # The server would only close the connection, and nobody would know why.
            LOGGER.exception("A pixel, link or view failed.")
            await _say(send, scope["method"], 500, "We made a mistake. Try the link again in a moment.")

    async def _answer(self, scope: Scope, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if method not in ("GET", "HEAD"):
            await _say(send, method, NO_SUCH_METHOD, "Ask for it by GET.", [(b"allow", b"GET, HEAD")])
            return
        use = USES[path[:3]]
        address = (scope.get("client") or ("", 0))[0]
        mark = (await self._opened()).unseal(use, path[3 : 3 + SIGNS])
        if mark is None or path[3 + SIGNS :] != (".gif" if use == "opened" else ""):
            if self._wrong.is_too_often(address):
                await _say(send, method, TOO_MANY, "Too many of these.", [(b"retry-after", b"60")])
            else:
                await _say(send, method, NOT_FOUND, GONE)
            return
        if use == "opened":
            await self._hear(scope, mark, address)
            await _send(send, method, OK, PIXEL, [(b"content-type", b"image/gif")])
        elif use == "clicked":
            await self._lead(scope, mark, address, send)
        else:
            await self._show(scope, mark, address, send)

    async def _lead(self, scope: Scope, mark: Mark, address: str, send: Send) -> None:
        method = scope["method"]
        url = await self._target(mark.link_id) if mark.link_id else None
        await self._hear(scope, mark, address)
        if url is None:
            await _say(send, method, NOT_FOUND, GONE)
            return
        await _send(send, method, FOUND, b"", [(b"location", url.encode("ascii"))])

    async def _show(self, scope: Scope, mark: Mark, address: str, send: Send) -> None:
        method = scope["method"]
        if self._counted.is_too_often(("shown", mark.send_id)):
            await _say(send, method, TOO_MANY, "Too often at once.", [(b"retry-after", b"60")])
            return
        page = await asyncio.to_thread(self._read, lambda tx: page_of(tx, self._app, mark.send_id))
        if page is None:
            await _say(send, method, NOT_FOUND, "This message is not kept any more.")
            return
        if mark.tracked:
            await self._hear(scope, mark, address)
        await _send(send, method, OK, page.body, page.headers)

    async def _hear(self, scope: Scope, mark: Mark, address: str) -> None:
        """Write down that it was asked for, unless it is asked too often."""
        if self._counted.is_too_often((mark.use, mark.send_id, mark.link_id)):
            return
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        signal = responses.signal_of(
            mark.use, scope["method"], headers, address, self._networks, mark.link_id
        )
        written = self._writer.write(Came(mark=mark, signal=signal, at=self._app.wall.now()))
        if written is not None:
            await asyncio.wait((written,), timeout=WAIT_S)

    async def _opened(self) -> Key:
        if self._key is None:
            self._key = await asyncio.to_thread(self._read, responses.key)
        return self._key

    async def _target(self, link_id: int) -> str | None:
        """Where a link leads; one that was erased may be remembered by a process until it is full."""
        if link_id not in self._targets:
            if len(self._targets) >= TARGETS_MAX:
                self._targets.clear()
            found = await asyncio.to_thread(self._read, lambda tx: responses.target_of(tx, link_id))
            if found is None:
                return None
            self._targets[link_id] = found.url
        return self._targets[link_id]

    def _read(self, ask: Callable[[Tx], Found]) -> Found:
        with self._app.database.transaction() as tx:
            return ask(tx)


async def _say(
    send: Send, method: str, status: int, text: str, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    said = PAGE.format(text=text).encode()
    await _send(send, method, status, said, [(b"content-type", b"text/html; charset=utf-8"), *more])


async def _send(
    send: Send, method: str, status: int, body: bytes, more: Sequence[tuple[bytes, bytes]]
) -> None:
    headers = [*more, (b"content-length", str(len(body)).encode()), *QUIET]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
