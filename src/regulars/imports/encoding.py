"""Text in whatever encoding becomes UTF-8, so that everything behind reads one."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from regulars.imports.errors import unreadable
from regulars.imports.sniffing import HEAD, is_wide

PIECE = 1 << 20
LOST = "\ufffd"  # Stands for bytes that are no text; rows that hold it are bad.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def to_utf8(file: Path, into: Path, name: str) -> tuple[Path, str]:
    """The file as UTF-8 and the name of the encoding it came in; it is copied only if it was another."""
    encoding = encoding_of(file)
    if encoding == "utf-8":
        return file, encoding
    decoder = codecs.getincrementaldecoder(encoding.removesuffix(" with errors"))(errors="replace")
    with into.open("w", encoding="utf-8", newline="") as written:
        for piece in _pieces(file):
            written.write(decoder.decode(piece))
        written.write(decoder.decode(b"", final=True))
    if encoding.startswith("utf-16") and into.stat().st_size == 0:
        raise unreadable(f"{name} is empty. Export it again.")
    return into, encoding.removesuffix("-sig")


def encoding_of(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    if is_wide(head):
        return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    lost, special = _count(file)
    if not lost:
        return "utf-8"
    # A few broken places in a file full of umlauts are broken places; else it is an older encoding.
    return "utf-8 with errors" if special > 5 * lost else _older(file)


def _count(file: Path) -> tuple[int, int]:
    """How many signs could not be read as UTF-8, and how many beyond ASCII could."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    lost = special = 0
    for piece in _pieces(file):
        text = decoder.decode(piece)
        if not text.isascii():
            lost += text.count(LOST)
            special += len(text) - len(text.encode("ascii", errors="ignore"))
    lost += decoder.decode(b"", final=True).count(LOST)
    return lost, special - lost


def _older(file: Path) -> str:
    # Windows' encoding is Latin-1 with more letters, but for five bytes that it does not know.
    unknown = b"\x81\x8d\x8f\x90\x9d"
    latin = any(any(byte in piece for byte in unknown) for piece in _pieces(file))
    return "latin-1" if latin else "cp1252"


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
