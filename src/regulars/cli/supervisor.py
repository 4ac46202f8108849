"""One command, several processes: starts them, starts a crashed one again, ends them all, leaves nothing."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from regulars.cli import guard
from regulars.kernel import RegularsError

RESTART_FIRST_S = 0.5
RESTART_MAX_S = 30.0
STEADY_S = 30.0  # A child that lived so long starts its back-off anew.
TICK_S = 1.0
# Some senders repeat themselves: `timeout` signals the process and then its group, a closed terminal twice.
REPEAT_S = 0.5

# sysexits.h EX_CONFIG: the child says that starting it again cannot help (a taken port, say).
NOT_TO_BE_RESTARTED = 78
HURRIED = 130

# The step before the child's program: it binds the child to this process's life and opens its signals.
BOUND = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, int(sys.argv[1]), 0, 0, 0)
os.getppid() == int(sys.argv[2]) or sys.exit(1)
signal.signal(signal.SIGINT, signal.SIG_DFL); signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.execvp(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # On top of our own environment.


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def supervise(
    children: Sequence[Child],
    *,
    stop_grace_s: float,
    tend: Callable[[], object] | None = None,
    say: Callable[[str], None] = say,
) -> int:
    """Run the children until told to stop; gives the exit code of the whole.

    0 after a clean stop, 1 when a child had to be killed, 78 when a child ended with 78 (which means that
    starting it again cannot help), 130 when a second Ctrl-C hurried. `tend` is called about every second
    while they run: it may revive the embedded server. After a stop the process ignores
    further stop signals: the caller has only its own clean end before it.
    """
    with Signals() as signals, Guard() as guarding:
        crew = [Running(child, guarding, say) for child in children]
        try:
            code = _run(crew, signals, _paced(tend, say))
            return _end(crew, signals, stop_grace_s, say) or code
        finally:
            for running in crew:
                running.kill()


def _run(crew: Sequence["Running"], signals: "Signals", tend: Callable[[], None]) -> int:
    while not signals.stops:
        tend()
        for running in crew:
            if running.keep_up() == NOT_TO_BE_RESTARTED:
                return NOT_TO_BE_RESTARTED
        signals.wait(min([TICK_S, *(running.due_in_s() for running in crew)]))
    return 0


def _paced(tend: Callable[[], object] | None, say: Callable[[str], None]) -> Callable[[], None]:
    """`tend` at most once a tick; when it fails it says why and is tried again later."""
    due_at = 0.0

    def paced() -> None:
        nonlocal due_at
        if tend is None or time.monotonic() < due_at:
            return
        due_at = time.monotonic() + TICK_S
        try:
            tend()
        except RegularsError as failed:
            say(f"{failed}\nTrying again in {RESTART_MAX_S:g} s.")
            due_at = time.monotonic() + RESTART_MAX_S

    return paced


def _end(
    crew: Sequence["Running"], signals: "Signals", stop_grace_s: float, say: Callable[[str], None]
) -> int:
    asked = len(signals.stops)
    for running in crew:
        running.ask()
    deadline = time.monotonic() + stop_grace_s
    while any(running.alive() for running in crew):
        is_hurried = len(signals.stops) > asked
        if is_hurried or time.monotonic() >= deadline:
            late = [running.child.name for running in crew if running.alive()]
            say(
                f"{', '.join(late)} did not end{'' if is_hurried else f' within {stop_grace_s:g} s'}: killed."
            )
            return HURRIED if is_hurried else 1
        signals.wait(deadline - time.monotonic())
    return 0


class Running:
    """One child over all its starts."""

    def __init__(self, child: Child, guarding: "Guard", say: Callable[[str], None]) -> None:
        self.child = child
        self._guarding = guarding
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause_s = RESTART_FIRST_S

    def keep_up(self) -> int | None:
        """Start the child if that is due; gives the exit code if it ended just now."""
        code = None
        if self._process is not None and not self.alive():
            code = self._bury(self._process)
        if self._process is None and self.due_in_s() <= 0 and code != NOT_TO_BE_RESTARTED:
            self._start()
        return code

    def due_in_s(self) -> float:
        return TICK_S if self._process is not None else max(0.0, self._start_at - time.monotonic())

    def alive(self) -> bool:
        # A dead child stays a zombie until buried: its number is ours while we clear its group.
        if self._process is None or self._process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def ask(self) -> None:
        if self._process is not None and self.alive():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the child and whatever it started."""
        if self._process is not None:
            self._clear(self._process)
            self._process = None

    def _start(self) -> None:
        bound = [sys.executable, "-I", "-S", "-c", BOUND, str(int(signal.SIGTERM)), str(os.getpid())]
        # A session of its own: Ctrl-C in the terminal reaches only us, and the child gets one SIGTERM.
        self._process = subprocess.Popen(  # noqa: S603  # The caller's own command.
            [*bound, *self.child.argv],
            env={**os.environ, **self.child.env},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        self._guarding.watch(self._process.pid)
        self._started_at = time.monotonic()

    def _bury(self, process: subprocess.Popen[bytes]) -> int:
        lived_s = time.monotonic() - self._started_at
        self._clear(process)
        self._process = None
        if lived_s > STEADY_S:
            self._pause_s = RESTART_FIRST_S
        self._start_at = time.monotonic() + self._pause_s
        told = f"{self.child.name} {_how(process.returncode)} after {lived_s:.0f} s"
        if process.returncode == NOT_TO_BE_RESTARTED:
            self._say(f"{told}; starting it again cannot help.")
        else:
            self._say(f"{told}; starting it again in {self._pause_s:g} s.")
        self._pause_s = min(self._pause_s * 2, RESTART_MAX_S)
        return process.returncode

    def _clear(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._guarding.forget(process.pid)


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


class Signals:
    """Ctrl-C, SIGTERM, SIGHUP and the end of a child, as something to wait for in the main thread."""

    STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.stops: list[float] = []  # When each was heard, by the monotonic clock.

    def wait(self, at_most_s: float) -> None:
        self._bell.settimeout(max(at_most_s, 0.001))
        with contextlib.suppress(TimeoutError):
            self._bell.recv(64)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.stops or now - self.stops[-1] > REPEAT_S:
            self.stops.append(now)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        """A Python handler must be there for the bell to ring."""

    def __enter__(self) -> Self:
        assert threading.current_thread() is threading.main_thread()
        self._bell, self._ringer = socket.socketpair()
        self._ringer.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(self._ringer.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._stop) for number in self.STOP}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            # Once told to stop, a late repetition must not break into the caller's own clean end.
            is_over = self.stops and number in self.STOP
            signal.signal(number, signal.SIG_IGN if is_over else handler)
        signal.set_wakeup_fd(self._fd_before)
        self._bell.close()
        self._ringer.close()


class Guard:
    """A small process that ends the children's groups when we are killed ourselves."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603  # Our own interpreter and script.
            [sys.executable, "-I", "-S", str(Path(guard.__file__))],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        return self

    def watch(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        # Without the guard the parent-death signal still ends the children.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
