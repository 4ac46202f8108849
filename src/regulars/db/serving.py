"""What a running embedded server is known by: its folders, its lock, and the note for those who attach."""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from regulars.kernel import Unavailable

PORT = 5432  # Only part of the socket's name; nothing listens on TCP.
SOCKET_NAME = f".s.PGSQL.{PORT}"
USER = "regulars"


class ServerUnavailable(Unavailable):
    """The embedded server cannot be had; the text says what stands in the way and what to do."""

    code = "db.server_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything of one embedded server stands, below one home."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def owner(self) -> os.stat_result:
        return (self.data if self.data.exists() else self.folder).stat()

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def note(self) -> Path:
        return self.folder / "server.json"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def make(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.folder.mkdir(mode=0o700)
                if os.geteuid() == 0:
                    # Root in a user's home leaves nothing there that the user could not use.
                    os.chown(self.folder, self.home.stat().st_uid, self.home.stat().st_gid)
            with tempfile.TemporaryFile(dir=self.folder) as probe:
                probe.write(b"\0")
        except OSError as cause:
            raise ServerUnavailable(
                f"The home {self.home} cannot be written: {cause.strerror}. Make it writable, free some "
                f"space, or choose another folder with REGULARS_HOME."
            ) from cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Left by the owner of a running server for those who attach to it."""

    pid: int
    owner_pid: int
    host: str  # The socket's folder.
    binaries: str
    password: str

    def dsn(self, database: str) -> str:
        return make_conninfo(host=self.host, port=PORT, user=USER, password=self.password, dbname=database)

    def refusal(self) -> str | None:
        """Why the server does not answer a query, or nothing if it does."""
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=5) as connection:
                connection.execute("select 1")
        except psycopg.OperationalError as refused:
            return str(refused)
        return None


def read_note(place: Place) -> Note | None:
    try:
        return Note(**json.loads(place.note.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def leave_note(place: Place, note: Note) -> None:
    write_private(place.note, json.dumps(asdict(note)))


def password(place: Place) -> str:
    """The superuser's password, made and kept before the first database is."""
    if not place.password.exists():
        write_private(place.password, new_password())
    return place.password.read_text()


def new_password() -> str:
    return secrets.token_urlsafe(24)


def write_private(path: Path, text: str) -> None:
    """Write the whole file or nothing, for our eyes only, even if the power fails."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def open_lock(place: Place) -> int:
    try:
        return os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as cause:
        raise ServerUnavailable(
            f"The lock {place.lock} cannot be opened: {cause.strerror}. Another user made it: run as that "
            f"user, or give {place.home} to yourself (chown -R)."
        ) from cause


def try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return True


def socket_folder(place: Place) -> Path:
    """A folder for our eyes only in which a socket can be made: below the home, else a short one in /tmp.

    A socket's path ends at 107 bytes, some file systems hold none, and both ends read a comma in the path
    as the start of another host. Trying it finds out.
    """
    if not set(str(place.run)) & set(',"'):
        place.run.mkdir(mode=0o700, exist_ok=True)
        if _holds_socket(place.run):
            return place.run
    return Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))  # Made 0700.


def _holds_socket(folder: Path) -> bool:
    path = folder / SOCKET_NAME
    path.unlink(missing_ok=True)
    # Of a server that was killed. PostgreSQL takes whatever process has its number by now, or what is left of
    # it and was not collected yet, for one that runs; we hold the lock of the place, so none does.
    folder.joinpath(f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(path))
        except OSError:
            return False
    path.unlink()
    return True
