"""The writer: what many requests brought goes into the log in one transaction, and then they are answered."""

import asyncio
import logging
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

import psycopg

from regulars import log
from regulars.db import Database, Tx
from regulars.intake.answers import Refused
from regulars.intake.limits import busy
from regulars.log import NewEvent, NewReject

ITEMS_AT_ONCE = 2_000
LOGGER = logging.getLogger(__name__)


class Parcel:
    """What one request brought, and who waits for it."""

    __slots__ = ("done", "events", "lines", "refused")

    done: asyncio.Future[None]

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[NewEvent] = []  # That the log may not admit: it says why.
        self.refused: list[NewReject] = []

    def add(self, event: NewEvent) -> None:
        """An event becomes its line at once: as objects, all that wait would fill the caches."""
        line = log.line_of(event)
        if line is None:
            self.events.append(event)
        else:
            self.lines.append(line)

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.events or self.refused)

    def __len__(self) -> int:
        return len(self.lines) + len(self.events) + len(self.refused)


class Writer:
    """A thread with a connection of its own. While it commits, the next requests gather; none waits longer.

    A request is answered after the commit that holds it. What a lost connection leaves in doubt is answered
    as not kept: it is sent again, and its message ids are known.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._parcels: SimpleQueue[Parcel | None] = SimpleQueue()
        self._connection: Tx | None = None
        self._ended = False

    def start(self) -> None:
        """Begin; after a stop it can begin again."""
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._run, name="intake writer", daemon=True)
        self._ended = False
        self._thread.start()

    async def write(self, parcel: Parcel) -> None:
        """Return when it is durable; raises Refused when it is not."""
        if self._ended:
            raise busy("The server is being stopped. Send it again; nothing was kept.")
        parcel.done = self._loop.create_future()
        self._parcels.put(parcel)
        await parcel.done

    async def stop(self) -> None:
        """Write what was accepted, then end."""
        self._ended = True
        self._parcels.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            parcels, is_last = self._gathered()
            if parcels:
                refused = self._write(parcels)
                self._loop.call_soon_threadsafe(_answer, parcels, refused)
        self._close()

    def _gathered(self) -> tuple[list[Parcel], bool]:
        """What waits, at least one; and whether the end was among it."""
        parcel = self._parcels.get()
        parcels: list[Parcel] = []
        items = 0
        while parcel is not None:
            parcels.append(parcel)
            items += len(parcel)
            if items >= ITEMS_AT_ONCE or self._parcels.empty():
                return parcels, False
            parcel = self._parcels.get()
        return parcels, True

    def _write(self, parcels: Sequence[Parcel]) -> Refused | None:
        try:
            _store(self._connected(), parcels)
        except Exception as fault:  # noqa: BLE001 - whatever it is, who waits is told, and the writer lives on.
            self._close()
            LOGGER.warning("%d arriving events could not be written: %s", sum(map(len, parcels)), fault)
            return busy("The database does not answer. Send it again in a moment.", 2)
        return None

    def _connected(self) -> Tx:
        if self._connection is None:
            connection = self._database.connect(autocommit=True)
            # An answer promises that the event is on the disk, whatever the server's own default is.
            connection.execute(
                "select set_config('synchronous_commit', 'on', false) "
                "where current_setting('synchronous_commit') = 'off'"
            )
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            except psycopg.Error:
                LOGGER.debug("The writer's connection was gone already.")
            self._connection = None


def _store(tx: Tx, parcels: Sequence[Parcel]) -> None:
    lines = [line for parcel in parcels for line in parcel.lines]
    events = [event for parcel in parcels for event in parcel.events]
    refused = [reject for parcel in parcels for reject in parcel.refused]
    if not events and not refused:
        log.append_lines(tx, lines)
        return
    with tx.transaction():
        log.append_lines(tx, lines)
        log.append(tx, events)
        log.refuse(tx, refused)


def _answer(parcels: Sequence[Parcel], refused: Refused | None) -> None:
    for parcel in parcels:
        if parcel.done.done():
            continue
        if refused is None:
            parcel.done.set_result(None)
        else:
            parcel.done.set_exception(refused)
