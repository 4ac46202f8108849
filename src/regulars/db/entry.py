"""The step between fork and exec: takes the id, binds itself to the parent's life, then becomes the program.

Run by its path with `python -I -S`, so it uses the standard library only. The one argument is JSON:
`map` (enter a user namespace under this id), `uid` and `gid` (drop to these), `death_signal` and `parent`
(get that signal when the parent's thread ends), `reach` (paths and access modes that must be there),
`wait` (start only when a byte comes on standard input) and `argv`; without argv it only tries the above.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

NO_NAMESPACE = 91
UNREACHABLE = 92
NOT_STARTED = 93

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True)


def main(order: dict[str, object]) -> None:
    if order["map"] is not None:
        enter_namespace(int(str(order["map"])))
    elif order["uid"] is not None:
        os.setgroups([])
        os.setgid(int(str(order["gid"])))
        os.setuid(int(str(order["uid"])))
    check_reach(order["reach"])
    # After the change of id, which would clear it.
    if order["death_signal"] is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(str(order["death_signal"])), 0, 0, 0)
        if os.getppid() != order["parent"]:
            sys.exit(NOT_STARTED)
    if order["argv"] is not None:
        become(order["argv"], wait=bool(order["wait"]))


def enter_namespace(inner: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    if LIBC.unshare(CLONE_NEWUSER) != 0:
        leave(NO_NAMESPACE, os.strerror(ctypes.get_errno()))
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{inner} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{inner} {gid} 1")
    except OSError as refused:
        leave(NO_NAMESPACE, str(refused))


def check_reach(reach: object) -> None:
    assert isinstance(reach, list)
    for path, mode in reach:
        for folder in reversed(Path(path).parents):
            if not os.access(folder, os.X_OK):
                leave(UNREACHABLE, str(folder))
        if not os.access(path, mode):
            leave(UNREACHABLE, path)


def become(argv: object, *, wait: bool) -> None:
    assert isinstance(argv, list)
    if wait:
        # End of file instead of the byte: the parent died before anybody watched over us.
        if not os.read(0, 1):
            sys.exit(NOT_STARTED)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execv(argv[0], argv)  # noqa: S606  # There is no shell on purpose.
    except OSError as refused:
        leave(NOT_STARTED, f"{argv[0]}: {refused.strerror}")


def leave(code: int, text: str) -> None:
    os.write(2, text.encode())
    sys.exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
