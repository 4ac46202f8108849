"""Places where files are left: a folder of this machine, or one on another reached by SFTP.

Each lists what is there, fetches one file, and moves one to done. Names that begin with a point, and those
that programs give to half-written files, are passed over. A file that is put there takes its name once it is
whole.
"""

import asyncio
import os
import shutil
import stat
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncssh

from regulars.connections.drop import FileDropBody, SftpAddress, sftp_address
from regulars.kernel import CallerError, Unavailable
from regulars.outgoing import WayOut

UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~")
FILES_MAX = 1_000
PIECE = 1 << 20
SFTP_S = 30.0
NAME_SIGNS_MAX = 200
PORTS = frozenset({22, 2222})
T = TypeVar("T")


class PlaceRefused(CallerError):
    """The place is not one that may be looked at."""

    code = "connections.place_refused"


class PlaceUnreachable(Unavailable):
    code = "connections.place_unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file as it was seen; it is still when it is seen the same again."""

    name: str
    size: int
    modified_at: datetime | None


class Place(Protocol):
    def list(self) -> Sequence[Seen]: ...

    def fetch(self, name: str, into: Path, bytes_max: int) -> None: ...

    def move_to_done(self, name: str) -> None: ...


def place_of(body: FileDropBody, *, root: Path, way: WayOut, secret: str | None) -> Place:
    address = sftp_address(body.place)
    if address is None:
        return Folder(path=inside(root, body.place), pattern=body.pattern)
    if secret is None:
        raise PlaceRefused(f"No password or key is set for {address.user}@{address.host}; set it first.")
    ip = way.address_of(address.host, address.port, ports=PORTS)
    return Sftp(address=address, ip=ip, secret=secret, host_key=body.host_key or "", pattern=body.pattern)


def inside(root: Path, place: str) -> Path:
    """The folder, which no link leads out of the root."""
    root.mkdir(parents=True, exist_ok=True)
    found = (root / place).resolve()
    if not found.is_relative_to(root.resolve()):
        raise PlaceRefused(f"{place} leads out of the root; name a folder below it.")
    if not found.is_dir():
        raise PlaceUnreachable(f"There is no folder {place} below {root}; make it.")
    return found


def _is_meant(name: str, pattern: str) -> bool:
    fits = fnmatchcase(name, pattern) and len(name) <= NAME_SIGNS_MAX and name.isprintable()
    return fits and not name.startswith(".") and not name.lower().endswith(UNFINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    path: Path
    pattern: str = "*"

    def list(self) -> Sequence[Seen]:
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if _is_meant(entry.name, self.pattern) and entry.is_file(follow_symlinks=False):
                    told = entry.stat(follow_symlinks=False)
                    at = datetime.fromtimestamp(told.st_mtime, UTC)
                    found.append(Seen(name=entry.name, size=told.st_size, modified_at=at))
        return sorted(found, key=lambda one: one.name)[:FILES_MAX]

    def fetch(self, name: str, into: Path, bytes_max: int) -> None:
        handle = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise PlaceRefused(f"{name} is no file.")
            with into.open("xb") as written:
                size = 0
                while piece := source.read(PIECE):
                    size = _bounded(size + len(piece), name, bytes_max)
                    written.write(piece)

    def move_to_done(self, name: str) -> None:
        done = self.path / "done"
        done.mkdir(exist_ok=True)
        place = done / name
        if place.exists():
            place = done / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
        (self.path / name).rename(place)

    def put(self, file: Path, name: str) -> None:
        """Bring a file there; one of that name is replaced."""
        part = self.path / f".{name}.part"
        with suppress(FileNotFoundError):
            part.unlink()
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "wb") as target, file.open("rb") as source:
            shutil.copyfileobj(source, target, PIECE)
            target.flush()
            os.fsync(target.fileno())
        part.replace(self.path / name)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


