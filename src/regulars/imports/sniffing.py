"""What a file is, told by its bytes; its name may only agree."""

import zipfile
from pathlib import Path
from typing import Literal

from regulars.imports.errors import unreadable

FileKind = Literal["csv", "jsonl", "json", "excel", "parquet"]

TITLES: dict[str, str] = {
    "csv": "a table of text (CSV)",
    "jsonl": "JSON, one object a line",
    "json": "a JSON list",
    "excel": "an Excel workbook",
    "parquet": "a Parquet file",
}
# Which kinds a name may promise; a name without a known ending promises nothing.
PROMISED: dict[str, tuple[FileKind, ...]] = {
    ".csv": ("csv",),
    ".tsv": ("csv",),
    ".json": ("json", "jsonl"),
    ".jsonl": ("jsonl", "json"),
    ".ndjson": ("jsonl", "json"),
    ".xlsx": ("excel",),
    ".xlsm": ("excel",),
    ".xlsb": ("excel",),
    ".xls": ("excel",),
    ".ods": ("excel",),
    ".parquet": ("parquet",),
}
OTHERS = (
    (b"\x1f\x8b", "is packed with gzip; unpack it first"),
    (b"BZh", "is packed with bzip2; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it first"),
    (b"7z\xbc\xaf", "is a 7z archive; unpack it first"),
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"%PDF", "is a PDF; export the table it was made from"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"GIF8", "is a picture"),
    (b"SQLite format 3", "is a SQLite database; export its table as CSV"),
    (b"\x7fELF", "is a program"),
    (b"MZ", "is a program"),
)
HEAD = 65_536
# Bytes that text does not hold, in any encoding.
NO_TEXT = bytes({*range(9), *range(14, 32)} - {27})
NO_TEXT_SHARE_MAX = 0.05
UNPACKED_MAX = 2 * 1024**3
RATIO_MAX = 250
SMALL = 64 * 1024**2
MEMBERS_MAX = 10_000


def kind_of(file: Path, name: str) -> FileKind:
    """The kind of a file; raises Unreadable for what is empty, cut off, no table or misnamed."""
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise unreadable(f"{name} is empty. Export it again, with a header and at least one row.")
    kind = _by_bytes(file, name, head)
    promised = PROMISED.get(Path(name).suffix.lower(), ())
    if promised and kind not in promised:
        raise unreadable(
            f"{name} is not what its name says: it holds {TITLES[kind]}. Rename it if that is what you "
            "meant, "
            "or export it again."
        )
    return kind


def _by_bytes(file: Path, name: str, head: bytes) -> FileKind:
    if head.startswith(b"PAR1"):
        return _parquet(file, name)
    if head.startswith(b"PK\x03\x04"):
        return _zipped(file, name)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "excel"
    for magic, why in OTHERS:
        if head.startswith(magic):
            raise unreadable(f"{name} {why}. Read are CSV, JSON, JSON Lines, Excel and Parquet.")
    return _text(name, head)


def _parquet(file: Path, name: str) -> FileKind:
    with file.open("rb") as opened:
        opened.seek(-min(4, file.stat().st_size), 2)
        if file.stat().st_size < 12 or opened.read() != b"PAR1":  # noqa: PLR2004 - both marks and a length
            raise unreadable(f"{name} is a Parquet file that was cut off: its end is missing. Copy it again.")
    return "parquet"


def _zipped(file: Path, name: str) -> FileKind:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise unreadable(f"{name} is a zip archive; unpack it and import the file inside.")
            _check_size(file, name, members)
            _check_whole(archive, members)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as cause:
        raise unreadable(
            f"{name} is an Excel workbook that is cut off, locked or damaged ({cause}). Save it again, "
            "without a password."
        ) from cause
    return "excel"


def _check_size(file: Path, name: str, members: list[zipfile.ZipInfo]) -> None:
    """A bomb says its size; who lies about it is found by reading: no member gives more than it said."""
    unpacked = sum(member.file_size for member in members)
    packed = max(1, file.stat().st_size)
    if (
        unpacked > UNPACKED_MAX
        or (unpacked > SMALL and unpacked / packed > RATIO_MAX)
        or len(members) > MEMBERS_MAX
    ):
        raise unreadable(
            f"{name} would unpack from {packed:,} to {unpacked:,} bytes, which no table does. It is not "
            "opened; "
            "export the sheet as CSV."
        )


def _check_whole(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        with archive.open(member) as opened:
            while opened.read(1 << 20):
                pass


def _text(name: str, head: bytes) -> FileKind:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or is_wide(head)
    if not wide and sum(map(head.count, NO_TEXT)) > max(3, len(head) * NO_TEXT_SHARE_MAX):
        raise unreadable(
            f"{name} is neither text nor a known kind of file. Read are CSV, JSON, JSON Lines, Excel and "
            "Parquet."
        )
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith((b"<!", b"<html", b"<?xml")):
        raise unreadable(
            f"{name} holds a web page or XML, perhaps a sign-in page instead of the file. Download it again."
        )
    if start.startswith(b"["):
        return "json"
    return "jsonl" if start.startswith(b"{") else "csv"


def is_wide(head: bytes) -> bool:
    """UTF-16 without a mark: every other byte is zero."""
    half = max(1, len(head) // 2)
    return max(head[0::2].count(0), head[1::2].count(0)) > half * 0.4 > 0
