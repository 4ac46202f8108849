"""Excel workbooks: their first sheet that holds something, cell by cell."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from regulars.imports import duck
from regulars.imports.csv_rows import CELL_SIGNS_MAX, COLUMNS_MAX, named
from regulars.imports.duck import Duck
from regulars.imports.errors import unreadable


def write_rows(db: Duck, file: Path, into: Path, name: str) -> list[str]:
    """Every row with its number as the sheet shows it; gives the names of the columns."""
    rows = _rows(file, name)
    number, header = next(((n, cells) for n, cells in rows if any(cells)), (0, []))
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise unreadable(
            f"{name} has no sheet with a header. The first row of the first sheet names the columns."
        )
    if len(header) > COLUMNS_MAX:
        raise unreadable(f"{name} has {len(header):,} columns; at most {COLUMNS_MAX:,} are read.")
    clean = into.with_suffix(".clean.csv")
    with clean.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written, lineterminator="\n")
        for number, cells in rows:
            if any(cells):
                writer.writerow(
                    [number, _problem(cells, len(header)), *(cells + [""] * len(header))[: len(header)]]
                )
    names = ["row", "problem", *(f"c{place}" for place in range(len(header)))]
    columns = ", ".join(f"{one}: 'VARCHAR'" for one in names)
    db.execute(
        f"copy (select row::bigint as row, nullif(problem, '') as problem, {', '.join(names[2:])} from "
        "read_csv("
        f"{duck.path(clean)}, auto_detect=false, header=false, quote='\"', escape='\"', delim=',', "
        f"columns={{{columns}}}, strict_mode=true, max_line_size=64000000)) "
        f"to {duck.path(into)} (format parquet, row_group_size 50000)"
    )
    clean.unlink()
    return named(header)


def _rows(file: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with python_calamine.CalamineWorkbook.from_path(str(file)) as book:
            for sheet_name in book.sheet_names:
                sheet = book.get_sheet_by_name(sheet_name)
                if sheet.total_height and sheet.start:
                    first = sheet.start[0] + 1
                    yield from enumerate(([_text(cell) for cell in row] for row in sheet.iter_rows()), first)
                    return
    except (python_calamine.CalamineError, OSError, ValueError) as cause:
        raise unreadable(
            f"{name} cannot be opened as an Excel workbook ({cause}). Save it again, without a password."
        ) from cause


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)  # noqa: PLR2004 - exact so far
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _problem(cells: list[str], width: int) -> str:
    longest = max(map(len, cells), default=0)
    if longest > CELL_SIGNS_MAX:
        return f"huge:{longest}"
    used = len(cells)
    while used and not cells[used - 1]:
        used -= 1
    return f"cells:{used}:{', '.join(cells)[:300]}" if used > width else ""
