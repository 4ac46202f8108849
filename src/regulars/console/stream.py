"""Server-sent events: what moves on a page, without holding a database connection between two looks."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

LOOK_S = 0.25  # How fast a stream sees that the server stops.
LONGEST_S = 600  # The browser connects again afterwards; nothing is lost, a look is the whole state.
HEARTBEAT_S = 15


class Streams:
    """All open streams; `close()` ends them, from any thread, before the server stops."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def close(self) -> None:
        self._stopped.set()

    def respond(self, look: Callable[[], str | None], *, every_s: float = 2.0) -> StreamingResponse:
        """Call `look` every few seconds in a thread and send its HTML when it differs from the last.

        `look` opens its own short transaction; None ends the stream for good.
        """
        return StreamingResponse(
            self._events(look, every_s),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, look: Callable[[], str | None], every_s: float) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end, last, spoken = loop.time() + LONGEST_S, "", loop.time()
        while loop.time() < end and not self._stopped.is_set():
            html = await run_in_threadpool(look)
            if html is None:
                yield b"event: done\ndata:\n\n"
                return
            if html != last or loop.time() - spoken > HEARTBEAT_S:
                yield event(html) if html != last else b": still here\n\n"
                last, spoken = html, loop.time()
            await self._pause(every_s)

    async def _pause(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / LOOK_S))):
            if self._stopped.is_set():
                return
            await asyncio.sleep(LOOK_S)


def event(html: str) -> bytes:
    """One message; each line of the HTML is a data line of it."""
    return ("".join(f"data: {line}\n" for line in html.splitlines()) + "\n").encode()
