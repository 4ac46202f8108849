"""Tables of text: their dialect, read fast when they are sound and with care when they are not."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regulars.imports import duck
from regulars.imports.duck import Duck
from regulars.imports.errors import unreadable

DELIMITERS = (",", ";", "\t", "|")
LINES_LOOKED_AT = 200
CELL_SIGNS_MAX = 1_000_000
RECORD_LINES_MAX = 500
LINE_BYTES_MAX = 8_000_000
COLUMNS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    delimiter: str
    header: tuple[str, ...]


def dialect_of(file: Path, name: str) -> Dialect:
    """The sign between cells: the one that cuts most lines into as many cells as the first."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        sample = [line for line, _ in zip(opened, range(LINES_LOOKED_AT), strict=False)]
    best = max(DELIMITERS, key=lambda sign: _fit(sample, sign))
    header = next((cells for cells in _parsed(sample, best) if any(cell.strip() for cell in cells)), [])
    if not header:
        raise unreadable(f"{name} has no header: its first line names the columns.")
    if len(header) > COLUMNS_MAX:
        raise unreadable(f"{name} has {len(header):,} columns; at most {COLUMNS_MAX:,} are read.")
    return Dialect(delimiter=best, header=tuple(named(header)))


def named(header: Sequence[str]) -> list[str]:
    """Every column has a name of its own: an empty one gets its place, a repeated one its number."""
    found: list[str] = []
    for place, cell in enumerate(header, 1):
        plain = " ".join(cell.replace("\0", "").split())[:120] or f"Column {place}"
        name, number = plain, 1
        while name in found:
            number += 1
            name = f"{plain} ({number})"
        found.append(name)
    return found


def _fit(sample: list[str], delimiter: str) -> tuple[int, int]:
    widths = [len(cells) for cells in _parsed(sample, delimiter) if cells]
    if not widths or widths[0] < 2:  # noqa: PLR2004 - one column has no delimiter
        return (0, 0)
    return (sum(width == widths[0] for width in widths), widths[0])


def _parsed(sample: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(sample, delimiter=delimiter))
    except csv.Error:
        return []


def write_rows(db: Duck, file: Path, dialect: Dialect, into: Path) -> None:
    """Every record of the file with its number (the header is 1), and what is wrong with its shape."""
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(dialect.header)))
    reading = (
        f"read_csv({duck.path(file)}, auto_detect=false, header=false, skip=1, quote='\"', escape='\"', "
        f"delim={duck.text(dialect.delimiter)}, columns={{{columns}}}, strict_mode=true, "
        f"max_line_size={LINE_BYTES_MAX})"
    )
    try:
        if not _header_is_one_line(file, dialect):
            raise duck.Failed("The header spans several lines.")
        db.execute(
            f"copy (select row_number() over () + 1 as row, null::varchar as problem, * from {reading}) "
            f"to {duck.path(into)} (format parquet, row_group_size 50000)"
        )
    except duck.Failed:
        _with_care(db, file, dialect, into)


def _header_is_one_line(file: Path, dialect: Dialect) -> bool:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        first = opened.readline()
    cells = next(csv.reader([first], delimiter=dialect.delimiter), [])
    return len(cells) == len(dialect.header)


def _with_care(db: Duck, file: Path, dialect: Dialect, into: Path) -> None:
    width = len(dialect.header)
    clean = into.with_suffix(".clean.csv")
    with clean.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written, lineterminator="\n")
        for number, problem, cells in _records(file, dialect.delimiter, width):
            writer.writerow([number, problem, *(cells + [""] * width)[:width]])
    names = ["row", "problem", *(f"c{place}" for place in range(width))]
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    cells_of = ", ".join(names[2:])
    db.execute(
        f"copy (select row::bigint as row, nullif(problem, '') as problem, {cells_of} from read_csv("
        f"{duck.path(clean)}, auto_detect=false, header=false, quote='\"', escape='\"', delim=',', "
        f"columns={{{columns}}}, strict_mode=true, max_line_size={64 * LINE_BYTES_MAX})) "
        f"to {duck.path(into)} (format parquet, row_group_size 50000)"
    )
    clean.unlink()


def _records(file: Path, delimiter: str, width: int) -> Iterator[tuple[int, str, list[str]]]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        number = 0
        for whole, problem in _cut(opened):
            cells = _cells(whole, delimiter)
            if not cells or cells == [""]:
                continue
            number += 1
            if number == 1:
                continue
            yield number, problem or _shape(cells, width, whole), cells


def _shape(cells: list[str], width: int, whole: str) -> str:
    if any(len(cell) > CELL_SIGNS_MAX for cell in cells):
        return f"huge:{max(map(len, cells))}"
    return "" if len(cells) == width else f"cells:{len(cells)}:{whole[:300].strip()}"


def _cells(whole: str, delimiter: str) -> list[str]:
    csv.field_size_limit(16 * LINE_BYTES_MAX)
    try:
        return next(csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return [whole]


def _cut(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Records, which may span lines inside quotation marks.

    A mark that is opened and not closed within reason would swallow the rest: its line alone is bad, and
    reading goes on with the next.
    """
    source, again, waiting, marks = iter(lines), list[str](), list[str](), 0
    while True:
        line = again.pop(0) if again else next(source, None)
        if line is None and not waiting:
            return
        if line is not None:
            waiting.append(line)
            marks += line.count('"')
        if line is not None and marks % 2 == 0:
            yield "".join(waiting), ""
        elif line is None or len(waiting) > RECORD_LINES_MAX:
            yield waiting[0].replace('"', ""), "quote:" + waiting[0][:300].strip()
            again = waiting[1:] + again
        else:
            continue
        waiting, marks = [], 0
