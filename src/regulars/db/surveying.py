"""What can be seen of an embedded server from outside, without starting or changing anything."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from regulars.db import entry
from regulars.db.binaries import find
from regulars.db.datafolder import NEEDED_BYTES
from regulars.db.identity import INNER_ID, Identity, tried, user_name
from regulars.db.serving import SOCKET_NAME, Place, read_note

SOCKET_PATH_MAX = 107


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    home: Path
    made: bool  # Whether the home is there.
    writable: bool  # It, or where it would be made.
    owner: str
    free_bytes: int
    needed_bytes: int  # For a new database; 0 when one is there.
    has_database: bool
    socket_fits: bool  # In the home; else a folder in /tmp holds it.
    answers_as: str | None  # The DSN of the maintenance database of a server that runs and answers.
    held_by: int | None  # The process that runs the server.
    refusal: str | None  # Why a server that should run does not answer.


def survey(home: Path) -> Survey:
    place = Place(home=home.absolute())
    standing = next(folder for folder in (place.home, *place.home.parents) if folder.exists())
    note = read_note(place) if os.access(standing, os.X_OK) else None
    refusal = note.refusal() if note else None
    has_database = (place.data / "PG_VERSION").exists() if os.access(standing, os.X_OK) else False
    return Survey(
        home=place.home,
        made=place.home.is_dir(),
        writable=standing.is_dir() and os.access(standing, os.W_OK | os.X_OK),
        owner=user_name(standing.stat().st_uid),
        free_bytes=shutil.disk_usage(standing).free,
        needed_bytes=0 if has_database else NEEDED_BYTES,
        has_database=has_database,
        socket_fits=len(os.fsencode(place.run / SOCKET_NAME)) <= SOCKET_PATH_MAX,
        answers_as=note.dsn("postgres") if note and refusal is None else None,
        held_by=note.owner_pid if note else None,
        refusal=refusal,
    )


def programs(folder: Path | None) -> str:
    """Where PostgreSQL's programs are and of which version; raises ServerUnavailable when they are not."""
    found = find(folder)
    return f"PostgreSQL {found.major} in {found.folder}"


def namespaces_work() -> bool:
    """Whether root can run PostgreSQL, which refuses root, on files that stay root's."""
    return tried(Identity(map=INNER_ID), ()).returncode != entry.NO_NAMESPACE
