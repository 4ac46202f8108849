"""Ends the process groups it was told of when the one who told it is gone, however he went.

Run by its path with `python -I -S`, so it uses the standard library only. Standard input holds lines
`+group` and `-group`; its end is the end of the supervisor.
"""

import contextlib
import os
import signal
import sys
import time

ASK_S = 2.5


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    tell(groups, signal.SIGTERM)
    deadline = time.monotonic() + ASK_S
    while any(map(alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    tell(groups, signal.SIGKILL)


def tell(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
