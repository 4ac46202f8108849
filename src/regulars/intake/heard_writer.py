"""Writes what was heard of messages: what gathers while one transaction commits goes into the next."""

import asyncio
import logging
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep

from regulars import responses
from regulars.db import Database
from regulars.responses import Came

AT_ONCE = 1_000
WAITING_MAX = 20_000  # Beyond, readers are served and not counted.
TRIES = 5
PAUSE_S = 0.5
LOGGER = logging.getLogger(__name__)

_Item = tuple[Came, "asyncio.Future[None]"]


class HeardWriter:
    """A thread that writes; any number of processes may have one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items: SimpleQueue[_Item | None] = SimpleQueue()
        self._ended = True

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._thread = Thread(target=self._run, name="heard writer", daemon=True)
        self._thread.start()

    def write(self, came: Came) -> "asyncio.Future[None] | None":
        """Done when it is durable; None when it is not taken on."""
        if self._ended or self._items.qsize() >= WAITING_MAX:
            return None
        done = self._loop.create_future()
        self._items.put((came, done))
        return done

    async def stop(self) -> None:
        """Write what was taken on, then end."""
        self._ended = True
        self._items.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            items, is_last = self._gathered()
            if items:
                self._write([came for came, _ in items])
                self._loop.call_soon_threadsafe(_tell, [done for _, done in items])

    def _gathered(self) -> tuple[list[_Item], bool]:
        item = self._items.get()
        items: list[_Item] = []
        while item is not None:
            items.append(item)
            if len(items) >= AT_ONCE:
                return items, False
            try:
                item = self._items.get_nowait()
            except Empty:
                return items, False
        return items, True

    def _write(self, came: list[Came]) -> None:
        for tried in range(TRIES):
            try:
                with self._database.transaction() as tx:
                    responses.hear(tx, came)
            except Exception as fault:  # noqa: BLE001 - whatever it is, readers are served, and it is tried again.
                LOGGER.warning("%d opens and clicks could not be written: %s", len(came), fault)
                if tried + 1 < TRIES and not self._ended:
                    sleep(PAUSE_S * 2**tried)
            else:
                return


def _tell(waiting: "list[asyncio.Future[None]]") -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)
