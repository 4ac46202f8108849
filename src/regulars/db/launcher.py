"""The embedded PostgreSQL server: a direct child, ready when it answers, gone when its owner is gone."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from regulars.db import binaries as programs
from regulars.db.identity import Identity
from regulars.db.postmaster import Postmaster
from regulars.db.serving import Note, Place, ServerUnavailable, open_lock, read_note, try_lock

ATTACH_S = 60.0
OWNERLESS_S = 5.0  # A server whose owner is gone ends within this; one that stays has an owner we cannot see.

Claim = tuple[Note, Postmaster | None]  # The server, and its process if that is ours.


class Server:
    """A running server: ours, or (`owned` is false) one that another process owns and we only use."""

    def __init__(
        self, place: Place, note: Note, postmaster: Postmaster | None, claim: Callable[[], Claim]
    ) -> None:
        self.place = place
        self._note = note
        self._postmaster = postmaster
        self._claim = claim

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
        """Start the server again if it ended by itself, or if its owner left; gives whether it had to.

        The address stays the same, except where the home is too deep for a socket and the owner changed.
        """
        if self._postmaster is None:
            if Path(f"/proc/{self.pid}").exists():
                return False
            self._note, self._postmaster = self._claim()
            return True
        if self._postmaster.alive():
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
    claiming = partial(claim, place, binaries=binaries, fsync=fsync, identity=identity, attach_s=attach_s)
    note, postmaster = claiming()
    return Server(place, note, postmaster, claiming)


def claim(
    place: Place, *, binaries: Path | None, fsync: bool, identity: Identity | None, attach_s: float
) -> Claim:
    place.make()
    lock = open_lock(place)
    try:
        if (note := attach_or_lock(place, lock, attach_s)) is not None:
            os.close(lock)
            return note, None
        postmaster = Postmaster(place, lock, programs.find(binaries), identity, fsync=fsync)
        postmaster.start()
    except BaseException:
        os.close(lock)
        raise
    return postmaster.note, postmaster


def attach_or_lock(place: Place, lock: int, attach_s: float) -> Note | None:
    """The running server's note, or nothing with the lock taken; waits for one that starts or ends."""
    began = time.monotonic()
    deadline = began + attach_s
    while not try_lock(lock):
        note = read_note(place)
        owned = note is not None and (runs(note.owner_pid) or time.monotonic() > began + OWNERLESS_S)
        if note is not None and owned and note.refusal() is None:
            return note
        if time.monotonic() > deadline:
            holder = os.pread(lock, 20, 0).decode() or "unknown"
            raise ServerUnavailable(
                f"The database in {place.home} is held by the process {holder}, and its server did not "
                f"answer for {attach_s:.0f} s. See {place.log}; stop that process and start again."
            )
        time.sleep(0.05)
    return None


def runs(pid: int) -> bool:
    """Whether a process of this number runs; one that has ended and only waits to be collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
