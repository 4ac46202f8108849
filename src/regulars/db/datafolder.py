"""The data folder before its server starts: made once, of the right version, free of what a crash left."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from regulars.db.binaries import Binaries
from regulars.db.identity import Identity
from regulars.db.serving import USER, Place, ServerUnavailable, new_password, password, write_private

NEEDED_BYTES = 200_000_000  # A fresh cluster with its first write-ahead log, and room to start.
ORPHAN_WAIT_S = 20.0
SHARED_MEMORY_LINE = 7  # Of postmaster.pid: key and number of the shared memory.


def environment() -> dict[str, str]:
    """Ours without what would change a server: PG* names, locale and zone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def prepare(place: Place, binaries: Binaries, identity: Identity, *, fsync: bool) -> None:
    if (place.data / "PG_VERSION").exists():
        check_version(place, binaries)
        forget_ended(place.data)
        if not place.password.exists():
            renew_password(place, binaries, identity)
    else:
        make(place, binaries, identity, fsync=fsync)


def check_version(place: Place, binaries: Binaries) -> None:
    found = (place.data / "PG_VERSION").read_text().strip()
    if found != str(binaries.major):
        raise ServerUnavailable(
            f"The data in {place.data} was made by PostgreSQL {found}; the programs in {binaries.folder} are "
            f"of version {binaries.major}. Start with programs of version {found}, or dump with those and "
            f"restore into an empty home."
        )


def make(place: Place, binaries: Binaries, identity: Identity, *, fsync: bool) -> None:
    """Make the cluster beside its place and move it there, so that half a cluster is never taken for one."""
    free = shutil.disk_usage(place.folder).free
    if free < NEEDED_BYTES:
        raise ServerUnavailable(
            f"A new database needs {NEEDED_BYTES // 1_000_000} MB; {place.folder} has {free // 1_000_000} MB "
            f"free. Free some space, or choose another folder with REGULARS_HOME."
        )
    draft = place.folder / "data.new"
    refuse_strange(place.data)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    identity.own(draft)
    # The server reads the password as its own id, so it gets a copy of its own.
    with tempfile.NamedTemporaryFile("w", dir=place.folder) as secret:
        secret.write(password(place))
        secret.flush()
        identity.own(Path(secret.name))
        argv = [
            binaries / "initdb", "-D", str(draft), "-U", USER, "--pwfile", secret.name,
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
            *([] if fsync else ["--no-sync"]),
        ]  # fmt: skip
        made = subprocess.run(  # noqa: S603  # Our own programs.
            identity.command(argv, death_signal=signal.SIGKILL),
            capture_output=True, text=True, check=False, env=environment(), cwd="/",
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ServerUnavailable(
            f"A new database was to be made in {place.data}; initdb said: "
            f"{(made.stderr or made.stdout).strip()}{advice(made.stderr)}"
        )
    draft.rename(place.data)


def refuse_strange(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise ServerUnavailable(
            f"{folder} holds files but no database (PG_VERSION is missing). Restore it from a backup, or "
            f"move it away for a fresh start."
        )


def renew_password(place: Place, binaries: Binaries, identity: Identity) -> None:
    """Set a new password where the file with the old one was lost, by the server's single-user mode."""
    fresh = new_password()
    argv = [binaries / "postgres", "--single", "-D", str(place.data), "postgres"]
    done = subprocess.run(  # noqa: S603  # Our own programs.
        identity.command(argv, death_signal=signal.SIGQUIT),
        input=f"alter role {USER} password '{fresh}'\n",
        capture_output=True, text=True, check=False, env=environment(), cwd="/",
    )  # fmt: skip
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise ServerUnavailable(
            f"{place.password} is missing, and setting a new password failed: {done.stderr.strip()}"
        )
    write_private(place.password, fresh)


def advice(told: str) -> str:
    if "No space left" in told:
        return "\nThe disk is full: free some space and start again."
    if "ermission denied" in told:
        return "\nThe folder must belong to the user PostgreSQL runs as; see its owner and mode."
    return ""


def forget_ended(data: Path) -> None:
    """Get the server of a dead owner out of the way. We hold the lock: nobody else may run one here.

    PostgreSQL itself drops a postmaster.pid whose process is gone, but takes any process that got the same
    number since then for a running server: after a restart of a container that is the rule. It does not
    so with its parent's number, so writing ours there makes it look further: whether old backends still
    share memory. Removing the file would lose that.
    """
    file = data / "postmaster.pid"
    try:
        lines = file.read_text().splitlines(keepends=True)
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        # Torn by a crash: an empty file holds nothing worth keeping, and the server would refuse it.
        file.unlink(missing_ok=True)
        return
    if serves(pid, data):
        end_orphan(pid, data)
    elif Path(f"/proc/{pid}").exists():
        with file.open("r+") as rewritten:
            rewritten.write(f"{os.getpid()}\n{''.join(lines[1:])}")
            rewritten.truncate()
    await_backends(lines)


def await_backends(lines: list[str]) -> None:
    """Wait for backends that outlived their postmaster: while they share memory no server starts."""
    deadline = time.monotonic() + ORPHAN_WAIT_S
    while time.monotonic() < deadline and memory_in_use(lines):
        time.sleep(0.05)


def memory_in_use(lines: list[str]) -> bool:
    try:
        key, number = map(int, lines[SHARED_MEMORY_LINE - 1].split())
        table = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except (IndexError, ValueError, OSError):
        return False
    # The table shows the key with a sign; columns: key, shmid, perms, size, cpid, lpid, nattch.
    return any(
        (int(row[0]) - key) % 2**32 == 0 and int(row[1]) == number and row[6] != "0"
        for row in map(str.split, table)
    )


def serves(pid: int, data: Path) -> bool:
    """Whether that process is a server of this data: a postmaster stands in its data folder."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def end_orphan(pid: int, data: Path) -> None:
    """Wait for a server whose owner and watchdog were both killed; it was told to end when they were."""
    deadline = time.monotonic() + ORPHAN_WAIT_S
    told = False
    while serves(pid, data):
        left_s = deadline - time.monotonic()
        if left_s < 0:
            raise ServerUnavailable(
                f"A PostgreSQL (process {pid}) that no Regulars owns runs on {data} and does not end. "
                f"Stop it (kill -INT {pid}) and start again."
            )
        if not told and left_s < ORPHAN_WAIT_S - 1:
            os.kill(pid, signal.SIGINT)
            told = True
        time.sleep(0.05)
