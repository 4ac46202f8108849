"""The bad rows of an import: looked at, corrected, tried again, downloaded, left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.responses import Response, StreamingResponse

from regulars import imports
from regulars.console.console import pages
from regulars.console.data.imports import require
from regulars.console.data.imports_mapping import filled
from regulars.console.formats import count_of
from regulars.console.parts import Column
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Database
from regulars.imports import PREFIX, BadKind, BadRow, Import
from regulars.kernel import NotFound, parse_public_id

router = pages()
PAGE_SIZE = 50
COLUMNS = (
    Column(title="Row", numeric=True),
    Column(title="What is wrong"),
    Column(title="What it holds"),
    Column(title="", hidden_title=True),
)
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    row: int
    words: str
    cells: tuple[tuple[str, str, bool], ...]  # Column, value, whether it is wrong; the wrong ones first.
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadList:
    one: Import
    kinds: tuple[BadKind, ...]
    columns: tuple[Column, ...]
    rows: tuple[Shown, ...]
    next_href: str
    first_href: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPage:
    one: Import
    bad: BadRow
    cells: tuple[tuple[int, str, str, str], ...]  # Place, column, value, what is wrong with it.
    whole: str  # What is wrong with the row as such.


@router.get("/data/imports/{id}/bad-rows")
def bad_list(visit: Visiting, id: str, after: int = 0) -> Response:  # noqa: A002 - the address says so.
    require(visit)
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, id))
        kinds = tuple(imports.bad_kinds(tx, one.import_id))
        found = imports.bad_rows(tx, one.import_id, after=max(0, after), limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    here = f"/data/imports/{id}/bad-rows"
    value = BadList(
        one=one,
        kinds=kinds,
        columns=COLUMNS,
        rows=tuple(_shown(bad) for bad in shown),
        next_href=f"{here}?after={shown[-1].row}" if len(found) > PAGE_SIZE else "",
        first_href=here if after else "",
        over=one.state in ("done", "failed", "cancelled") and one.at is not None,
    )
    return page(visit, "data/imports/bad_rows.html", value)


def _shown(bad: BadRow) -> Shown:
    wrong = {problem["column"] for problem in bad.problems}
    cells = [
        (name, value or "", name in wrong) for name, value in bad.cells.items() if value or name in wrong
    ]
    cells.sort(key=lambda cell: not cell[2])
    return Shown(row=bad.row, words=bad.words, cells=tuple(cells[:SHOWN]), more=max(0, len(cells) - SHOWN))


@router.get("/data/imports/{id}/bad-rows/{row}")
def one_row(visit: Visiting, id: str, row: int) -> Response:  # noqa: A002
    require(visit)
    return page(visit, "data/imports/bad_row.html", _value(visit, id, row))


@router.post("/data/imports/{id}/bad-rows/try-again")
def try_all(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        tried = imports.try_again(tx, visit.actor, visit.app.settings.imports, parse_public_id(PREFIX, id))
    said = f"{count_of(tried.taken, 'row')} taken in, {count_of(tried.still_bad, 'row')} still bad."
    return redirect(visit, f"/data/imports/{id}/bad-rows", said, tone="good" if tried.taken else "quiet")


@router.post("/data/imports/{id}/bad-rows/{row}")
def mend(visit: Visiting, id: str, row: int, form: Annotated[Mapping[str, str], Depends(filled)]) -> Response:  # noqa: A002
    """Save the cells and try the row again; the rows of its order go with it."""
    require(visit)
    settings = visit.app.settings
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, id))
        if form.get("leave"):
            imports.dismiss(tx, one, [row])
            return redirect(visit, f"/data/imports/{id}/bad-rows", f"Row {row} is left out.", tone="quiet")
        names = one.columns.names
        cells = {names[n]: form[f"cell-{n}"] for n in range(len(names)) if f"cell-{n}" in form}
        imports.change_cells(tx, one, row, cells)
        together = _together(one, row, imports.bad_rows(tx, one.import_id, limit=1_000))
        tried = imports.try_again(tx, visit.actor, settings.imports, one.import_id, numbers=together)
    if tried.still_bad:
        return page(visit, "data/imports/bad_row.html", _value(visit, id, row), status=422)
    return redirect(visit, f"/data/imports/{id}/bad-rows", f"Row {row} is taken in.")


def _together(one: Import, row: int, found: list[BadRow]) -> list[int]:
    """The row, and the others of its order."""
    column = next(
        (c for c, field in (one.mapping or {}).get("columns", {}).items() if field == "order_id"), None
    )
    mine = next((bad.cells.get(column) for bad in found if bad.row == row), None) if column else None
    if column is None or mine is None:
        return [row]
    return sorted({row, *(bad.row for bad in found if bad.cells.get(column) == mine)})


@router.get("/data/imports/{id}/bad-rows-file")
def download(visit: Visiting, id: str, format: str = "csv") -> Response:  # noqa: A002
    require(visit)
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, id))
        visit.record(tx, "imports.download", kind="import", subject=one.id)
    ending = "jsonl" if format == "jsonl" else "csv"
    name = f"{one.name.rsplit('.', 1)[0]}-bad-rows.{ending}"
    return StreamingResponse(
        written(visit.app.database, one, ending),
        media_type="application/x-ndjson" if ending == "jsonl" else "text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )


def written(database: Database, one: Import, ending: str) -> Iterator[bytes]:
    with database.transaction() as tx:
        rows = imports.all_bad_rows(tx, one.import_id)
        lines = imports.as_json_lines(rows) if ending == "jsonl" else imports.as_csv(one.columns.names, rows)
        for line in lines:
            yield line.encode("utf-8", errors="replace")


def _value(visit: Visit, public: str, row: int) -> BadPage:
    with visit.app.database.transaction() as tx:
        one = imports.get(tx, parse_public_id(PREFIX, public))
        bad = imports.bad_row(tx, one, row)
    if bad.state != "open":
        raise NotFound(f"Row {row} is {bad.state}; there is nothing to mend.")
    wrong = {problem["column"]: problem["message"] for problem in bad.problems}
    cells = tuple(
        (place, name, bad.cells.get(name) or "", wrong.get(name, ""))
        for place, name in enumerate(one.columns.names)
    )
    return BadPage(one=one, bad=bad, cells=cells, whole=wrong.get("", ""))
