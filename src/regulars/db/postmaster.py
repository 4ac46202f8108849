"""Our own server process with its watchdog: made ready, started, ended."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from regulars.db import watchdog
from regulars.db.binaries import Binaries
from regulars.db.datafolder import advice, environment, prepare
from regulars.db.identity import Identity, check, choose
from regulars.db.serving import PORT, Note, Place, ServerUnavailable, leave_note, password, socket_folder

START_S = 300.0  # Recovery after a crash reads up to max_wal_size.
FAST_STOP_S = 30.0
HARD_STOP_S = 5.0
SMALL_SHARED_MEMORY = 512_000_000

# For a small machine that also runs the product.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    # A segment used again holds what stood in it before; what is deleted should go with the next checkpoint.
    "wal_recycle": "off",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %d ",
    # A failed statement and the detail of its error hold people's data, which has its home in the database.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
BUFFERS_MIB = (256, 2048)  # At least and at most; between them a twelfth of the memory.
UNSAFE_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postmaster:
    """A server of ours on one place, under the lock that is given; one at a time, again after a crash."""

    def __init__(
        self, place: Place, lock: int, binaries: Binaries, identity: Identity | None, *, fsync: bool
    ) -> None:
        self.place = place
        self.binaries = binaries
        self.identity = identity
        self.fsync = fsync
        self._lock = lock
        self._owner_pid = os.getpid()
        self._stopped = False
        self._pipe: int | None = None  # Held open while the watchdog is to keep quiet.

    def start(self) -> None:
        self.identity = identity = self.identity or choose(self.place)
        self._open_way(identity)
        prepare(self.place, self.binaries, identity, fsync=self.fsync)
        self._spawn(identity)
        try:
            self._await_ready()
            leave_note(self.place, self.note)
            # Else a start by root would lock out the user whose data it is.
            for path in (self.place.lock, self.place.log, self.place.password, self.place.note):
                identity.own(path)
        except BaseException:
            self._end()
            raise

    def revive(self) -> None:
        self._end()
        self.start()

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        if self._stopped or os.getpid() != self._owner_pid:
            return
        self._stopped = True
        self.place.note.unlink(missing_ok=True)
        self._end()
        os.close(self._lock)

    def _open_way(self, identity: Identity) -> None:
        """Let the id reach the data and the programs, as far as the folders are ours to open."""
        home = self.place.home
        if (
            identity.uid is not None
            and home.stat().st_uid == os.geteuid()
            and not home.stat().st_mode & 0o001
        ):
            home.chmod(home.stat().st_mode | 0o001)
        check(identity, [(home, os.X_OK), (Path(self.binaries / "postgres"), os.X_OK)])
        identity.own(self.place.folder)
        check(identity, [(self.place.folder, os.R_OK | os.W_OK | os.X_OK)])

    def _spawn(self, identity: Identity) -> None:
        place = self.place
        self._socket = socket_folder(place)
        identity.own(self._socket)
        settings = SETTINGS | self._for_this_machine() | (sized(memory_mib()) if self.fsync else UNSAFE_FAST)
        argv = [self.binaries / "postgres", "-D", str(place.data), "-k", str(self._socket)]
        argv += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._log_start = os.fstat(log.fileno()).st_size
            # A session of its own: Ctrl-C in the terminal is for the owner, who ends the server last.
            self._process = subprocess.Popen(  # noqa: S603  # Our own programs.
                identity.command(argv, death_signal=signal.SIGINT, wait=True),
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment(), cwd="/",
                start_new_session=True,
            )  # fmt: skip
        self.note = Note(
            pid=self._process.pid,
            owner_pid=self._owner_pid,
            host=str(self._socket),
            binaries=str(self.binaries.folder),
            password=password(place),
        )
        self._watch()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as gate:
            gate.write(b"\n")

    def _watch(self) -> None:
        """Start the watchdog before the server may run, so that there is no moment without one."""
        heard, self._pipe = os.pipe()
        pidfd = os.pidfd_open(self._process.pid)
        leftovers = [self.place.note] + ([] if self._socket == self.place.run else [self._socket])
        argv = [watchdog.__file__, heard, pidfd, self.place.log, *leftovers]
        self._watchdog = subprocess.Popen(  # noqa: S603  # Our own interpreter and script.
            [sys.executable, "-I", "-S", *map(str, argv)],
            pass_fds=(heard, pidfd, self._lock), start_new_session=True, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(heard)
        os.close(pidfd)

    @staticmethod
    def _for_this_machine() -> dict[str, str]:
        # Containers often get 64 MB of /dev/shm, on which a parallel query fails.
        try:
            is_small = shutil.disk_usage("/dev/shm").total < SMALL_SHARED_MEMORY  # noqa: S108
        except OSError:
            is_small = True
        return {"dynamic_shared_memory_type": "mmap"} if is_small else {}

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while (refusal := self.note.refusal()) is not None:
            if "password authentication failed" in refusal:
                raise ServerUnavailable(
                    f"The server on {self.place.data} does not take the password in {self.place.password}. "
                    f"Remove that file; the next start sets a new one."
                )
            if not self.alive() or time.monotonic() > deadline:
                raise ServerUnavailable(self._why_not())
            time.sleep(0.02)

    def _why_not(self) -> str:
        with self.place.log.open("rb") as log:
            log.seek(self._log_start)
            told = log.read()[-20_000:].decode(errors="replace")
        loud = [line for line in told.splitlines() if "FATAL" in line or "PANIC" in line or "HINT" in line]
        said = "\n".join([line for line in loud if "starting up" not in line][-5:] or told.splitlines()[-5:])
        end = "did not answer" if self.alive() else f"ended at once (code {self._process.returncode})"
        return (
            f"PostgreSQL was started on {self.place.data} and {end}. It said:\n{said}\n"
            f"The whole log is {self.place.log}.{advice(told)}"
        )

    def _end(self) -> None:
        """Fast shutdown, then without a checkpoint, then by force; the watchdog goes last."""
        if self._pipe is None:
            return
        for number, wait_s in (
            (signal.SIGINT, FAST_STOP_S),
            (signal.SIGQUIT, HARD_STOP_S),
            (signal.SIGKILL, HARD_STOP_S),
        ):
            if self._process.poll() is not None:
                break
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait_s)
        os.close(self._pipe)
        self._pipe = None
        self._watchdog.wait(HARD_STOP_S * 2)
        if self._socket != self.place.run:
            shutil.rmtree(self._socket, ignore_errors=True)


def sized(memory: int) -> dict[str, str]:
    """The server's caches for so many MiB of memory, most of which is left to the system's own.

    Among a million customers an event's facts lie on pages all over: what is not in its buffers costs a call.
    """
    least, most = BUFFERS_MIB
    return {
        "shared_buffers": f"{max(least, min(most, memory // 12))}MB",
        "effective_cache_size": f"{max(1024, memory // 2)}MB",
    }


def memory_mib() -> int:
    """How much this machine has, or the container may take."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return found // 2**20
