"""A file taken in: streamed into a folder of its own, named by nothing a stranger chose, and read once."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from regulars.imports import csv_rows, duck, encoding, excel, json_rows, parquet_rows
from regulars.imports.errors import FileGone, TooLarge, unreadable
from regulars.imports.layout import Layout, columns_of, fingerprint
from regulars.imports.sniffing import TITLES, FileKind, kind_of

PIECE = 1 << 20
ORIGINAL, ROWS = "original", "rows.parquet"
NAME_SIGNS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that lies in its folder and was read once; nothing of it is in the database yet."""

    folder: str  # Its name below the imports' folder.
    name: str
    kind: FileKind
    sha256: str
    bytes: int
    rows: int
    layout: Layout

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.layout.names)


def keep(home: Path, stream: IO[bytes], *, name: str, bytes_max: int) -> Kept:
    """Copy a stream into a folder of its own and read what it holds; raises Invalid and leaves nothing.

    Call it outside a transaction: a large file takes seconds.
    """
    name = plain_name(name)
    folder = home / f"{secrets.token_hex(12)}"
    folder.mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    try:
        sha256, size = _write(folder / ORIGINAL, stream, name, bytes_max)
        return inspect(folder, name=name, sha256=sha256, size=size)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def plain_name(name: str) -> str:
    """The last part of a path, without what no name needs."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(sign for sign in last if sign.isprintable() and not "\ud800" <= sign <= "\udfff")
    return printable.strip()[-NAME_SIGNS_MAX:] or "file"


def _write(into: Path, stream: IO[bytes], name: str, bytes_max: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    handle = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as written:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > bytes_max:
                raise TooLarge(
                    f"{name} is larger than {bytes_max:,} bytes. Cut it into several files, or raise "
                    "REGULARS_IMPORT_BYTES_MAX."
                )
            digest.update(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest(), size


def inspect(folder: Path, *, name: str, sha256: str, size: int) -> Kept:
    kind = kind_of(folder / ORIGINAL, name)
    try:
        names, how = _read(folder, kind, name)
        with duck.opened(folder) as db:
            columns, looked_at = columns_of(db, folder / ROWS, names)
            (rows,) = duck.one(db, "select count(*) from read_parquet(?)", str(folder / ROWS))
    except duck.Failed as cause:
        said = duck.told(cause, folder / ORIGINAL)
        raise unreadable(f"{name} cannot be read as {TITLES[kind]} ({said}). Export it again.") from cause
    if not rows:
        raise unreadable(f"{name} has a header and no rows. Export it again.")
    for file in folder.iterdir():
        if file.is_file():
            file.chmod(0o600)
    return Kept(
        folder=folder.name,
        name=name,
        kind=kind,
        sha256=sha256,
        bytes=size,
        rows=int(rows),
        layout=Layout(columns=columns, looked_at=int(looked_at), **how),
    )


def _read(folder: Path, kind: FileKind, name: str) -> tuple[list[str], dict[str, str]]:
    """Write the rows as columns of text; gives the columns' names, and how the file was to be read."""
    original, rows = folder / ORIGINAL, folder / ROWS
    with duck.opened(folder) as db:
        if kind == "excel":
            return excel.write_rows(db, original, rows, name), {}
        if kind == "parquet":
            return parquet_rows.write_rows(db, original, rows, name), {}
        with _as_utf8(folder, name) as (text, told):
            if kind == "csv":
                dialect = csv_rows.dialect_of(text, name)
                csv_rows.write_rows(db, text, dialect, rows)
                return list(dialect.header), {"encoding": told, "delimiter": dialect.delimiter}
            names = json_rows.write_rows(db, text, rows, name, is_list=kind == "json")
            return names, {"encoding": told}


@contextmanager
def _as_utf8(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    text, told = encoding.to_utf8(folder / ORIGINAL, folder / "utf8", name)
    try:
        yield text, told
    finally:
        (folder / "utf8").unlink(missing_ok=True)


def rows_of(home: Path, folder: str, name: str) -> Path:
    """The file's rows as they were read; raises FileGone."""
    found = home / folder / ROWS
    if not found.exists():
        raise FileGone(
            f"The file {name} is not on this machine any more: it was deleted after its retention, or taken "
            "in "
            "by another host. Upload it again."
        )
    return found


def forget(home: Path, folder: str) -> None:
    """Delete a file and all that was made of it; harmless when it is gone."""
    if folder and "/" not in folder and folder not in (".", ".."):
        shutil.rmtree(home / folder, ignore_errors=True)
