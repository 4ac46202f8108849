"""Rows that could not be used: what is wrong with them, kept with their cells until mended."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.types.json import Jsonb

from regulars.db import Tx, maybe, rows, run
from regulars.imports.cells import REASONS
from regulars.imports.layout import Layout
from regulars.imports.record import Import
from regulars.imports.statements import SQL
from regulars.kernel import NotFound

PAGE_SIZE = 50
BATCH = 1_000
WORDS_MAX = 400
REASON_COLUMN, ROW_COLUMN = "What is wrong", "Row"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    code: str
    column: str  # Of the file; empty for the row as a whole.
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A bad row on its way into the database."""

    row: int
    problems: tuple[Problem, ...]
    cells: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    row: int
    state: Literal["open", "mended", "dismissed"]
    problems: list[dict[str, str]]
    cells: dict[str, str | None]

    @property
    def words(self) -> str:
        told = [
            f"{one['column']}: {one['message']}" if one["column"] else one["message"] for one in self.problems
        ]
        return " ".join(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadKind:
    code: str
    column: str
    message: str
    rows: int


def problems_of(told: str, layout: Layout) -> tuple[Problem, ...]:
    """From codes such as `number:5|missing:0` to words.

    >>> problems_of("nobody:-1", Layout(columns=()))[0].code
    'nobody'
    """
    return tuple(_problem(one, layout) for one in told.split("|") if one)


def _problem(told: str, layout: Layout) -> Problem:
    code, _, rest = told.partition(":")
    message = REASONS.get(code, "It cannot be used.")
    if code in ("cells", "quote", "json", "object") and not rest.lstrip("-").isdigit():
        found = rest.partition(":")[2] if code == "cells" else rest
        return Problem(code=code, column="", message=f"{message.rstrip('.')}: {found[:WORDS_MAX]}")
    if code in ("cells", "huge"):
        return Problem(code=code, column="", message=f"{message.rstrip('.')}.")
    place = int(rest) if rest.lstrip("-").isdigit() else -1
    column = layout.columns[place].name if 0 <= place < len(layout.columns) else ""
    return Problem(code=code, column=column, message=message)


def keep_bad(tx: Tx, import_id: int, bad: Sequence[Bad]) -> None:
    for start in range(0, len(bad), BATCH):
        part = bad[start : start + BATCH]
        run(
            tx,
            SQL.keep_bad,
            import_id=import_id,
            rows=[one.row for one in part],
            problems=[
                _storable(
                    json.dumps(
                        [{"code": p.code, "column": p.column, "message": p.message} for p in one.problems]
                    )
                )
                for one in part
            ],
            cells=[_storable(json.dumps(one.cells)) for one in part],
        )


def _storable(text: str) -> str:
    # What jsonb cannot hold is shown by the sign that stands for it.
    return text.replace("\\u0000", "\\u2400")


def bad_rows(
    tx: Tx, import_id: int, *, after: int = 0, state: str | None = "open", limit: int = PAGE_SIZE
) -> list[BadRow]:
    """In the order of the file, after a row."""
    return rows(tx, SQL.bad_rows, BadRow, import_id=import_id, after=after, state=state, limit=limit)


def bad_row(tx: Tx, one: Import, row: int) -> BadRow:
    found = maybe(tx, SQL.bad_row, BadRow, import_id=one.import_id, row=row)
    if found is None:
        raise NotFound(f"The import {one.id} has no bad row {row}.")
    return found


def bad_kinds(tx: Tx, import_id: int) -> list[BadKind]:
    """How many open rows have each problem, the most frequent first."""
    return rows(tx, SQL.bad_kinds, BadKind, import_id=import_id)


def all_bad_rows(tx: Tx, import_id: int) -> Iterator[BadRow]:
    after = 0
    while part := bad_rows(tx, import_id, after=after, limit=BATCH):
        yield from part
        after = part[-1].row


def as_csv(names: Iterable[str], found: Iterable[BadRow]) -> Iterator[str]:
    """The rows as they came, with number and reason in front; mended, the file can be imported as it is."""
    columns = list(names)
    yield _line([ROW_COLUMN, REASON_COLUMN, *columns])
    for one in found:
        yield _line([str(one.row), one.words, *(one.cells.get(name) or "" for name in columns)])


def as_json_lines(found: Iterable[BadRow]) -> Iterator[str]:
    for one in found:
        yield (
            json.dumps({"row": one.row, "problems": one.problems, "cells": one.cells}, ensure_ascii=False)
            + "\n"
        )


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return written.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; numbers begin so too and are none."""
    if (
        cell.startswith(FORMULA)
        and not cell.lstrip("+-").replace(".", "").replace(",", "").replace(" ", "").isdigit()
    ):
        return f"'{cell}"
    return cell


def change_cells(tx: Tx, one: Import, row: int, cells: dict[str, str]) -> None:
    found = bad_row(tx, one, row)
    run(tx, SQL.change_cells, import_id=one.import_id, row=row, cells=Jsonb({**found.cells, **cells}))


def dismiss(tx: Tx, one: Import, numbers: Sequence[int]) -> int:
    """Leave rows out for good; they stay to be seen."""
    return run(tx, SQL.close_rows, import_id=one.import_id, rows=list(numbers), state="dismissed")
