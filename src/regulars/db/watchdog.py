"""Ends a server whose owner is gone, however the owner went, and keeps the server's log from growing.

Run by its path with `python -I -S`, so it uses the standard library only. Arguments: a pipe of which the
owner holds the other end, a pidfd of the server, the log file, then paths that go with the server. The
owner's lock is held through an inherited descriptor, so that it is free only when the server has ended.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
from pathlib import Path

TICK_S = 60
LOG_BYTES_MAX = 20_000_000

# Together under five seconds: an owner that was killed leaves nothing running for longer.
FAREWELL = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 0.7), (signal.SIGKILL, 5.0))


def main(pipe: int, server: int, log: Path, leftovers: list[Path]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([pipe, server], [], [], TICK_S)
        if pipe in ready:
            break
        if server in ready:
            return
        trim(log)
    # First, so that nobody attaches to a server that is about to end.
    for path in leftovers:
        path.unlink(missing_ok=True) if not path.is_dir() else None
    end(server)
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def end(server: int) -> None:
    for number, wait_s in FAREWELL:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(server, number)
        if select.select([server], [], [], wait_s)[0]:
            return


def trim(log: Path) -> None:
    """Keep the last full log beside the present one; the server appends, so emptying it is safe."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), [Path(path) for path in sys.argv[4:]])
