"""The worker's loops: a sequencer, a watcher that sees who has work, and a thread for each reader."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event, Thread
from time import monotonic

from regulars.db import Database
from regulars.log.catching import in_order
from regulars.log.reader import ReaderRunner, with_work
from regulars.log.sequencer import Sequencer, prune_seen

BUSY_S, IDLE_S = 0.05, 0.25
PAUSE_MAX_S = 10.0
PRUNE_EVERY_S = 600.0

logger = logging.getLogger(__name__)


class LogLoop:
    """Runs in threads until stopped; what fails is tried again after a growing pause.

    `now` gives the business instant and is asked once a batch. An error of a reader shows in its status;
    the sequencer's is in `sequencer_error` and in the program's log.
    """

    def __init__(
        self,
        database: Database,
        sequencer: Sequencer,
        runners: Sequence[ReaderRunner],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._runners = in_order(runners)
        self._now = now
        self._stop = Event()
        self._look = Event()
        self._wake = {runner.reader.name: Event() for runner in self._runners}
        self._next_prune = 0.0
        self._threads: list[Thread] = []
        self.sequencer_error: Exception | None = None

    def start(self) -> None:
        """Begin; the pool must have room for a connection a reader and one more."""
        self._threads = [
            Thread(target=self._sequence, name="log sequencer", daemon=True),
            Thread(target=self._watch, name="log watcher", daemon=True),
            *(
                Thread(
                    target=self._read, args=(runner,), name=f"log reader {runner.reader.name}", daemon=True
                )
                for runner in self._runners
            ),
        ]
        for wake in self._wake.values():
            wake.set()  # So that each registers, and goes on where it stood.
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Let every step end and stop; whether all threads ended in time."""
        self._stop.set()
        for event in (self._look, *self._wake.values()):
            event.set()
        ends = monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, ends - monotonic()))
        self._sequencer.close()
        return not any(thread.is_alive() for thread in self._threads)

    def _sequence(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                taken = self._sequencer.run_once(self._now())
                self._sequencer.tidy()
                self._prune()
            except Exception as fault:
                logger.exception("The sequencer failed and tries again")
                self.sequencer_error = fault
                pause = min(PAUSE_MAX_S, max(IDLE_S, pause * 2))
                continue
            self.sequencer_error = None
            if taken:
                self._look.set()
            pause = 0.0 if taken >= self._sequencer.batch else BUSY_S if taken else IDLE_S

    def _prune(self) -> None:
        if monotonic() < self._next_prune:
            return
        with self._database.transaction() as tx:
            pruned = prune_seen(tx)
        self._next_prune = monotonic() + (1.0 if pruned else PRUNE_EVERY_S)

    def _watch(self) -> None:
        pause = IDLE_S
        while not self._stop.is_set():
            self._look.wait(pause)
            self._look.clear()
            try:
                with self._database.transaction() as tx:
                    busy = with_work(tx, self._wake)
            except Exception:
                logger.exception("Looking for readers with work failed and is tried again")
                pause = min(PAUSE_MAX_S, pause * 2)
                continue
            for name in busy:
                self._wake[name].set()
            pause = BUSY_S if busy else IDLE_S

    def _read(self, runner: ReaderRunner) -> None:
        wake = self._wake[runner.reader.name]
        pause, failing = 0.0, False
        while not self._stop.wait(pause):
            try:
                if not failing:
                    wake.wait()
                    wake.clear()
                runner.register()
                while not self._stop.is_set() and runner.run_once():
                    self._look.set()
            except Exception:
                logger.exception("The reader %s failed and tries again", runner.reader.name)
                pause, failing = min(PAUSE_MAX_S, max(IDLE_S, pause * 2)), True
                continue
            pause, failing = 0.0, False
