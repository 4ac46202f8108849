"""A web or worker process says that it runs, and what it takes to be shared by all hosts."""

import hashlib
import logging
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from uuid import UUID, uuid4

import psycopg

from regulars import __version__, analytics, connections, jobs
from regulars.app import App
from regulars.kernel import RegularsError
from regulars.settings import Settings

MARK = ".regulars-mark"
LOGGER = logging.getLogger("regulars.presence")


def shares(settings: Settings) -> Mapping[str, str]:
    """Marks of what must be the same on every host; equal marks mean the same folder, key or place."""
    return {
        "files": folder_mark(settings.shared),
        "drops": folder_mark(settings.drops),
        "key": connections.key_fingerprint(settings) or "",
        "lake": lake_mark(settings),
    }


def folder_mark(folder: Path) -> str:
    """What is written in the folder itself, so that a folder seen from two hosts is known to be one."""
    place = folder / MARK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            made = folder / f"{MARK}-{secrets.token_hex(4)}"
            made.write_text(secrets.token_hex(8))
            try:
                os.link(made, place)
            except FileExistsError:
                pass  # Another process was first; its mark counts.
            finally:
                made.unlink()
        return place.read_text()
    except OSError as cause:
        return f"cannot be written ({cause.strerror})"


def lake_mark(settings: Settings) -> str:
    place = analytics.place_of(settings)
    if place.is_remote:
        return hashlib.sha256(place.root.encode()).hexdigest()[:16]
    return folder_mark(Path(place.root).parent)


@contextmanager
def present(app: App, kind: str) -> Iterator[None]:
    """Give signs until the end; a database that does not answer hinders nobody."""
    stop, process_id = Event(), uuid4()
    thread = Thread(target=_keep, args=(app, kind, process_id, stop), name="presence", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(2)
        try:
            with app.database.transaction() as tx:
                jobs.leave(tx, process_id)
        except (psycopg.Error, RegularsError):
            LOGGER.info("The end of this process could not be noted; it is seen by its silence.")


def _keep(app: App, kind: str, process_id: UUID, stop: Event) -> None:
    told = {"kind": kind, "host": socket.gethostname(), "pid": os.getpid(), "version": __version__}
    while not stop.is_set():
        try:
            with app.database.transaction() as tx:
                jobs.announce(tx, process_id, **told, shares=shares(app.settings))  # type: ignore[arg-type]
        except (psycopg.Error, RegularsError):
            LOGGER.info("The sign of this process could not be given; it is tried again.")
        stop.wait(jobs.SIGN_EVERY_S)
