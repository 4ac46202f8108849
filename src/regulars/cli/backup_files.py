"""A backup as a folder: a dump of each workspace, its lake, and the manifest that says what must be there."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from regulars.kernel import Conflict, Invalid, Unavailable

FORM = 1
MANIFEST, LOCK, NOTE, KEY = "manifest.json", ".lock", "READ ME.txt", "secret-key"
PIECE = 1 << 20
TOLD_MAX = 3


class Damaged(Invalid):
    code = "backup.damaged"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    sum: str


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: str
    checksum: str


class LakeTable(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knew of one table of the lake at the moment of the backup."""

    name: str
    version: int | None
    watermark: int
    rows: int


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace as it was saved."""

    workspace: str
    taken_at: str
    server: str  # PostgreSQL's version.
    migrations: list[Applied]
    tables: dict[str, Table]
    lake_place: str
    lake: list[LakeTable]
    lake_copied: bool


class File(msgspec.Struct, frozen=True, kw_only=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    form: int
    version: str  # Of Regulars.
    taken_at: str
    key: str | None  # Fingerprint of what seals secrets; the key itself is not in it.
    workspaces: list[Saved]
    files: dict[str, File]

    def saved(self, workspace: str) -> Saved | None:
        return next((one for one in self.workspaces if one.workspace == workspace), None)


def dump_name(workspace: str) -> str:
    return f"{workspace}.dump"


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """A folder to write into that becomes `target` when all of it is written, and never before."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target} is there already. Name a folder that is not: a backup replaces none.")
    draft = target.parent / f".{target.name}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(draft / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as cause:
        problem = f"{target.parent} cannot be written ({cause.strerror}). Name another folder."
        raise Invalid(problem) from cause
    try:
        _alone(lock, draft, target)
    except BaseException:
        os.close(lock)
        raise
    try:
        _empty(draft)  # What one that was killed left.
        yield draft
        _settle(draft)
        (draft / LOCK).unlink()
        draft.replace(target)
        _sync(target.parent)
    except OSError as cause:
        shutil.rmtree(draft, ignore_errors=True)
        raise Unavailable(
            f"The backup could not be written to {target.parent} ({cause.strerror or cause}). Nothing is "
            "left of it; see that there is room and begin again."
        ) from cause
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _alone(lock: int, draft: Path, target: Path) -> None:
    """Raise Conflict while another process writes the same backup, or just ended doing so."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (draft / LOCK).stat().st_ino == os.fstat(lock).st_ino:
            return
    except OSError:
        pass
    raise Conflict(f"Another backup to {target} runs now. Wait for it, or name another folder.")


def _empty(draft: Path) -> None:
    for found in draft.iterdir():
        if found.is_dir():
            shutil.rmtree(found)
        elif found.name != LOCK:
            found.unlink()


def _settle(draft: Path) -> None:
    """Everything on the disk before it gets its name: a power failure leaves no half that looks whole."""
    for found in sorted(draft.rglob("*"), reverse=True):
        _sync(found)
    _sync(draft)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def describe(folder: Path) -> dict[str, File]:
    """Every file below a folder, by its path."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LOCK)
    return {
        str(path.relative_to(folder)): File(bytes=path.stat().st_size, sha256=digest(path)) for path in found
    }


def digest(path: Path) -> str:
    summed = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            summed.update(piece)
    return summed.hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself; raises Damaged for what is none, or not whole."""
    if not folder.is_dir():
        raise Damaged(f"There is no folder {folder}. Name one that `regulars backup` made.")
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError:
        raise Damaged(
            f"{folder} holds no {MANIFEST}, so it is no whole backup: one that was broken off never gets its "
            "name, and one that was copied must be copied as a whole. Name another."
        ) from None
    try:
        found = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, json.JSONDecodeError) as cause:
        problem = f"{folder / MANIFEST} is not whole ({cause}). Copy it again, or name another."
        raise Damaged(problem) from cause
    if found.form > FORM:
        raise Damaged(f"{folder} was made by Regulars {found.version}, which is newer. Install that one.")
    return found


def check_files(folder: Path, manifest: Manifest, names: Sequence[str]) -> None:
    """Raise Damaged unless each file is there as it was written."""
    wrong = [said for name in names if (said := _wrong(folder / name, manifest.files[name]))]
    if wrong:
        told = "; ".join(wrong[:TOLD_MAX]) + (" and more" if len(wrong) > TOLD_MAX else "")
        raise Damaged(f"The backup in {folder} is damaged: {told}. Copy it again, or name an older one.")


def _wrong(path: Path, told: File) -> str:
    if not path.is_file():
        return f"{path.name} is missing"
    size = path.stat().st_size
    if size != told.bytes:
        return f"{path.name} has {size:,} of {told.bytes:,} bytes"
    return "" if digest(path) == told.sha256 else f"{path.name} was changed after it was written"


def differing(before: Mapping[str, Table], after: Mapping[str, Table]) -> list[str]:
    """In which tables two copies differ, in words."""
    found = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            found.append(f"{name} is only in {'the restored database' if one is None else 'the backup'}")
        elif one.rows != other.rows:
            found.append(f"{name} has {other.rows:,} rows instead of {one.rows:,}")
        elif one != other:
            found.append(f"{name} has other contents")
    return found
