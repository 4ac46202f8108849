"""Where files are brought: a folder of this machine, a store that speaks S3, or a server by SFTP.

Each takes a file under its name once it is whole, and replaces one of that name: brought again after a crash,
it is there once.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from urllib.parse import urlsplit

from pyarrow import fs

from regulars import connections, definitions
from regulars.connections import PORTS, Folder, PlaceRefused, PlaceUnreachable, Sftp, SftpAddress
from regulars.db import Tx
from regulars.exports.body import ExportBody, S3Address, address_of, kind_of
from regulars.exports.desk import Desk
from regulars.outgoing import WayOut

PIECE = 1 << 20
CONNECT_S, ANSWER_S = 10.0, 60.0
TRIES = 3
STORE_PORTS = frozenset({80, 443, 8080, 8443, 9000})
# What a store says when no later try helps.
REFUSALS = ("NO_SUCH_BUCKET", "ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH")
TRIAL = "regulars-trial.txt"


class Destination(Protocol):
    def put(self, file: Path, name: str) -> None: ...

    def remove(self, name: str) -> None: ...


def secret_name(key: str) -> str:
    """Under which the vault keeps the password, key, or access key of an export."""
    return f"export/{key}"


def keeper_of(body: ExportBody) -> str:
    """Whom the secret of its place is for: one user of one server, or one store; empty for a folder."""
    if kind_of(body.place) == "s3":
        return f"s3 at {body.endpoint or 'amazonaws.com'}"
    return connections.keeper_of(body.place)


def destination(tx: Tx, desk: Desk, key: str, body: ExportBody) -> Destination:
    """The place of a scheduled export; raises PlaceRefused or PlaceUnreachable."""
    address = address_of(body.place)
    if address is None:
        return _folder(desk.settings.exports_root, body.place)
    secrets = connections.opened(tx, desk.vault, secret_name(key), desk.wall.now(), place=keeper_of(body))
    way = WayOut(allow=desk.settings.outgoing_allowed)
    if not secrets and connections.told_of(tx, secret_name(key), desk.wall.now()):
        raise PlaceRefused(connections.given_for_another(keeper_of(body)))
    if not secrets:
        raise PlaceRefused(f"No password or key is set for {body.place}; set it first.")
    if isinstance(address, SftpAddress):
        ip = way.address_of(address.host, address.port, ports=PORTS)
        return Sftp(address=address, ip=ip, secret=secrets[0], host_key=body.host_key or "")
    return Store(address, body, secrets[0], way)


def _folder(root: Path, place: str) -> Folder:
    """The folder below the root; made, since it is ours to fill."""
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (root / place).resolve().is_relative_to(root.resolve()):
            (root / place).mkdir(parents=True, exist_ok=True)
        return Folder(path=connections.inside(root, place))
    except OSError as cause:
        raise PlaceUnreachable(f"The folder {root / place} cannot be made ({cause.strerror}).") from cause


class Store:
    """A bucket. A file that is broken off never appears: its parts are joined when all have come."""

    def __init__(self, address: S3Address, body: ExportBody, secret: str, way: WayOut) -> None:
        self._address = address
        self._where = f"s3://{address.bucket}"
        access_key, _, secret_key = secret.strip().partition(":")
        if not access_key or not secret_key:
            raise PlaceRefused("The secret of a store is its access key and its secret key, as KEY:SECRET.")
        self._files = fs.S3FileSystem(
            access_key=access_key,
            secret_key=secret_key,
            region=body.region,
            connect_timeout=CONNECT_S,
            request_timeout=ANSWER_S,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
            **_endpoint(body.endpoint, way),
        )

    def put(self, file: Path, name: str) -> None:
        path = self._address.path(name)
        try:
            with file.open("rb") as source, self._files.open_output_stream(path) as target:
                while piece := source.read(PIECE):
                    target.write(piece)
            arrived = self._files.get_file_info(path).size
        except OSError as cause:
            raise self._told(cause) from cause
        if arrived != file.stat().st_size:
            raise PlaceUnreachable(f"{name} did not arrive whole at {self._where}.")

    def remove(self, name: str) -> None:
        try:
            self._files.delete_file(self._address.path(name))
        except OSError as cause:
            raise self._told(cause) from cause

    def _told(self, cause: OSError) -> PlaceRefused | PlaceUnreachable:
        said = str(cause)[:300]
        if any(sign in said for sign in REFUSALS):
            return PlaceRefused(f"{self._where} refuses it ({said}).")
        return PlaceUnreachable(f"{self._where} does not answer ({said}).")


def _endpoint(endpoint: str | None, way: WayOut) -> dict[str, str]:
    """A store of one's own, judged like every address; by name, since its certificate is of that name."""
    if endpoint is None:
        return {}
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    way.address_of(host, port, ports=STORE_PORTS)
    return {"endpoint_override": f"{f'[{host}]' if ':' in host else host}:{port}", "scheme": parts.scheme}


def place_of(tx: Tx, desk: Desk, key: str) -> Destination:
    """The place that the live version names, or the last one."""
    found = definitions.live(tx, desk.kind, key) or definitions.get(tx, desk.kind, key)
    return destination(tx, desk, key, found.body)


def try_place(desk: Desk, key: str, place: Destination) -> None:
    """Bring a small file there and take it away; raises what hinders it. It may take a minute."""
    desk.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(prefix=f"trial-{key}-", dir=desk.home) as folder:
        trial = Path(folder) / TRIAL
        trial.write_text("Regulars can bring files here.\n")
        place.put(trial, TRIAL)
        place.remove(TRIAL)
