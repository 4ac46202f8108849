"""Under which id PostgreSQL runs, since it refuses to run as root.

An ordinary user runs it as himself. Root enters a user namespace in which he has another number, so that
the files stay root's; where namespaces are switched off, the server runs as an unprivileged user who gets
the data folder. Data that an ordinary user owns is always served under that user's id.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.db import entry
from regulars.db.serving import Place, ServerUnavailable

INNER_ID = 1000
UNPRIVILEGED = ("postgres", "nobody")  # The first one there is.

Reach = Sequence[tuple[Path, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    map: int | None = None  # Our own id, under this number inside a user namespace.
    uid: int | None = None  # Or another id, dropped to.
    gid: int | None = None

    def command(
        self,
        argv: Sequence[str] | None,
        *,
        reach: Reach = (),
        death_signal: signal.Signals | None = None,
        wait: bool = False,
    ) -> list[str]:
        """The command line that takes this id, then becomes `argv`."""
        # The kernel counts the end of the starting thread as the parent's death; a thread that comes and
        # goes would take the server with it, so there only the watchdog guards.
        is_main = threading.current_thread() is threading.main_thread()
        order = {
            "map": self.map,
            "uid": self.uid,
            "gid": self.gid,
            "reach": [(str(path), mode) for path, mode in reach],
            "death_signal": int(death_signal) if death_signal and is_main else None,
            "parent": os.getpid(),
            "wait": wait,
            "argv": argv,
        }
        return [sys.executable, "-I", "-S", entry.__file__, json.dumps(order)]

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def describe(self) -> str:
        if self.uid is not None:
            return f"the user {user_name(self.uid)}"
        if self.map is not None:
            return f"{user_name(os.geteuid())} without root's privileges (in a user namespace)"
        return f"the user {user_name(os.geteuid())}"


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def choose(place: Place) -> Identity:
    """The id to run under, by who we are, whose the data is, and what the kernel allows."""
    euid = os.geteuid()
    owner = place.owner()
    if euid != 0:
        if owner.st_uid != euid:
            raise ServerUnavailable(
                f"The data in {place.folder} belongs to {user_name(owner.st_uid)}, and you are "
                f"{user_name(euid)}. Run as {user_name(owner.st_uid)}, or choose another folder with "
                f"REGULARS_HOME."
            )
        return Identity()
    if owner.st_uid != 0:
        return Identity(uid=owner.st_uid, gid=owner.st_gid)
    mapped = Identity(map=INNER_ID)
    if tried(mapped, ()).returncode != entry.NO_NAMESPACE:
        return mapped
    if place.data.exists():
        raise ServerUnavailable(
            f"The data in {place.data} is root's, PostgreSQL refuses to run as root, and user namespaces are "
            f"off. Switch them on, or give {place.home} to an ordinary user (chown -R) and run as that user."
        )
    return unprivileged()


def unprivileged() -> Identity:
    for name in UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(uid=user.pw_uid, gid=user.pw_gid)
    raise ServerUnavailable(
        f"PostgreSQL refuses to run as root, user namespaces are off, and there is no user "
        f"{' or '.join(UNPRIVILEGED)} to run it as. Run as an ordinary user."
    )


def check(identity: Identity, reach: Reach) -> None:
    """Raise, with the first folder that stands in the way, unless the id reaches all of it."""
    result = tried(identity, reach)
    if result.returncode == 0:
        return
    blocked = Path(result.stderr.strip())
    if result.returncode != entry.UNREACHABLE or not blocked.exists():
        raise ServerUnavailable(
            f"PostgreSQL was to run as {identity.describe()}; that failed: {result.stderr.strip()}"
        )
    status = blocked.stat()
    raise ServerUnavailable(
        f"PostgreSQL runs here as {identity.describe()}, who cannot get through {blocked} (mode "
        f"{status.st_mode & 0o7777:04o}, owner {user_name(status.st_uid)}). Run as "
        f"{user_name(status.st_uid) if status.st_uid else 'an ordinary user'}, or put the installation and "
        f"REGULARS_HOME where that user gets through, such as /opt and /var/lib/regulars."
    )


def tried(identity: Identity, reach: Reach) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # Our own interpreter and script.
        identity.command(None, reach=reach), capture_output=True, text=True, check=False, timeout=30
    )
