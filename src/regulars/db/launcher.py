"""The embedded PostgreSQL server: a direct child, ready when it answers, gone when its owner is gone."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from regulars.db import binaries as programs
from regulars.db.identity import Identity
from regulars.db.postmaster import Postmaster
from regulars.db.serving import Note, Place, ServerUnavailable, open_lock, read_note, try_lock

ATTACH_S = 60.0


class Server:
    """A running server: ours, or (`owned` is false) one that another process owns and we only use."""

    def __init__(self, place: Place, note: Note, postmaster: Postmaster | None) -> None:
        self.place = place
        self._note = note
        self._postmaster = postmaster

    @property
    def pid(self) -> int:
        return self._note.pid

    @property
    def owned(self) -> bool:
        return self._postmaster is not None

    @property
    def binaries(self) -> Path:
        """The folder of psql, pg_dump and the others."""
        return Path(self._note.binaries)

    def dsn(self, database: str) -> str:
        return self._note.dsn(database)

    def revive(self) -> bool:
        """Start the server again if it ended by itself; gives whether it had to."""
        if self._postmaster is None or self._postmaster.alive():
            return False
        self._postmaster.revive()
        self._note = self._postmaster.note
        return True

    def stop(self) -> None:
        """End the server if it is ours; a second call, or a call in a forked child, does nothing."""
        if self._postmaster is not None:
            self._postmaster.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    home: Path,
    *,
    binaries: Path | None = None,
    fsync: bool = True,
    identity: Identity | None = None,
    attach_s: float = ATTACH_S,
) -> Server:
    """Start the home's server, or attach to the one that runs there already.

    With fsync off a power failure may lose everything: for tests. Where the calling thread is not the main
    one, only the watchdog guards against an orphan.
    """
    if sys.platform != "linux":
        raise ServerUnavailable(
            "The embedded PostgreSQL runs on Linux only. Set REGULARS_DATABASE_URL to a PostgreSQL of yours."
        )
    place = Place(home=home.absolute())
    place.make()
    lock = open_lock(place)
    try:
        if (running := attach_or_lock(place, lock, attach_s)) is not None:
            os.close(lock)
            return running
        postmaster = Postmaster(place, lock, programs.find(binaries), identity, fsync=fsync)
        postmaster.start()
    except BaseException:
        os.close(lock)
        raise
    return Server(place, postmaster.note, postmaster)


def attach_or_lock(place: Place, lock: int, attach_s: float) -> Server | None:
    """The running server, or nothing with the lock taken; waits for one that starts or ends just now."""
    deadline = time.monotonic() + attach_s
    while not try_lock(lock):
        note = read_note(place)
        if note is not None and note.refusal() is None:
            return Server(place, note, None)
        if time.monotonic() > deadline:
            holder = os.pread(lock, 20, 0).decode() or "unknown"
            raise ServerUnavailable(
                f"The database in {place.home} is held by the process {holder}, and its server did not "
                f"answer for {attach_s:.0f} s. See {place.log}; stop that process and start again."
            )
        time.sleep(0.05)
    return None