def _bounded(size: int, name: str, bytes_max: int) -> int:
    if size > bytes_max:
        raise PlaceRefused(f"{name} is larger than {bytes_max:,} bytes; cut it into several files.")
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sftp:
    address: SftpAddress
    ip: str  # What the name led to when it was judged; connected to instead of the name.
    secret: str  # A password, or a private key.
    host_key: str
    pattern: str = "*"

    def list(self) -> Sequence[Seen]:
        async def look(client: asyncssh.SFTPClient) -> list[Seen]:
            found = []
            async for entry in client.scandir(self.address.path):
                name, told = str(entry.filename), entry.attrs
                is_file = told.type == asyncssh.FILEXFER_TYPE_REGULAR
                if is_file and _is_meant(name, self.pattern):
                    at = None if told.mtime is None else datetime.fromtimestamp(told.mtime, UTC)
                    found.append(Seen(name=name, size=told.size or 0, modified_at=at))
            return sorted(found, key=lambda one: one.name)[:FILES_MAX]

        return self._run(look)

    def fetch(self, name: str, into: Path, bytes_max: int) -> None:
        async def get(client: asyncssh.SFTPClient) -> None:
            size = 0
            async with client.open(self._path(name), "rb") as source:
                with into.open("xb") as written:
                    while piece := await source.read(PIECE):
                        size = _bounded(size + len(piece), name, bytes_max)
                        written.write(piece if isinstance(piece, bytes) else piece.encode())

        self._run(get)

    def move_to_done(self, name: str) -> None:
        async def move(client: asyncssh.SFTPClient) -> None:
            done = f"{self.address.path.rstrip('/')}/done"
            if not await client.isdir(done):
                await client.mkdir(done)
            place = f"{done}/{name}"
            if await client.exists(place):
                place = f"{done}/{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
            await client.rename(self._path(name), place)

        self._run(move)

    def put(self, file: Path, name: str) -> None:
        """Bring a file there; one of that name is replaced."""
        size = file.stat().st_size

        async def write(client: asyncssh.SFTPClient) -> None:
            part, whole = self._path(f".{name}.part"), self._path(name)
            async with client.open(part, "wb") as target:
                with file.open("rb") as source:
                    while piece := source.read(PIECE):
                        await target.write(piece)
            if await client.getsize(part) != size:
                raise PlaceUnreachable(f"{name} did not arrive whole at {self.address.host}.")
            try:
                await client.posix_rename(part, whole)
            except asyncssh.SFTPError:  # An older server: it renames to a free name only.
                if await client.exists(whole):
                    await client.remove(whole)
                await client.rename(part, whole)

        self._run(write)

    def remove(self, name: str) -> None:
        async def drop(client: asyncssh.SFTPClient) -> None:
            await client.remove(self._path(name))

        self._run(drop)

    def _path(self, name: str) -> str:
        return f"{self.address.path.rstrip('/')}/{name}"

    def _run(self, act: Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            async with (
                asyncssh.connect(**self._options()) as connection,
                connection.start_sftp_client() as client,
            ):
                return await act(client)

        with self._told():
            return asyncio.run(run())

    def _options(self) -> dict[str, Any]:
        """Nothing of this machine's own is used: no agent, no configuration, no known hosts."""
        is_key = self.secret.lstrip().startswith("-----BEGIN")
        return {
            "host": self.ip,
            "port": self.address.port,
            "username": self.address.user,
            "password": None if is_key else self.secret,
            "client_keys": [asyncssh.import_private_key(self.secret)] if is_key else [],
            "known_hosts": ([asyncssh.import_public_key(self.host_key)], [], []),
            "config": [],
            "agent_path": None,
            "connect_timeout": SFTP_S,
            "login_timeout": SFTP_S,
            "keepalive_interval": SFTP_S,
            "preferred_auth": "publickey" if is_key else "password,keyboard-interactive",
        }

    @contextmanager
    def _told(self) -> Iterator[None]:
        where = f"{self.address.user}@{self.address.host}"
        try:
            yield
        except asyncssh.HostKeyNotVerifiable as cause:
            raise PlaceRefused(f"{where} shows another host key than the one that is pinned.") from cause
        except asyncssh.PermissionDenied as cause:
            raise PlaceRefused(f"{where} does not accept the password or key.") from cause
        except asyncssh.KeyImportError as cause:
            raise PlaceRefused(f"The private key for {where} cannot be read ({cause}).") from cause
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as cause:
            raise PlaceUnreachable(f"{where}: {self.address.path} cannot be used ({cause}).") from cause
        except (OSError, asyncssh.Error, TimeoutError) as cause:
            raise PlaceUnreachable(f"{where} does not answer ({str(cause)[:200]}).") from cause
