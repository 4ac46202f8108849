"""A workbook's first sheet that holds something, as lines of JSON; run as a process of its own.

The reader of workbooks makes room for a whole rectangle of cells, however few there are, and ends its process
where there is no such room. So it gets one, with a bound.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import python_calamine

MEMORY_MAX: Final = 2 * 1024**3
UNREADABLE: Final = 3  # The status it ends with; why stands in its output.


def main(file: str, into: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _write(file, Path(into))
    except (python_calamine.CalamineError, OSError, ValueError) as cause:
        sys.stdout.write(str(cause)[:500])
        return UNREADABLE
    return 0


def _write(file: str, into: Path) -> None:
    with (
        into.open("w", encoding="utf-8", errors="backslashreplace") as written,
        python_calamine.CalamineWorkbook.from_path(file) as book,
    ):
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height and sheet.start:
                for number, row in enumerate(sheet.iter_rows(), sheet.start[0] + 1):
                    cells = [_text(cell) for cell in row]
                    while cells and not cells[-1]:
                        cells.pop()
                    if cells:
                        written.write(json.dumps([number, cells]) + "\n")
                return


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


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
