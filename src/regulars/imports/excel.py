"""Excel workbooks: their first sheet that holds something, cell by cell."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from regulars.imports import duck, excel_sheet
from regulars.imports.csv_rows import CELL_SIGNS_MAX, COLUMNS_MAX, named
from regulars.imports.duck import Duck
from regulars.imports.errors import unreadable

READ_S = 600


def write_rows(db: Duck, file: Path, into: Path, name: str) -> list[str]:
    """Every row with its number as the sheet shows it; gives the names of the columns."""
    rows = _rows(file, name, into.with_suffix(".lines.json"))
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


def _rows(file: Path, name: str, lines: Path) -> Iterator[tuple[int, list[str]]]:
    """Read by a process of its own: two cells far apart would else take the memory of ours."""
    asked = [sys.executable, "-I", excel_sheet.__file__, str(file), str(lines)]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=READ_S, check=False)  # noqa: S603 - ours
        if done.returncode == excel_sheet.UNREADABLE:
            raise unreadable(
                f"{name} cannot be opened as an Excel workbook ({done.stdout}). "
                "Save it again, without a password."
            )
        if done.returncode:
            raise unreadable(
                f"{name} takes more memory than is given: its cells lie too far apart, or there are too "
                "many of them. Remove what stands beside the table, or save it as CSV."
            )
        with lines.open(encoding="utf-8") as read:
            yield from map(json.loads, read)
    except subprocess.TimeoutExpired:
        raise unreadable(f"{name} cannot be read within {READ_S} s. Save it as CSV.") from None
    finally:
        lines.unlink(missing_ok=True)


def _problem(cells: list[str], width: int) -> str:
    longest = max(map(len, cells), default=0)
    if longest > CELL_SIGNS_MAX:
        return f"huge:{longest}"
    used = len(cells)
    while used and not cells[used - 1]:
        used -= 1
    return f"cells:{used}:{', '.join(cells)[:300]}" if used > width else ""
