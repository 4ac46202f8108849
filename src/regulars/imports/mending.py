"""Bad rows tried again, with the cells that somebody mended, all together as one small file."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from regulars import access
from regulars.access import Actor
from regulars.db import Tx, run
from regulars.imports import duck, taking
from regulars.imports.bad_row import Bad, BadRow, bad_row, bad_rows, keep_bad
from regulars.imports.choosing import permission
from regulars.imports.errors import NotNow
from regulars.imports.keeping import ROWS
from regulars.imports.preparing import prepare
from regulars.imports.record import Import, held
from regulars.imports.running import occasion_of
from regulars.imports.statements import SQL

AT_ONCE_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    taken: int
    still_bad: int


def try_again(
    tx: Tx, actor: Actor, home: Path, import_id: int, *, numbers: Sequence[int] | None = None
) -> Tried:
    """Take what can be used now of these open bad rows, or of all; the others stay with their new reasons.

    The rows of one order are tried together, so all of them must be among those asked for, or open.
    """
    one = held(tx, import_id)
    access.require(actor, permission(one.what))
    if one.state not in ("done", "failed", "cancelled") or one.body is None or one.at is None:
        raise NotNow(f"The import {one.id} is {one.state}; its bad rows can be mended when its run is over.")
    asked = _asked(tx, one, numbers)
    if not asked:
        return Tried(taken=0, still_bad=0)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="mending-", dir=home))
    try:
        bad = _take(tx, actor, one, asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    good = sorted({row.row for row in asked} - {row.row for row in bad})
    run(tx, SQL.close_rows, import_id=import_id, rows=good, state="mended")
    run(tx, SQL.take_mended, import_id=import_id, accepted=len(good))
    keep_bad(tx, import_id, bad)
    return Tried(taken=len(good), still_bad=len(bad))


def _asked(tx: Tx, one: Import, numbers: Sequence[int] | None) -> list[BadRow]:
    if numbers is None:
        return bad_rows(tx, one.import_id, limit=AT_ONCE_MAX)
    found = [bad_row(tx, one, number) for number in dict.fromkeys(numbers)]
    return [row for row in found if row.state == "open"]


def _take(tx: Tx, actor: Actor, one: Import, asked: Sequence[BadRow], folder: Path) -> list[Bad]:
    body, layout = one.body, one.columns
    assert body is not None
    rows = folder / ROWS
    with duck.opened(folder) as db:
        _write(db, layout.names, asked, rows)
        occasion = occasion_of(one)
        staged = prepare(rows, layout, body, occasion)
        return taking.take(
            tx,
            taking.Batch(
                db=db, rows=rows, staged=staged, layout=layout, body=body, occasion=occasion,
                now=datetime.now(UTC), actor=actor.name, after=0, to=max(row.row for row in asked),
            ),
        )  # fmt: skip


def _write(db: duck.Duck, names: Sequence[str], asked: Sequence[BadRow], into: Path) -> None:
    lines = into.with_suffix(".jsonl")
    with lines.open("w", encoding="utf-8") as written:
        for row in asked:
            cells = {f"c{place}": row.cells.get(name) for place, name in enumerate(names)}
            written.write(json.dumps({"row": row.row, **cells}) + "\n")
    columns = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(names)))
    cells_of = ", ".join(f"c{place}" for place in range(len(names)))
    db.execute(
        f"copy (select row, null::varchar as problem, {cells_of} from read_json({duck.path(lines)}, "
        f"format='newline_delimited', columns={{row: 'BIGINT', {columns}}}) order by row) "
        f"to {duck.path(into)} (format parquet)"
    )
