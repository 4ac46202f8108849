"""The kind `file-drop`: a place where others leave files, and when it is looked at."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

import asyncssh
import msgspec

from regulars.definitions import Kind, Lookup, Ref
from regulars.kernel import Finding, local_day, local_instant

EVERY = re.compile(
    r"hourly|daily at (?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])|every (?P<n>5|10|15|30) minutes"
)
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SSH_PORT = 22
TEXT_MAX = 300

# As the imports name them.
What = Literal["customers", "events", "orders", "products", "stores", "consents", "balances"]


class FileDropBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    place: str  # A folder below the root for drops, or sftp://user@host/path.
    what: What
    source: str  # The source that the events name.
    # Key of the import mapping that says what the columns are; else what is remembered for such files.
    mapping: str | None = None
    pattern: str = "*"  # As in orders-*.csv.
    every: str = "hourly"  # Or "daily at 02:30", "every 15 minutes".
    after: Literal["leave", "move"] = "leave"  # Move: into a folder named done beside the files.
    host_key: str | None = None  # For sftp: the server's public key, as in "ssh-ed25519 AAAA…".
    # What occurred before is history: nothing fires for it. Left out: when the drop was first published.
    history_before: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpAddress:
    user: str
    host: str
    port: int
    path: str

    @property
    def keeper(self) -> str:
        """Whom a password is for: the same user of the same server, whatever the folder."""
        return f"sftp://{self.user}@{self.host}:{self.port}"


def sftp_address(place: str) -> SftpAddress | None:
    """The parts of an sftp address; None for a folder. Raises ValueError for what is neither."""
    if "://" not in place:
        return None
    parts = urlsplit(place)
    if parts.scheme != "sftp" or not parts.hostname or not parts.username:
        raise ValueError("Write it as sftp://user@host/folder, or as a folder.")
    if parts.password:
        raise ValueError("A password does not stand in the address; set it as the secret.")
    return SftpAddress(
        user=unquote(parts.username),
        host=parts.hostname,
        port=parts.port or SSH_PORT,
        path=unquote(parts.path) or "/",
    )


def keeper_of(place: str) -> str:
    """Whom the secret of a place is for; empty for a folder, which needs none."""
    address = sftp_address(place)
    return address.keeper if address else ""


def next_look(every: str, after: datetime, zone: str) -> datetime:
    """The first instant after another at which a drop is to be looked at."""
    found = EVERY.fullmatch(every)
    if found is None or every == "hourly" or found["n"]:
        step = int(found["n"]) if found is not None and found["n"] else 60
        hour = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        passed = (after - hour) // timedelta(minutes=step)
        return hour + timedelta(minutes=step * (passed + 1))
    at = time(int(found["hour"]), int(found["minute"]))
    today = local_day(after, zone)
    days = (today + timedelta(days=number) for number in range(3))
    return next(due for day in days if (due := local_instant(day, at, zone)) > after)


def sentence(body: FileDropBody) -> str:
    files = "every file" if body.pattern == "*" else body.pattern
    by = f" by the mapping {body.mapping}" if body.mapping else ""
    moved = ", then moves the files to done" if body.after == "move" else ""
    return f"Looks for {files} in {body.place} {body.every} as {body.what}{by}, source {body.source}{moved}"


def validate(body: FileDropBody, _lookup: Lookup) -> list[Finding]:
    found = [
        _wrong(name, f"Give a {name} of at most {TEXT_MAX} signs.")
        for name in ("title", "place", "source", "pattern")
        if not getattr(body, name).strip() or len(getattr(body, name)) > TEXT_MAX
    ]
    if not EVERY.fullmatch(body.every):
        found.append(_wrong("every", "Write hourly, daily at 02:30, or every 15 minutes (5, 10, 15 or 30)."))
    if body.source.strip() and not SOURCE.fullmatch(body.source):
        found.append(_wrong("source", "Write the source as its key, as in nightly-files."))
    if "/" in body.pattern or "\0" in body.place + body.pattern:
        found.append(_wrong("pattern", "A pattern is of a file's name, as in orders-*.csv."))
    if body.history_before is not None and body.history_before.tzinfo is None:
        found.append(_wrong("history_before", "Write it with its zone, as in 2026-03-01T00:00:00Z."))
    return found + _of_place(body)


def uses(body: FileDropBody) -> list[Ref]:
    return [Ref(kind="import-mapping", key=body.mapping, path="mapping")] if body.mapping else []


def _of_place(body: FileDropBody) -> list[Finding]:
    try:
        address = sftp_address(body.place)
    except ValueError as error:
        return [_wrong("place", str(error))]
    if address is None:
        parts = PurePosixPath(body.place).parts
        is_inside = body.place.strip() and not body.place.startswith("/") and ".." not in parts
        return (
            [] if is_inside else [_wrong("place", "Name a folder below the root for drops, as in nightly.")]
        )
    if body.host_key is None:
        told = "Give the server's public key (ssh-keyscan prints it), so that no other can stand in for it."
        return [_wrong("host_key", told)]
    try:
        asyncssh.import_public_key(body.host_key)
    except (asyncssh.KeyImportError, ValueError):
        return [_wrong("host_key", "It is no public key; write it as ssh-ed25519 AAAA….")]
    return []


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="connections.drop", message=message)


FILE_DROP = Kind(
    name="file-drop",
    title="File drop",
    plural="File drops",
    body=FileDropBody,
    sentence=sentence,
    validate=validate,
    uses=uses,
)
