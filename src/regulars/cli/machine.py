"""Checks of the machine and the settings, none of which needs a database."""

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars import __version__
from regulars.cli.findings import Check, ok, problem, warning
from regulars.cli.opening import has_own_server
from regulars.cli.port import answering, check_port
from regulars.cli.report import PortTaken
from regulars.db import Survey, namespaces_work, programs
from regulars.settings import Settings

PYTHON_OLDEST = (3, 11)
ZONES = ("UTC", "Europe/Berlin", "America/New_York")
FREE_LOW_BYTES = 1_000_000_000
LISTENING = "0A"


def python() -> Iterator[Check]:
    found = f"Regulars {__version__} on Python {platform.python_version()} in {sys.prefix}"
    if sys.version_info < PYTHON_OLDEST:
        yield problem("python", found, "Install Python 3.11 or newer and make the environment anew.")
    else:
        yield ok("python", found)


def time_zones() -> Iterator[Check]:
    try:
        for name in ZONES:
            ZoneInfo(name)
    except ZoneInfoNotFoundError as missing:
        yield problem("time zones", f"{missing}", "Install the package tzdata: pip install tzdata.")
    else:
        yield ok("time zones", "the data of the time zones is there")


def variables() -> Iterator[Check]:
    """Names that nothing reads, which are mostly slips of the keyboard."""
    known = {f"REGULARS_{name.upper()}" for name in Settings.model_fields}
    strange = sorted(
        name
        for name in os.environ
        if name.startswith("REGULARS_") and not name.startswith("REGULARS_TEST_") and name not in known
    )
    if strange:
        yield warning(
            "settings", f"nothing reads {', '.join(strange)}", f"Known are {', '.join(sorted(known))}."
        )
    else:
        yield ok("settings", "every setting can be used")


def home(settings: Settings, seen: Survey) -> Iterator[Check]:
    where = f"{seen.home} (owner {seen.owner}, {seen.free_bytes / 1e9:.1f} GB free)"
    if not seen.writable:
        yield problem(
            "home",
            f"{where} cannot be written by this user",
            "Run as its owner, give it to this user (chown -R), or choose another folder with REGULARS_HOME.",
        )
    elif seen.free_bytes < seen.needed_bytes or seen.free_bytes < FREE_LOW_BYTES // 10:
        yield problem("home", where, "Free some space, or choose another folder with REGULARS_HOME.")
    elif seen.free_bytes < FREE_LOW_BYTES:
        yield warning("home", where, "Free some space before the disk is full.")
    else:
        yield ok("home", where if seen.made else f"{where} is made at the first start")
    if not has_own_server(settings):
        yield from _socket(seen)


def _socket(seen: Survey) -> Iterator[Check]:
    place = "in the home" if seen.socket_fits else "in /tmp, since the home's path is long"
    yield ok("socket", f"the server's socket is made {place}")


def embedded(settings: Settings) -> Iterator[Check]:
    """Whether an embedded server could be started here."""
    yield ok("programs", programs(settings.postgres_bin))
    if os.geteuid() != 0:
        yield ok("user", "an ordinary user, as PostgreSQL wants it")
    elif namespaces_work():
        yield ok("user", "root, in a user namespace for PostgreSQL, which refuses root")
    else:
        yield warning(
            "user",
            "root, and user namespaces are off: PostgreSQL runs as another user, who gets its folder",
            "Run as an ordinary user, or switch user namespaces on.",
        )


def port(settings: Settings) -> Iterator[Check]:
    try:
        check_port(settings)
    except PortTaken as taken:
        ours = answering(settings)
        if ours is not None:
            yield ok("port", f"{ours} answers at {settings.address}")
            return
        yield problem(
            "port", f"{str(taken).split('. ')[0]}{_held_by(settings.port)}", str(taken).split(". ", 1)[1]
        )
    else:
        yield ok("port", f"{settings.port} on {settings.host} is free; nothing serves there now")


def _held_by(number: int) -> str:
    """Which process listens on a port, as far as this user may see it."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(number)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {str(handle.readlink()) for handle in (process / "fd").iterdir()}
            if sockets & held:
                name = (process / "comm").read_text(encoding="utf-8").strip()
                return f"; process {process.name} ({name}) listens there"
        except OSError:
            continue  # Another user's, or gone meanwhile.
    return ""


def _inodes(number: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == number:
                    yield fields[9]
